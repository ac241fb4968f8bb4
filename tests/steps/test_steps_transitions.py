"""What a look at the tenant says of an upgrade that the channel does itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.model.ids import group_id
from runner.model.outcome import Verdict
from runner.model.sales import Sale, SaleStatus, Upgrade
from runner.model.spec import Channel
from runner.model.state import Group, OpenOrder, TenantState
from runner.steps.transition_subscription import LONGEST, TransitionSubscription, check
from tests.builders import (
    E4,
    E5,
    NOW,
    license,
    plan_of,
    subscription,
    tenant_state,
    user,
    users,
)
from tests.planning.changes import bought, turned

Change = Callable[[TenantState], TenantState]

SALE = Sale(
    channel=Channel.PARTNER_CENTER,
    id="e4-subscription",
    product="E4",
    sku=E4,
    status=SaleStatus.LIVE,
    seats=10,
    term="annual",
    billing="monthly",
    renews=True,
    ends_at_term=False,
    term_ends_at=NOW + timedelta(days=200),
    upgrades=(Upgrade(sku=E5, product="E5", moves_users=True),),
)
BEFORE = tenant_state(
    replace(subscription(E4, 10), commerce_id=SALE.id), users=users(3, E4), sales=(SALE,), groups=()
)


def _step() -> TransitionSubscription:
    (step,) = plan_of(BEFORE).tenants[0].steps
    assert isinstance(step, TransitionSubscription)
    return step


STEP = _step()
TURNED = turned(BEFORE, STEP)


def _sold(**said: Any) -> Change:
    return lambda have: replace(have, sales=(replace(SALE, **said),))


def _begun(have: TenantState) -> TenantState:
    order = OpenOrder(
        step=STEP.id,
        kind="transition_subscription",
        sku=E4,
        seats=10,
        key="key",
        reference="transition:now",
        opened_at=NOW,
    )
    return replace(have, memory=replace(have.memory, orders=(order,)))


def _unsold(have: TenantState) -> TenantState:
    return replace(have, sales=())


def _held(*people: Any) -> Change:
    return lambda have: replace(have, users={each.id: each for each in people})


def _shown_as(have: TenantState) -> TenantState:
    """Return the tenant while Graph still shows what the channel has turned already."""
    return replace(have, subscriptions=BEFORE.subscriptions)


def _carried(have: TenantState) -> TenantState:
    group = Group(id=group_id("g"), name="G", licenses=(license(E4),))
    return replace(have, groups=(group,))


@pytest.mark.parametrize(
    ("have", "changes", "verdict"),
    [
        (BEFORE, (), Verdict.TODO),
        (BEFORE, (_begun,), Verdict.TODO),
        (BEFORE, (_begun, _carried), Verdict.TODO),
        (TURNED, (), Verdict.DONE),
        (TURNED, (_shown_as,), Verdict.DONE),
        (TURNED, (_unsold,), Verdict.DONE),
        (TURNED, (_held(*users(3, E4)),), Verdict.WAIT),
        (TURNED, (_held(*users(3, E4)), _shown_as), Verdict.WAIT),
        (TURNED, (_held(*users(3, E4)), _begun), Verdict.TODO),
        (TURNED, (_held(*users(3, E4, E5)),), Verdict.WAIT),
        (BEFORE, (_unsold,), Verdict.STALE),
        (BEFORE, (_unsold, lambda have: bought(have, E5, 10)), Verdict.STALE),
        (BEFORE, (lambda have: bought(have, E5, 1),), Verdict.STALE),
        (BEFORE, (_sold(locked="a change is under way"),), Verdict.WAIT),
        (BEFORE, (_sold(seats=12),), Verdict.STALE),
        (BEFORE, (_held(*users(4, E4)),), Verdict.STALE),
        (BEFORE, (_held(user("user-1", license(E4, "SWAY"))),), Verdict.STALE),
        (BEFORE, (_carried,), Verdict.STALE),
        (BEFORE, (lambda have: replace(have, groups=None),), Verdict.STALE),
    ],
)
def test_every_state_of_an_upgrade(
    have: TenantState, changes: tuple[Change, ...], verdict: Verdict
) -> None:
    for change in changes:
        have = change(have)
    assert check(STEP, have, NOW).verdict is verdict


def test_users_whom_the_channel_does_not_move_within_a_day_are_moved_one_by_one() -> None:
    have = _begun(_held(*users(3, E4))(TURNED))
    assert check(STEP, have, NOW + LONGEST - timedelta(minutes=1)).verdict is Verdict.TODO
    assert check(STEP, have, NOW + LONGEST).verdict is Verdict.DONE
