"""Count business days in a tenant's own time zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CREDIT_CHECK_DAYS = 2
"""Source: upgrade-from-office-365-e4 (14 Aug 2020): a credit check takes up to two business days"""

MARGIN = timedelta(hours=12)
"""Time added to what Microsoft names, since the check ends some time on its last day."""


def add_business_days(at: datetime, days: int, timezone: str) -> datetime:
    """Return the same local time so many business days later, as aware UTC.

    Saturday and Sunday do not count; a start on one of them counts from Monday's first minute.
    Public holidays are not known here, which is one reason for `MARGIN`.
    """
    local = at.astimezone(ZoneInfo(timezone))
    if local.weekday() >= 5:
        local = (local + timedelta(days=7 - local.weekday())).replace(hour=0, minute=0, second=0)
    for _ in range(days):
        local += timedelta(days=1)
        while local.weekday() >= 5:
            local += timedelta(days=1)
    return local.astimezone(ZoneInfo("UTC"))


def credit_check_ends(asked_at: datetime, timezone: str) -> datetime:
    """Return the last moment a purchase made at `asked_at` may take to become ready."""
    return add_business_days(asked_at, CREDIT_CHECK_DAYS, timezone) + MARGIN
