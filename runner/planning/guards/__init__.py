"""Guards: pure functions, one file each, that find what should stop or accompany a plan."""

from collections.abc import Callable, Iterator

from runner.model.findings import Finding
from runner.planning.guards import (
    accounts_moved,
    add_ons_at_risk,
    assignment_chain,
    cannot_cancel_now,
    channel_contradicts,
    conflicting_plans,
    cost_per_month,
    counted_apart,
    deleted_users,
    goes_off,
    groups_unread,
    in_error,
    in_grace,
    inherited_only,
    last_mail_or_files,
    left_as_is,
    loses_teams,
    loses_voice_rights,
    no_counterpart,
    no_renewal,
    no_usage_location,
    not_assignable,
    not_enough_seats,
    nothing_to_cancel,
    nothing_to_match,
    outside_window,
    paid_twice,
    sales_left_out,
    scheduled_change,
    seats_stay,
    services_reset,
    several_subscriptions,
    short_at_renewal,
    still_held,
    too_many_seats,
    too_many_users,
    who_unknown,
)
from runner.planning.guards.review import Review
from runner.steps.forecast import FORESEEN

Guard = Callable[[Review], Iterator[Finding]]

GUARDS: tuple[Guard, ...] = (
    assignment_chain.check,
    who_unknown.check,
    several_subscriptions.check,
    channel_contradicts.check,
    cannot_cancel_now.check,
    last_mail_or_files.check,
    sales_left_out.check,
    scheduled_change.check,
    services_reset.check,
    groups_unread.check,
    not_assignable.check,
    not_enough_seats.check,
    counted_apart.check,
    too_many_users.check,
    too_many_seats.check,
    loses_teams.check,
    conflicting_plans.check,
    inherited_only.check,
    no_usage_location.check,
    left_as_is.check,
    accounts_moved.check,
    still_held.check,
    in_error.check,
    goes_off.check,
    loses_voice_rights.check,
    add_ons_at_risk.check,
    deleted_users.check,
    in_grace.check,
    nothing_to_cancel.check,
    nothing_to_match.check,
    seats_stay.check,
    short_at_renewal.check,
    no_renewal.check,
    paid_twice.check,
    cost_per_month.check,
    no_counterpart.check,
    outside_window.check,
)
"""Every guard, in the order in which its findings are shown."""

ACCEPTABLE = (
    "add-ons-at-risk",
    "loses-teams",
    "scheduled-change",
    "services-reset",
    "storage-at-risk",
    "too-many-seats",
    "too-many-users",
    "who-unknown",
    *FORESEEN,
)
"""Codes that a person may let pass with `--accept`: refusals, and users to be tried after all."""

_MORE_CODES = (
    "already-ending",
    "ends-in-use",
    "licensed-users-unknown",
    "nested-groups",
    "schedule-lost",
    "seats-refunded",
    "storage-at-risk",
    "unknown-subscription",
    "windows-apart",
)

CODES = frozenset(
    [
        *(guard.__module__.rpartition(".")[2].replace("_", "-") for guard in GUARDS),
        *_MORE_CODES,
        *FORESEEN,
    ]
)
"""Every code a guard may find; the rules of a repository have codes of their own."""

__all__ = ["ACCEPTABLE", "CODES", "GUARDS", "Guard", "Review"]
