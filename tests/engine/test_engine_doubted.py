"""Whom a plan would change is looked at once more where lists may be behind."""

from dataclasses import replace

import pytest

from runner.engine import doubted
from tests.builders import E4, E5, plan_of, spec, subscription, tenant_state, users


@pytest.mark.parametrize(
    ("moved", "left", "in_use", "looked_at"),
    [
        (0, 10, 0, 0),
        (9, 1, 9, 1),
        (5, 5, 5, 5),
        (4, 6, 4, 0),
        (4, 6, 10, 6),
        (0, 10, 10, 10),
        (0, 2000, 1, 2000),
        (0, 2001, 1, 0),
        (2001, 2001, 2001, 0),
    ],
)
def test_the_rest_and_whoever_may_be_counted_already_are_looked_at(
    moved: int, left: int, in_use: int, looked_at: int
) -> None:
    people = (*users(left, E4), *users(moved, E5, prefix="moved"))
    have = tenant_state(
        subscription(E4, left + moved), subscription(E5, left + moved + in_use), users=people
    )
    counted = replace(have.skus[E5], consumed=in_use)
    have = replace(have, skus={**have.skus, E5: counted})
    (plan,) = plan_of(have, spec()).tenants
    found = doubted(plan, have)
    assert len(found) == looked_at
    assert all(name.startswith("user-") for name in found)
