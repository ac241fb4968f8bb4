"""Say numbers and durations in words."""

from datetime import timedelta


def in_words(span: timedelta) -> str:
    """Return a duration in its largest fitting units, such as `72 h`, `3 d` or `2 h 30 min`."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds <= 72 * 3600:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(seconds // 3600, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def counted(number: int, word: str) -> str:
    """Return `1 user` or `3 users`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
