"""Guards: pure functions, one file each, that find what should stop or accompany a plan."""

from collections.abc import Callable, Iterator

from runner.model.findings import Finding
from runner.planning.guards import (
    assignment_chain,
    goes_off,
    group_licenses,
    groups_unread,
    in_grace,
    left_as_is,
    no_counterpart,
    no_usage_location,
    not_assignable,
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
    assignment_chain.check,
    group_licenses.check,
    several_subscriptions.check,
    groups_unread.check,
    not_assignable.check,
    not_enough_seats.check,
    too_many_users.check,
    too_many_seats.check,
    no_usage_location.check,
    left_as_is.check,
    still_held.check,
    goes_off.check,
    in_grace.check,
    nothing_to_cancel.check,
    no_counterpart.check,
)
"""Every guard, in the order in which its findings are shown."""

ACCEPTABLE = ("too-many-seats", "too-many-users")
"""Codes of errors that a person may let pass with `--accept`."""

__all__ = ["ACCEPTABLE", "GUARDS", "Guard", "Review"]
