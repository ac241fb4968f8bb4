"""Normalize what people and Microsoft's table write so that the same thing compares equal."""

from functools import lru_cache


@lru_cache(maxsize=8192)
def lookup_key(text: str) -> str:
    """Return the text in the form used for comparing: any case, every kind of blank one space."""
    return " ".join(text.split()).casefold()


def printed(text: str) -> str:
    """Return a cell of the table without outer blanks and without a bracket nobody opened."""
    stripped = text.strip()
    if stripped.endswith(")") and "(" not in stripped:
        return stripped[:-1].rstrip()
    return stripped
