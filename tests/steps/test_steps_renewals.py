"""What a look at the tenant says of seats that are to go at the renewal."""

from dataclasses import replace
from typing import Any

import pytest

from runner.model.outcome import Verdict
from runner.model.state import TenantState
from runner.steps.change_seats import KIND, ChangeSeats
from tests.builders import E5, NOW, plan_of, spec, tenant_state, users, want_active
from tests.engine.shop import sold

ENDS_AT = NOW.replace(month=12)


def _have(*, seats: int = 10, holders: int = 0, **sale: Any) -> TenantState:
    shown, of_it = sold(E5, seats, term_ends_at=ENDS_AT, **sale)
    return tenant_state(shown, users=users(holders, E5), sales=(of_it,))


def _step() -> ChangeSeats:
    (step,) = plan_of(_have(), spec(want_active(seats=6), assignments=())).tenants[0].steps
    assert isinstance(step, ChangeSeats)
    return step


def _scheduled(seats: int | None) -> TenantState:
    return _have(has_scheduled_change=True, next_seats=seats)


@pytest.mark.parametrize(
    ("have", "verdict"),
    [
        (_have(), Verdict.TODO),
        (_have(holders=6), Verdict.TODO),
        (_have(holders=7), Verdict.WAIT),
        (_have(locked="it is being renewed"), Verdict.WAIT),
        (_scheduled(6), Verdict.DONE),
        (_have(seats=6), Verdict.DONE),
        (_scheduled(7), Verdict.STALE),
        (_scheduled(None), Verdict.STALE),
        (_have(seats=9), Verdict.STALE),
        (_have(renews=False), Verdict.STALE),
        (replace(_have(), sales=()), Verdict.STALE),
    ],
    ids=[
        *("as planned", "just enough", "in use", "renewing", "scheduled", "renewed"),
        *("another number", "another change", "other seats", "does not renew", "not sold"),
    ],
)
def test_the_renewal_is_set_only_where_it_is_as_it_was_planned(
    have: TenantState, verdict: Verdict
) -> None:
    assert KIND.check(_step(), have, NOW).verdict is verdict
