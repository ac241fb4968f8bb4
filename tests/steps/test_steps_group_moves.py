"""A group is swapped for all its members or not at all, and its seats are counted right."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from runner.model.ids import GroupId, SkuId, user_id
from runner.model.spec import Reference, ReferenceKind, TenantSpec, Who
from runner.model.state import Group, Holding, Selection, TenantState, User
from runner.planning import is_refused
from runner.steps.cohorts import Sorting, arriving, leaving
from runner.steps.group_moves import GroupMove
from runner.steps.holding import takes_seat
from runner.steps.sorting import sort_users
from tests.builders import (
    E1,
    E3,
    E4,
    E5,
    EMS,
    catalog,
    holding,
    license,
    plan_of,
    spec,
    subscription,
    tenant_state,
    user,
    want_moved,
)
from tests.planning.changes import carried_out
from tests.planning.worlds import tenants, wishes

ENOUGH = settings(max_examples=60, deadline=None, derandomize=True)
SALES, ROME = GroupId("sales"), GroupId("rome")
GUESTS_STAY = spec(assignments=[want_moved(moves_guests=False)])


def _by(group: str, sku: SkuId = E4, **more: Any) -> Holding:
    return holding(sku, by_group=group, **more)


def _tenant(*people: User, **carried: tuple[SkuId, ...]) -> TenantState:
    """Return a tenant with groups of these licenses; who shows one by a group is in it."""
    groups = tuple(
        Group(
            id=GroupId(name),
            name=name.title(),
            licenses=tuple(license(sku) for sku in skus),
            members=frozenset(
                person.id for person in people if any(h.by_group == name for h in person.holdings)
            ),
        )
        for name, skus in carried.items()
    )
    bought = [subscription(sku, 40) for sku in (E1, E3, E4, E5)]
    return tenant_state(*bought, users=people, groups=groups)


def _sorted(have: TenantState, want: TenantSpec | None = None) -> Sorting:
    return sort_users(want or spec(), have, catalog())


def _only(sorting: Sorting) -> GroupMove:
    (move,) = sorting.groups
    return move


def _left(sorting: Sorting) -> dict[str, str]:
    return {name: left.about for left in sorting.left_out for name in left.users}


def test_every_member_goes_with_the_group() -> None:
    move = _only(_sorted(_tenant(user("a", _by("sales")), user("b", _by("sales")), sales=(E4,))))
    assert (move.users, move.arriving, move.remove) == (("a", "b"), ("a", "b"), (E4,))
    assert [each.sku for each in move.add] == [E5]
    assert move.leaving == {E4: ("a", "b")}


def test_a_member_who_holds_the_target_already_takes_no_seat_of_it() -> None:
    people = (user("a", _by("sales"), E5), user("b", _by("sales")))
    assert _only(_sorted(_tenant(*people, sales=(E4,)))).arriving == ("b",)


def test_a_seat_is_not_free_while_another_group_gives_it() -> None:
    person = user("a", _by("sales"), _by("rome"))
    guest = user("b", _by("rome"), is_guest=True)
    sorting = _sorted(_tenant(person, guest, sales=(E4,), rome=(E4,)), GUESTS_STAY)
    assert _only(sorting).group.id == SALES
    assert _only(sorting).leaving == {E4: ()}
    assert leaving(sorting, E4) == 0


def test_a_seat_given_by_two_groups_is_freed_once() -> None:
    sorting = _sorted(_tenant(user("a", _by("sales"), _by("rome")), sales=(E4,), rome=(E4,)))
    assert [each.group.id for each in sorting.groups] == [ROME, SALES]
    assert (arriving(sorting, E5), leaving(sorting, E4)) == (1, 1)


def test_a_group_with_a_member_who_shall_stay_stays_and_says_why() -> None:
    people = (user("a", _by("sales")), user("b", _by("sales"), is_guest=True))
    sorting = _sorted(_tenant(*people, sales=(E4,)), GUESTS_STAY)
    assert sorting.groups == ()
    assert _left(sorting)["a"] == 'group "Sales" has 1 of 2 members who shall stay'


def test_a_group_whose_members_go_to_two_products_stays_and_says_why() -> None:
    have = _tenant(user("a", _by("sales")), user("b", _by("sales")), sales=(E4,))
    first = Reference(kind=ReferenceKind.USER, text="a")
    have = replace(have, selections={first: Selection(users=frozenset([user_id("a")]))})
    some = Who(is_everyone=False, users=("a",))
    sorting = _sorted(have, spec(assignments=[want_moved(E4, to=E3, who=some), want_moved(E4)]))
    said = 'members of group "Sales" are covered by book.yaml:30 and book.yaml:31'
    assert (sorting.groups, _left(sorting)) == ((), {"a": said, "b": said})


def test_a_group_whose_swap_a_member_would_be_refused_stays() -> None:
    people = (user("a", _by("sales")), user("b", _by("sales"), E3))
    want = spec(assignments=[want_moved(E4, to=E1)])
    sorting = _sorted(_tenant(*people, sales=(E4,)), want)
    assert sorting.groups == ()
    said = '1 member of group "Sales" would be refused: SHAREPOINTENTERPRISE and SHAREPOINTSTANDARD'
    assert _left(sorting) == {"a": said, "b": said}


def test_a_group_without_members_moves_with_everyone() -> None:
    move = _only(_sorted(_tenant(sales=(E4,))))
    assert (move.users, move.arriving, move.leaving) == ((), (), {E4: ()})


def test_the_target_a_group_carries_already_stays_as_it_is() -> None:
    person = user("a", _by("sales"), _by("sales", E5))
    move = _only(_sorted(_tenant(person, sales=(E4, E5))))
    assert (move.add, move.arriving, move.remove) == ((), (), (E4,))


def test_a_group_stays_while_a_member_lacks_the_target_that_it_carries() -> None:
    people = (
        user("a", _by("sales"), _by("sales", E5)),
        user("b", _by("sales"), _by("sales", E5, status="Error")),
    )
    sorting = _sorted(_tenant(*people, sales=(E4, E5)))
    assert sorting.groups == ()
    why = "the group carries the new product and they do not have it"
    said = f'1 member of group "Sales" would be refused: {why}'
    assert _left(sorting) == {"a": said, "b": said}


def _quiet(sku: SkuId, off: str, *people: User, **carried: tuple[SkuId, ...]) -> TenantState:
    """Return a tenant whose group Rome carries a license with a service off."""
    have = _tenant(*people, **carried, rome=(sku,))
    groups = (
        replace(each, licenses=(license(sku, off),)) if each.id == ROME else each
        for each in have.groups or ()
    )
    return replace(have, groups=tuple(groups))


def test_two_groups_whose_new_products_exclude_each_other_do_not_both_move() -> None:
    off = "SHAREPOINTENTERPRISE"
    both = user("a", _by("sales", EMS), holding(license(E5, off), by_group="rome"))
    have = _quiet(E5, off, both, user("b", _by("sales", EMS)), sales=(EMS,))
    whole = want_moved(E5, to=E3, keeps_service_plans=False)
    sorting = _sorted(have, spec(assignments=[want_moved(EMS, to=E1), whole]))
    assert _only(sorting).group.id == ROME
    said = '1 member of group "Sales" would be refused: SHAREPOINTENTERPRISE and SHAREPOINTSTANDARD'
    assert _left(sorting) == {"a": said, "b": said}


def test_a_group_stays_whose_member_another_group_keeps_from_losing_a_direct_license() -> None:
    off = "SHAREPOINTSTANDARD"
    want = spec(assignments=[want_moved(E1, to=E3, moves_guests=False)])
    both = user("a", E1, _by("sales", E1), holding(license(E1, off), by_group="rome"))
    guest = user("g", holding(license(E1, off), by_group="rome"), is_guest=True)
    stays = _sorted(_quiet(E1, off, both, guest, sales=(E1,)), want)
    assert (stays.groups, stays.cohorts) == ((), ())
    moves = _sorted(_quiet(E1, off, both, sales=(E1,)), want)
    assert {each.group.id: each.direct_first for each in moves.groups} == {
        ROME: frozenset(),
        SALES: frozenset({"a"}),
    }


def _in_error(name: str, *held: Any, error: str = "CountViolation", **more: Any) -> User:
    return user(name, replace(_by("sales", E5, status="Error"), error=error), *held, **more)


def test_a_member_in_error_without_any_source_is_tried_again() -> None:
    move = _only(_sorted(_tenant(_in_error("a"), user("b", _by("sales", E5)), sales=(E5,))))
    assert (move.users, move.arriving, move.remove, move.is_again) == (("a",), ("a",), (), True)


def test_nobody_is_tried_again_whom_a_rule_stands_against_still() -> None:
    conflict = _in_error("a", E1, error="MutuallyExclusiveViolation")
    forbidden = _in_error("b", error="ProhibitedInUsageLocationViolation")
    assert _sorted(_tenant(conflict, forbidden, sales=(E5,))).groups == ()


def test_nobody_is_tried_again_who_has_the_product_or_a_source_of_it() -> None:
    people = (_in_error("a", E5), _in_error("b", E4), _in_error("c", is_guest=True))
    assert _sorted(_tenant(*people, sales=(E5,)), GUESTS_STAY).groups == ()


def test_nobody_is_tried_again_while_another_product_of_the_group_has_no_seats() -> None:
    have = _tenant(_in_error("a", _by("sales", EMS, status="Error")), sales=(E5, EMS))
    rows = tuple(replace(h, error="CountViolation") for h in have.users[user_id("a")].holdings)
    short = replace(have, users={user_id("a"): user("a", *rows)})
    assert _sorted(short).groups == ()


def test_a_free_seat_is_promised_to_one_member_in_error_only() -> None:
    rome = user("b", replace(_by("rome", E5, status="Error"), error="CountViolation"))
    people = (_in_error("a"), rome, user("c", E4))
    have = _tenant(*people, sales=(E5,), rome=(E5,))
    two = tenant_state(
        subscription(E4, 5), subscription(E5, 2), users=people, groups=have.groups or ()
    )
    assert [move.users for move in _sorted(two).groups] == [("b",)]


@ENOUGH
@given(tenants(), wishes())
def test_seats_in_use_change_by_who_arrives_and_who_leaves(
    have: TenantState, want: TenantSpec
) -> None:
    plan = plan_of(have, want)
    if is_refused(plan.tenants[0]):
        return
    then, sorting = carried_out(have, plan), _sorted(have, want)
    for sku in {E1, E3, E4, E5} & have.skus.keys():
        before, now = (sum(takes_seat(u, sku) for u in s.users.values()) for s in (have, then))
        assert now - before == arriving(sorting, sku) - leaving(sorting, sku)


@ENOUGH
@given(tenants(), wishes())
def test_nobody_is_left_out_and_moved_by_the_same_path(have: TenantState, want: TenantSpec) -> None:
    sorting = _sorted(have, want)
    moved = [name for cohort in sorting.cohorts for name in cohort.users]
    assert not set(moved) & set(_left(sorting))
    carrying = {each.id: each for each in have.groups or ()}
    for move in sorting.groups:
        assert set(move.users) >= (carrying[move.group.id].members or set())
        assert set(move.arriving) <= set(move.users)
