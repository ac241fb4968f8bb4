"""Guards: pure functions, one file each, that find what should stop or accompany a plan."""

from collections.abc import Callable, Iterator

from runner.model.findings import Finding
from runner.planning.guards import (
    group_licenses,
    groups_unread,
    left_as_is,
    no_counterpart,
    no_usage_location,
    not_enough_seats,
    not_supported_yet,
    nothing_to_cancel,
    several_subscriptions,
    still_held,
    too_many_seats,
    too_many_users,
)
from runner.planning.guards.review import Review

Guard = Callable[[Review], Iterator[Finding]]

GUARDS: tuple[Guard, ...] = (
    not_supported_yet.check,
    group_licenses.check,
    several_subscriptions.check,
    groups_unread.check,
    not_enough_seats.check,
    too_many_users.check,
    too_many_seats.check,
    no_usage_location.check,
    left_as_is.check,
    still_held.check,
    nothing_to_cancel.check,
    no_counterpart.check,
)
"""Every guard, in the order in which its findings are shown."""

__all__ = ["GUARDS", "Guard", "Review"]
