"""What every directory promises, whichever one it is."""

from dataclasses import replace

from runner.model.ids import sku_id, user_id
from runner.model.state import License
from runner.ports import ChangeResult
from tests.contract.directories import SEATS, USERS, VISIO, Opened
from tests.providers.served import E4, E5, SWAY, changed, results, swap

NOBODY = user_id("00000000-0000-4000-8000-000000000000")
NO_SKU = sku_id("00000000-0000-4000-8000-00000000000a")


async def test_a_read_holds_everybody_with_the_products_asked_for_and_nobody_else(
    opened: Opened,
) -> None:
    state = await opened.directory.read([E4, E5])
    assert set(state.users) == set(opened.users[:USERS])
    assert state.name == "Contoso S.p.A."
    assert (state.skus[E4].enabled, state.skus[E4].consumed) == (20, USERS)
    assert {each.sku for each in state.subscriptions} == {E4, E5, VISIO}


async def test_a_read_without_products_holds_no_users(opened: Opened) -> None:
    state = await opened.directory.read([])
    assert not state.users
    assert state.licensed_users is None


async def test_two_reads_of_an_unchanged_tenant_are_the_same(opened: Opened) -> None:
    first = await opened.directory.read([E4, E5])
    second = await opened.directory.read([E5, E4])
    assert replace(first, read_at=second.read_at) == second


async def test_a_user_is_read_with_all_that_planning_needs(opened: Opened) -> None:
    guest = (await opened.directory.read([E4])).users[opened.users[USERS - 1]]
    assert (guest.is_guest, guest.is_enabled, guest.usage_location) == (True, False, "DE")
    own = [each for each in guest.holdings if each.by_group is None]
    assert [each.license for each in own] == [License(sku=E4, disabled_plans=(SWAY,))]
    assert [each.error for each in guest.holdings] == [None, None]


async def test_what_a_group_gives_is_told_from_what_is_held_directly(opened: Opened) -> None:
    state = await opened.directory.read([E4])
    assert state.groups is not None
    (group,) = state.groups
    guest = state.users[opened.users[USERS - 1]]
    assert [each.by_group for each in guest.holdings if each.by_group] == [group.id]
    assert group.name == "Sales"


async def test_a_look_sees_users_and_says_who_is_nobody(opened: Opened) -> None:
    seen = await opened.directory.look([opened.users[0], NOBODY])
    assert seen[NOBODY] is None
    assert seen[opened.users[0]] == (await opened.directory.read([E4])).users[opened.users[0]]


async def test_a_change_is_seen_by_the_next_look(opened: Opened) -> None:
    users = opened.users[:5]
    answers = await changed(opened.directory, [swap(user) for user in users])
    assert results(answers) == {"changed": 5}
    seen = await opened.directory.look(users)
    held = {each.license.sku for user in seen.values() if user for each in user.holdings}
    assert held == {E5}
    state = await opened.directory.read([E4, E5])
    assert (state.skus[E5].consumed, state.skus[E4].consumed) == (5, USERS - 5)


async def test_every_change_has_exactly_one_answer(opened: Opened) -> None:
    changes = [swap(user) for user in (*opened.users[:USERS], NOBODY)]
    answers = await changed(opened.directory, changes)
    assert sorted(a.change.user for a in answers) == sorted(c.user for c in changes)


async def test_seats_are_never_overdrawn_and_the_rest_keeps_what_it_had(opened: Opened) -> None:
    answers = await changed(opened.directory, [swap(user) for user in opened.users[:USERS]])
    assert results(answers)["changed"] == SEATS
    state = await opened.directory.read([E4, E5])
    assert state.skus[E5].consumed == SEATS
    assert state.skus[E4].consumed == USERS - SEATS


async def test_a_deleted_user_is_gone_and_no_failure(opened: Opened) -> None:
    opened.delete(opened.users[1])
    answers = await changed(opened.directory, [swap(user) for user in opened.users[:3]])
    assert results(answers) == {"changed": 2, "gone": 1}
    assert opened.users[1] not in (await opened.directory.read([E4, E5])).users


async def test_switched_off_services_are_as_asked_for(opened: Opened) -> None:
    change = swap(opened.users[0], add=License(sku=E5, disabled_plans=(SWAY,)))
    (answer,) = await changed(opened.directory, [change])
    assert answer.result is ChangeResult.CHANGED
    user = (await opened.directory.look([opened.users[0]]))[opened.users[0]]
    assert user is not None
    assert [each.license for each in user.holdings] == [License(sku=E5, disabled_plans=(SWAY,))]


async def test_a_change_that_was_made_before_is_settled_and_not_refused(opened: Opened) -> None:
    changes = [swap(user) for user in opened.users[:4]]
    await changed(opened.directory, changes)
    assert results(await changed(opened.directory, changes)) == {"changed": 4}


async def test_a_refused_change_leaves_the_user_untouched(opened: Opened) -> None:
    before = (await opened.directory.look([opened.users[0]]))[opened.users[0]]
    unknown = swap(opened.users[0], add=License(sku=NO_SKU))
    (answer,) = await changed(opened.directory, [unknown])
    assert answer.result is ChangeResult.REFUSED
    assert answer.reason == "sku-not-in-tenant"
    assert (await opened.directory.look([opened.users[0]]))[opened.users[0]] == before
