"""Business days in the tenant's own zone, when to look again, durations in words."""

from datetime import UTC, datetime, timedelta

import pytest

from runner.steps.business_days import add_business_days, credit_check_ends
from runner.steps.verdicts import look_again
from runner.steps.words import in_words


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "zone", "ends"),
    [
        ("2026-11-23 09:00", "UTC", "2026-11-25 09:00"),
        ("2026-11-26 09:00", "UTC", "2026-11-30 09:00"),
        ("2026-11-27 15:00", "UTC", "2026-12-01 15:00"),
        ("2026-11-28 15:00", "UTC", "2026-12-02 00:00"),
        ("2026-11-29 23:59", "UTC", "2026-12-02 00:00"),
        ("2026-11-29 23:30", "Europe/Rome", "2026-12-01 23:30"),
        ("2026-11-29 22:30", "Europe/Rome", "2026-12-01 23:00"),
        ("2026-11-28 00:30", "America/Los_Angeles", "2026-12-02 00:30"),
        ("2026-10-23 10:00", "Europe/Rome", "2026-10-27 11:00"),
    ],
)
def test_two_business_days_later(asked: str, zone: str, ends: str) -> None:
    assert add_business_days(_utc(asked), 2, zone) == _utc(ends)


def test_a_credit_check_has_a_margin() -> None:
    assert credit_check_ends(_utc("2026-11-23 09:00"), "UTC") == _utc("2026-11-25 21:00")


@pytest.mark.parametrize(
    ("left", "pause"), [(-3600, 900), (0, 900), (600, 900), (7200, 1800), (360_000, 14_400)]
)
def test_the_next_look_is_soon_and_never_in_the_past(left: int, pause: int) -> None:
    now = _utc("2026-11-23 09:00")
    again = look_again(now, now + timedelta(seconds=left))
    assert again == now + timedelta(seconds=pause)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (600, "10 min"),
        (3600, "1 h"),
        (9000, "2 h 30 min"),
        (259_200, "72 h"),
        (345_600, "4 d"),
        (349_200, "4 d 1 h"),
    ],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
