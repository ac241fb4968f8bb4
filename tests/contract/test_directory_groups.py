"""What every directory promises of groups, locations and references."""

from runner.model.ids import UserId
from runner.model.state import Group
from runner.ports import ChangeResult, Question
from tests.contract.directories import GUESTS, SALES, USERS, VISIO, Opened, reference
from tests.contract.test_directory import NO_SKU, NOBODY
from tests.providers.served import (
    E4,
    E5,
    changed,
    group_swap,
    groups_changed,
    relocation,
    reprocessing,
)


def _guest(opened: Opened) -> UserId:
    return opened.users[USERS - 1]


async def _sales(opened: Opened) -> Group:
    (group,) = (await opened.directory.read([E4, E5, VISIO])).groups or ()
    return group


async def test_members_are_read_of_groups_that_carry_a_product_asked_for(opened: Opened) -> None:
    assert (await _sales(opened)).members == frozenset([_guest(opened)])
    (group,) = (await opened.directory.read([E4])).groups or ()
    assert group.members is None


async def test_a_swapped_group_carries_the_new_product_to_its_members(opened: Opened) -> None:
    group = await _sales(opened)
    (answer,) = await groups_changed(opened.directory, [group_swap(group.id, remove=VISIO)])
    assert answer.result is ChangeResult.CHANGED
    state = await opened.directory.read([E5])
    (after,) = state.groups or ()
    assert [each.sku for each in after.licenses] == [E5]
    assert not after.is_processing
    rows = state.users[_guest(opened)].holdings
    assert [(h.license.sku, h.status) for h in rows if h.by_group] == [(E5, "Active")]
    assert state.skus[E5].consumed == 1


async def test_a_group_that_was_swapped_before_is_settled(opened: Opened) -> None:
    change = group_swap((await _sales(opened)).id, remove=VISIO)
    await groups_changed(opened.directory, [change])
    (answer,) = await groups_changed(opened.directory, [change])
    assert answer.result is ChangeResult.CHANGED


async def test_a_group_that_is_nobody_or_carries_something_else_is_gone(opened: Opened) -> None:
    group = await _sales(opened)
    answers = await groups_changed(opened.directory, [group_swap(NOBODY), group_swap(group.id)])
    assert [each.result for each in answers] == [ChangeResult.GONE] * 2
    assert [each.reason for each in answers] == ["group-gone", "misfit"]
    assert await _sales(opened) == group


async def test_a_refused_swap_leaves_the_group_as_it_was(opened: Opened) -> None:
    group = await _sales(opened)
    change = group_swap(group.id, add=NO_SKU, remove=VISIO)
    (answer,) = await groups_changed(opened.directory, [change])
    assert (answer.result, answer.reason) == (ChangeResult.REFUSED, "sku-not-in-tenant")
    assert await _sales(opened) == group


async def test_a_location_is_seen_by_the_next_look(opened: Opened) -> None:
    first = opened.users[0]
    (answer,) = await changed(opened.directory, [relocation(first, "FR")])
    assert answer.result is ChangeResult.CHANGED
    seen = (await opened.directory.look([first]))[first]
    assert seen is not None
    assert seen.usage_location == "FR"


async def test_a_country_that_is_none_is_refused(opened: Opened) -> None:
    (answer,) = await changed(opened.directory, [relocation(opened.users[0], "xx")])
    assert (answer.result, answer.reason) == (ChangeResult.REFUSED, "invalid-location")


async def test_who_is_in_no_error_is_reprocessed_without_a_change(opened: Opened) -> None:
    before = await opened.directory.look([_guest(opened)])
    (answer,) = await changed(opened.directory, [reprocessing(_guest(opened))])
    assert answer.result is ChangeResult.CHANGED
    assert await opened.directory.look([_guest(opened)]) == before


async def test_references_stand_for_users_or_say_why_not(opened: Opened) -> None:
    asked = (SALES, reference(opened.users[0]), reference(NOBODY), GUESTS)
    found = (await opened.directory.read([], question=Question(references=tuple(asked)))).selections
    assert found.keys() == set(asked)
    assert [found[each].users for each in asked] == [
        {_guest(opened)},
        {opened.users[0]},
        set(),
        {_guest(opened)},
    ]
    assert [bool(found[each].problem) for each in asked] == [False, False, True, False]
