"""Read a time as Microsoft's services write it."""

from datetime import UTC, datetime
from typing import Any

_NO_DATES = (1, 9999)
"""The years of .NET's first and last moment, which stand for a date that is not set.

Source: Microsoft Learn, `DateTime.MinValue` and `DateTime.MaxValue` (defaults of a field that was
not written), read 2026-11-23.
"""


def moment(text: Any) -> datetime | None:
    """Return a time as aware UTC, None where there is none; a day counts from its first minute."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if at.year in _NO_DATES:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
