"""A file a person wrote, as text, or the reason why it is none."""

from pathlib import Path

from runner.model.findings import Finding, Origin
from runner.playbook.problems import Problems, problem

MOST_BYTES = 16 * 1024 * 1024
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path, problems: Problems) -> str | None:
    """Return the text of a UTF-8 file, or None where a problem was added."""
    raw = read_bytes(path, problems)
    return None if raw is None else text_of(raw, path, problems=problems)


def text_of(raw: bytes, path: Path, *, problems: Problems) -> str | None:
    """Return the bytes of a file as text, or None where a problem was added."""
    complaint = _complaint(raw)
    if complaint:
        problems.add(_whole(path, complaint))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        start = raw.rfind(b"\n", 0, error.start) + 1
        at = Origin(file=str(path), line=line, column=error.start - start + 1)
        problems.add(
            problem("encoding", "this byte is not UTF-8", at=at, hint="save the file as UTF-8")
        )
        return None


def read_bytes(path: Path, problems: Problems) -> bytes | None:
    """Return the bytes of a file, or None where a problem was added."""
    try:
        if path.is_dir():
            problems.add(_whole(path, ("unreadable", "this is a directory", "name a file in it")))
            return None
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) <= MOST_BYTES:
            return raw
        said = f"this file has more than {MOST_BYTES} bytes"
        problems.add(_whole(path, ("too-large", said, "split it into several")))
    except FileNotFoundError:
        problems.add(_whole(path, ("missing-file", "there is no such file", "check the path")))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        said = f"this file is not readable: {reason.lower()}"
        problems.add(_whole(path, ("unreadable", said, "check its permissions")))
    return None


def _complaint(raw: bytes) -> tuple[str, str, str] | None:
    if raw.startswith(_UTF16_MARKS):
        return ("encoding", "this file is UTF-16 or UTF-32", "save the file as UTF-8")
    if b"\x00" in raw:
        return ("not-text", "this file holds NUL bytes, so it is not text", "name a YAML file")
    return None


def _whole(path: Path, said: tuple[str, str, str]) -> Finding:
    code, summary, hint = said
    return problem(code, summary, at=Origin(file=str(path), line=0), hint=hint)
