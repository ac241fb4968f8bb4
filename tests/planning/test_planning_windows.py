"""When maintenance windows are open, over midnight and over the change of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from runner.model.findings import Severity
from runner.model.spec import MaintenanceWindow
from runner.planning import opening
from tests.builders import E4, E5, ORIGIN, plan_of, spec, subscription, tenant_state, users

ALL = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def window(
    from_time: str, to_time: str, *days: str, timezone: str = "Europe/Rome"
) -> MaintenanceWindow:
    """Return a window in Rome, every day unless days are named."""
    return MaintenanceWindow(
        days=days or ALL, from_time=from_time, to_time=to_time, timezone=timezone, where=ORIGIN
    )


WEEKEND = window("20:00", "06:00", "sat", "sun")


def at(text: str) -> datetime:
    """Return a moment written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("windows", "now", "opens"),
    [
        ([], "2026-11-23 09:00", "2026-11-23 09:00"),
        ([window("08:00", "18:00")], "2026-11-23 09:00", "2026-11-23 09:00"),
        ([window("08:00", "18:00")], "2026-11-23 06:59", "2026-11-23 07:00"),
        ([window("08:00", "18:00")], "2026-11-23 07:00", "2026-11-23 07:00"),
        ([window("08:00", "18:00")], "2026-11-23 16:59", "2026-11-23 16:59"),
        ([window("08:00", "18:00")], "2026-11-23 17:00", "2026-11-24 07:00"),
        ([window("08:00", "18:00", timezone="Asia/Tokyo")], "2026-11-23 09:00", "2026-11-23 23:00"),
        ([WEEKEND], "2026-11-23 09:00", "2026-11-28 19:00"),
        ([WEEKEND], "2026-11-29 04:59", "2026-11-29 04:59"),
        ([WEEKEND], "2026-11-29 05:00", "2026-11-29 19:00"),
        ([WEEKEND], "2026-11-30 04:30", "2026-11-30 04:30"),
        ([WEEKEND], "2026-11-30 05:00", "2026-12-05 19:00"),
        ([WEEKEND, window("22:00", "23:00")], "2026-11-23 09:00", "2026-11-28 21:00"),
        ([WEEKEND, window("22:00", "23:00")], "2026-11-28 22:00", "2026-11-29 21:00"),
        ([WEEKEND, window("10:00", "12:00")], "2026-11-23 09:00", None),
    ],
)
def test_the_next_opening(windows, now, opens):
    assert opening(windows, at(now)) == (at(opens) if opens else None)


@pytest.mark.parametrize(
    ("window_", "now", "opens"),
    [
        # Summer time begins on 2027-03-28: 02:00 becomes 03:00 in Rome.
        (window("01:30", "03:30", "sun"), "2027-03-28 00:15", "2027-03-28 00:30"),
        (window("01:30", "03:30", "sun"), "2027-03-28 01:29", "2027-03-28 01:29"),
        (window("01:30", "03:30", "sun"), "2027-03-28 01:30", "2027-04-03 23:30"),
        (window("02:15", "02:45", "sun"), "2027-03-28 01:20", "2027-03-28 01:20"),
        (window("02:30", "03:00", "sun"), "2027-03-28 00:15", "2027-04-04 00:30"),
        # It ends on 2026-10-25: 03:00 becomes 02:00, so that 02:30 comes twice.
        (window("20:00", "02:30", "sat"), "2026-10-25 00:29", "2026-10-25 00:29"),
        (window("20:00", "02:30", "sat"), "2026-10-25 00:30", "2026-10-31 19:00"),
        (window("20:00", "06:00", "sat"), "2026-10-25 04:59", "2026-10-25 04:59"),
        (window("20:00", "06:00", "sat"), "2026-10-24 17:59", "2026-10-24 18:00"),
    ],
)
def test_the_nights_when_the_clocks_change(window_, now, opens):
    assert opening([window_], at(now)) == at(opens)


def test_an_opening_is_open_and_nothing_before_it_is():
    for hours in range(0, 24 * 14, 5):
        now = at("2026-10-19 00:00") + timedelta(hours=hours)
        opens = opening([WEEKEND], now)
        assert opens is not None and opening([WEEKEND], opens) == opens
        assert opens == now or opening([WEEKEND], opens - timedelta(minutes=1)) == opens


@pytest.mark.parametrize(
    ("windows", "code", "severity"),
    [
        ((WEEKEND,), "outside-window", Severity.INFO),
        ((WEEKEND, window("10:00", "12:00")), "windows-apart", Severity.ERROR),
        ((window("09:00", "12:00"),), "", None),
    ],
)
def test_a_plan_says_when_work_may_start(windows, code, severity):
    have = tenant_state(subscription(E4, 10), subscription(E5, 10), users=users(3, E4))
    found = plan_of(have, spec(windows=windows)).tenants[0].findings
    told = [f for f in found if f.code in ("outside-window", "windows-apart")]
    assert [(f.code, f.severity) for f in told] == ([(code, severity)] if code else [])
    if severity is Severity.INFO:
        assert "Sat 2026-11-28 20:00 (Europe/Rome)" in told[0].summary
