"""What steps say of themselves is a sentence for one as for many."""

import pytest

from runner.steps import KIND_OF
from runner.steps.await_ready import AwaitReady
from tests.builders import E4, plan_of, spec, subscription, tenant_state, users, want_active
from tests.builders import want_moved as moved


@pytest.mark.parametrize(("many", "said"), [(1, "until 1 seat is"), (3, "until 3 seats are")])
def test_seats_that_are_waited_for_are_counted_in_words(many: int, said: str) -> None:
    have = tenant_state(subscription(E4, 10), users=users(many, E4))
    steps = plan_of(have, spec(want_active(seats=10), assignments=(moved(),))).tenants[0].steps
    amounts = [
        KIND_OF[AwaitReady].describe(each).amount for each in steps if type(each) is AwaitReady
    ]
    assert [each[: len(said)] for each in amounts] == [said]
