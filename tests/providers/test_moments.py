"""Times as Microsoft's services write them, in all their forms."""

from datetime import UTC, datetime

import msgspec
import pytest

from runner.providers.graph.rows import SubscriptionRow, as_subscription
from runner.providers.moments import moment

NINE = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01T09:00:00Z",
        "2027-01-01T09:00:00",
        "2027-01-01T09:00:00.0000000Z",
        "2027-01-01T10:00:00+01:00",
    ],
)
def test_one_moment_is_the_same_however_it_is_written(text: str) -> None:
    assert moment(text) == NINE


def test_a_day_counts_from_its_first_minute() -> None:
    assert moment("2027-01-01") == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999Z"]
)
def test_a_date_that_is_not_set_is_none(text: str | None) -> None:
    assert moment(text) is None


@pytest.mark.parametrize("text", ["", "9999-12-31T23:59:59.9999999Z"])
def test_a_subscription_of_the_directory_without_an_end_is_read(text: str) -> None:
    row = {"id": "AA11", "skuId": "BB22", "nextLifecycleDateTime": text}
    found = as_subscription(msgspec.convert(row, SubscriptionRow))
    assert found.next_lifecycle_at is None
