"""Groups are swapped once, followed to every member, and never leave anybody without a license."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from runner.model.ids import group_id
from runner.model.outcome import EventKind, Standing, Status
from runner.model.plan import Plan
from runner.model.spec import Reference, ReferenceKind, Who
from runner.model.state import Group, Selection, TenantState, User
from runner.steps.holding import holds
from tests.builders import (
    E3,
    E4,
    E5,
    holding,
    license,
    spec,
    subscription,
    tenant_state,
    user,
    users,
    want_moved,
)
from tests.engine.runs import Bench, statuses, told

ROME = group_id("rome")


def _members(count: int, *more: Any, prefix: str = "member") -> tuple[User, ...]:
    held = (holding(E4, by_group="rome"), *(holding(each) for each in more))
    return tuple(user(f"{prefix}-{number}", *held) for number in range(1, count + 1))


def _tenant(*people: User, seats: int = 20, **more: Any) -> TenantState:
    inside = frozenset(p.id for p in people if any(h.by_group == ROME for h in p.holdings))
    rome = Group(id=ROME, name="Rome", licenses=(license(E4),), members=inside)
    bought = (subscription(E4, 30), subscription(E5, seats))
    return tenant_state(*bought, users=people, groups=(rome,), **more)


def _bench(*people: User, **more: Any) -> Bench:
    return Bench(_tenant(*people, **more), spec(assignments=(want_moved(),), subscriptions=()))


def _holders(bench: Bench, sku: Any) -> set[str]:
    return {name for name, each in bench.world.state.users.items() if holds(each, sku)}


def test_a_group_is_swapped_in_one_call_and_followed_to_its_members() -> None:
    bench = _bench(*_members(5))
    bench.directory.group_lag_reads = 3
    assert bench.apply().standing is Standing.DONE
    assert bench.directory.writes == {ROME: 1}
    assert len(_holders(bench, E5)) == 5
    assert not _holders(bench, E4)
    assert bench.plan().tenants[0].steps == ()


def test_members_who_arrive_are_told_one_by_one() -> None:
    bench = _bench(*_members(3))
    bench.directory.group_lag_reads = 2
    bench.apply()
    arrived = [e.data["subject"] for e in told(bench, EventKind.OUTCOME) if "subject" in e.data]
    assert {"member-1", "member-2", "member-3"} <= set(arrived)


def test_who_left_the_group_since_planning_is_not_told_as_changed() -> None:
    bench = _bench(*_members(3))
    plan = bench.plan()
    (rome,) = bench.world.state.groups or ()
    left = next(iter(sorted(rome.members or ())))
    smaller = replace(rome, members=(rome.members or frozenset()) - {left})
    people = {**bench.world.state.users, left: replace(bench.world.state.users[left], holdings=())}
    bench.world.state = replace(bench.world.state, groups=(smaller,), users=people)
    assert bench.apply(plan).standing is Standing.DONE
    arrived = [e.data["subject"] for e in told(bench, EventKind.OUTCOME) if "subject" in e.data]
    assert {"member-2", "member-3"} <= set(arrived)
    assert left not in arrived


def test_a_group_that_takes_long_leaves_the_tenant_waiting_and_the_next_run_goes_on() -> None:
    bench = _bench(*_members(3), *users(2, E4))
    bench.directory.group_lag_reads = 1000
    plan = bench.plan()
    result = bench.apply(plan)
    assert result.standing is Standing.WAITING
    assert statuses(result) == {"move_group": "waiting", "move_users": "changed"}
    bench.directory.process()
    assert bench.apply(plan).standing is Standing.DONE
    assert bench.directory.writes[ROME] == 1


def test_a_group_that_never_comes_to_an_end_is_overdue_after_a_day() -> None:
    bench = _bench(*_members(3))
    bench.directory.group_lag_reads = 100_000
    plan = bench.plan()
    bench.apply(plan)
    bench.clock.move(timedelta(hours=25))
    assert bench.apply(plan).standing is Standing.FAILED


def test_a_member_in_error_is_reprocessed_and_reported_with_the_reason() -> None:
    bench = _bench(*_members(3))
    bench.directory.member_errors = {"member-2": "MutuallyExclusiveViolation"}
    result = bench.apply()
    assert result.standing is Standing.FAILED
    assert result.steps[0].failed == {"member-2": "conflict"}
    assert bench.directory.writes["member-2"] == 1
    again = bench.plan().tenants[0]
    assert [finding.code for finding in again.findings if finding.code == "in-error"]


def test_a_member_whose_error_is_mended_gets_the_license_by_running_again() -> None:
    bench = _bench(*_members(3))
    bench.directory.member_errors = {"member-2": "CountViolation"}
    plan = bench.plan()
    bench.apply(plan)
    bench.directory.member_errors = {}
    assert bench.apply(plan).standing is Standing.DONE
    assert len(_holders(bench, E5)) == 3


def test_members_left_without_a_seat_are_given_one_by_the_plan_after_it_was_bought() -> None:
    bench = _bench(*_members(3))
    bench.directory.member_errors = {"member-2": "CountViolation", "member-3": "CountViolation"}
    assert bench.apply().standing is Standing.FAILED
    assert _holders(bench, E5) == {"member-1"}
    bench.directory.member_errors = {"member-3": "CountViolation"}
    result = bench.apply()
    assert result.steps[0].failed == {"member-3": "no-seats"}
    assert _holders(bench, E5) == {"member-1", "member-2"}
    bench.directory.member_errors = {}
    assert bench.apply().standing is Standing.DONE
    assert bench.plan().tenants[0].steps == ()


def _left_in_error(**errors: str) -> Bench:
    rows = {
        name: replace(holding(E5, by_group="rome", status="Error"), error=error)
        for name, error in errors.items()
    }
    state = _tenant(*(user(name, row, location=name.upper()) for name, row in rows.items()))
    rome = Group(id=ROME, name="Rome", licenses=(license(E5),), members=frozenset(state.users))
    want = spec(assignments=(want_moved(),), subscriptions=())
    return Bench(replace(state, groups=(rome,)), want)


def test_only_members_who_can_be_given_the_license_are_tried_again() -> None:
    bench = _left_in_error(fr="ProhibitedInUsageLocationViolation", it="CountViolation")
    assert bench.apply().standing is Standing.DONE
    assert bench.directory.writes == {"it": 1}
    assert _holders(bench, E5) == {"it"}


def _under_way(**processing: bool) -> tuple[Bench, Plan]:
    """Return a world whose group was swapped after planning, with a member in error by now."""
    bench = _bench(*_members(3))
    plan = bench.plan()
    error = replace(holding(E5, by_group="rome", status="Error"), error="CountViolation")
    failed, late, arrived = bench.world.state.users.values()
    people = (
        replace(failed, holdings=(error,)),
        late,
        replace(arrived, holdings=(holding(E5, by_group="rome"),)),
    )
    (rome,) = bench.world.state.groups or ()
    swapped = replace(rome, licenses=(license(E5),), **processing)
    users = {each.id: each for each in people}
    bench.world.change(lambda state: replace(state, users=users, groups=(swapped,)))
    return bench, plan


def test_an_error_is_told_while_the_group_is_under_way() -> None:
    bench, plan = _under_way(is_processing=True)
    (step,) = bench.apply(plan).steps
    assert step.status is Status.WAITING
    assert step.detail.endswith("1 still to come, 1 in error: 1 CountViolation")
    assert not bench.directory.writes


def test_who_is_in_error_is_tried_again_although_graph_never_ends() -> None:
    bench, plan = _under_way(is_processing=True)
    bench.world.change(
        lambda state: replace(
            state,
            users={
                name: replace(each, holdings=(holding(E5, by_group="rome"),))
                if holds(each, E4)
                else each
                for name, each in state.users.items()
            },
        )
    )
    assert bench.apply(plan).standing is Standing.DONE
    assert bench.directory.writes == {"member-1": 1}


def test_nobody_is_waited_for_where_graph_gave_up() -> None:
    bench, plan = _under_way(has_failed=True)
    assert bench.apply(plan).standing is Standing.DONE
    assert bench.directory.writes == {"member-1": 1, "member-2": 1}
    assert len(_holders(bench, E5)) == 3


def test_an_error_that_stays_after_a_yes_is_waited_for_and_a_failure_after_an_hour() -> None:
    bench = _left_in_error(it="CountViolation")
    bench.directory.doubts = {"it": "no-seats: the license stays in error: CountViolation"}
    result = bench.apply()
    assert (result.standing, result.steps[0].changed) == (Standing.WAITING, set())
    assert "stays in error: CountViolation" in result.summary
    bench.clock.move(timedelta(minutes=50))
    assert bench.apply().standing is Standing.WAITING
    bench.clock.move(timedelta(minutes=15))
    late = bench.apply()
    assert late.standing is Standing.FAILED
    assert "stays in error: CountViolation" in late.summary


def test_a_member_whom_graph_refuses_is_no_longer_waited_for() -> None:
    bench = _bench(*_members(3))
    bench.directory.group_lag_reads = 3
    bench.directory.member_errors = {"member-2": "MutuallyExclusiveViolation"}
    assert bench.apply().standing is Standing.FAILED
    assert not bench.records.waits


def test_a_group_that_lost_the_license_since_planning_is_not_given_it_again() -> None:
    bench = _left_in_error(it="CountViolation")
    plan = bench.plan()
    lost = tuple(replace(each, licenses=(license(E3),)) for each in bench.world.state.groups or ())
    bench.world.change(lambda state: replace(state, groups=lost))
    assert bench.apply(plan).standing is Standing.REFUSED
    assert not bench.directory.writes


def test_a_direct_license_goes_after_the_group_is_done() -> None:
    bench = _bench(*_members(2, E4, prefix="both"), *_members(1))
    bench.directory.group_lag_reads = 2
    result = bench.apply()
    assert result.standing is Standing.DONE
    assert not _holders(bench, E4)
    assert bench.world.state.skus[E5].consumed == 3


def test_members_who_joined_since_planning_hold_the_group_back() -> None:
    bench = _bench(*_members(2), user("late", E4))
    plan = bench.plan()
    late = replace(bench.world.state.users["late"], holdings=(holding(E4, by_group="rome"),))
    joined = tuple(
        replace(each, members=(each.members or frozenset()) | {late.id})
        for each in bench.world.state.groups or ()
    )
    bench.world.change(
        lambda state: replace(state, groups=joined, users={**state.users, late.id: late})
    )
    result = bench.apply(plan)
    assert result.standing is Standing.REFUSED
    assert bench.directory.writes[ROME] == 0


def test_a_group_that_was_given_another_license_since_planning_is_left_alone() -> None:
    bench = _bench(*_members(2))
    plan = bench.plan()
    other = tuple(
        replace(each, licenses=(license(E4, "SWAY"),)) for each in bench.world.state.groups or ()
    )
    bench.world.change(lambda state: replace(state, groups=other))
    assert bench.apply(plan).standing is Standing.REFUSED
    assert bench.directory.writes[ROME] == 0


def test_seats_taken_by_others_meanwhile_stop_the_group_before_it_is_swapped() -> None:
    bench = _bench(*_members(5), seats=5)
    plan = bench.plan()
    taken = users(3, E5, prefix="other")
    bench.world.change(
        lambda state: replace(state, users={**state.users, **{each.id: each for each in taken}})
    )
    assert bench.apply(plan).standing is Standing.REFUSED
    assert bench.directory.writes[ROME] == 0


def test_a_group_that_carries_the_target_already_loses_the_source_only_when_all_have_it() -> None:
    has_both = (holding(E4, by_group="rome"), holding(E5, by_group="rome"))
    done = user("done", *has_both)
    failed = user(
        "failed",
        holding(E4, by_group="rome"),
        replace(holding(E5, by_group="rome", status="Error"), error="CountViolation"),
    )
    state = _tenant(done, failed)
    carrying = Group(
        id=ROME, name="Rome", licenses=(license(E4), license(E5)), members=frozenset(state.users)
    )
    bench = Bench(replace(state, groups=(carrying,)), spec(assignments=(want_moved(),)))
    assert "move_group" not in statuses(bench.apply())
    assert _holders(bench, E4) == {"done", "failed"}


def test_users_whose_group_is_on_its_way_are_waited_for_and_the_others_moved() -> None:
    waiting = tuple(user(f"late-{n}", holding(E4, by_group="rome"), E4) for n in range(2))
    state = _tenant(*waiting, *users(3, E4))
    carrying = Group(
        id=ROME, name="Rome", licenses=(license(E5, "SWAY"),), members=frozenset({"late-0"})
    )
    want = spec(assignments=(want_moved(),), subscriptions=())
    bench = Bench(replace(state, groups=(carrying,)), want)
    steps = bench.plan().tenants[0].steps
    assert len({step.id for step in steps}) == len(steps)
    assert bench.apply().standing is Standing.WAITING
    assert _holders(bench, E5) == {"user-1", "user-2", "user-3"}
    assert _holders(bench, E4) == {"late-0", "late-1"}


def test_users_who_exchange_products_move_one_by_one_through_the_one_free_seat() -> None:
    people = (*users(3, E3, prefix="up"), *users(3, E5, prefix="down"))
    state = tenant_state(subscription(E3, 4), subscription(E5, 3), users=people)
    up, down = (Reference(kind=ReferenceKind.GROUP, text=text) for text in ("Up", "Down"))
    named = {
        up: Selection(users=frozenset(p.id for p in people[:3])),
        down: Selection(users=frozenset(p.id for p in people[3:])),
    }
    moves = (
        want_moved(E3, to=E5, who=Who(is_everyone=False, groups=("Up",))),
        want_moved(E5, to=E3, who=Who(is_everyone=False, groups=("Down",))),
    )
    bench = Bench(replace(state, selections=named), spec(assignments=moves, subscriptions=()))
    assert bench.apply().standing is Standing.DONE
    assert _holders(bench, E5) == {"up-1", "up-2", "up-3"}
    assert _holders(bench, E3) == {"down-1", "down-2", "down-3"}
    assert bench.directory.writes == dict.fromkeys((p.id for p in people), 1)


def test_a_location_is_written_before_the_license_and_never_over_another() -> None:
    people = (*users(1, E4), user("nowhere", E4, location=None))
    state = tenant_state(subscription(E4, 5), subscription(E5, 5), users=people)
    moving = want_moved(usage_location="DE")
    bench = Bench(state, spec(assignments=(moving,), subscriptions=()))
    assert bench.apply().standing is Standing.DONE
    found = {name: each.usage_location for name, each in bench.world.state.users.items()}
    assert found == {"user-1": "IT", "nowhere": "DE"}
    assert len(_holders(bench, E5)) == 2
