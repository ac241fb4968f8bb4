"""Whether a time zone exists."""

from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from runner.model.findings import Finding, Origin
from runner.playbook.problems import nearest, or_list, problem, short


def timezone_problem(name: str, at: Origin) -> Iterator[Finding]:
    """Yield a problem when there is no time zone of this name."""
    if _is_timezone(name):
        return
    close = nearest(name, available_timezones())
    hint = f"did you mean {or_list(close)}" if close else "write an IANA name such as `Europe/Rome`"
    yield problem("timezone", f"there is no time zone `{short(name)}`", at=at, hint=hint)


@cache
def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True
