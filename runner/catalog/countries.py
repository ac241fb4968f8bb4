"""Know the two-letter codes of countries, as a usage location is written."""

from functools import lru_cache
from importlib.resources import files


def is_country(code: str) -> bool:
    """Return whether a text is an officially assigned code, in capitals: `GB`, not `UK` or `gb`.

    Source: ISO 3166-1 alpha-2 as `iso3166.tab` of the time zone database has it, which the package
    tzdata carries; read 2026-11-22.
    """
    return code in _codes()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    lines = table.splitlines()
    return frozenset(line.split("\t")[0] for line in lines if line and not line.startswith("#"))
