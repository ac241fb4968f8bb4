"""One file per step kind: its data, `plan`, `check`, `perform`."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.model.plan import Step
from runner.steps import (
    await_ready,
    buy_seats,
    cancel_subscription,
    change_seats,
    move_group,
    move_users,
    remove_add_on,
    set_usage_location,
    stop_renewal,
    transition_subscription,
)
from runner.steps.kind import Kind

KINDS: tuple[Kind, ...] = (
    transition_subscription.KIND,
    buy_seats.KIND,
    await_ready.KIND,
    set_usage_location.KIND,
    move_group.KIND,
    move_users.KIND,
    remove_add_on.KIND,
    change_seats.KIND,
    stop_renewal.KIND,
    cancel_subscription.KIND,
)
"""Every step kind, in the order in which they are planned and carried out."""

KIND_OF: Mapping[type[Step], Kind] = MappingProxyType({kind.step: kind for kind in KINDS})
