"""Numbers, times and durations as a tired person reads them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from runner.model.names import plain_lines


def counted(number: int, word: str, plural: str = "") -> str:
    """Return `1 seat` or `3 seats`, thousands separated."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def span(seconds: float) -> str:
    """Return a duration in whole units, such as `7 s`, `4 min` or `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def moment(at: datetime | str | None, timezone: str = "UTC") -> str:
    """Return a moment with its day and zone, such as `Tue 2026-11-24 09:00 (Europe/Rome)`."""
    if not at:
        return ""
    known = datetime.fromisoformat(at) if isinstance(at, str) else at
    return known.astimezone(ZoneInfo(timezone)).strftime(f"%a %Y-%m-%d %H:%M ({timezone})")


def named(names: Sequence[str], *, limit: int) -> str:
    """Return the first names and how many more there are."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"


def said_by(error_code: str, summary: str, *, where: str = "", hint: str = "") -> str:
    """Return a problem as the house writes it: what is the case, where, what to do."""
    lines = [f"error[{error_code}]: {summary}"]
    if where:
        lines.append(f"  {where}")
    if hint:
        lines.append(f"hint: {hint}")
    return plain_lines("\n".join(lines))
