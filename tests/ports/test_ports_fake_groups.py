"""Groups of the tenant in memory lag, and some of their members end in error, as Graph's do."""

from typing import Any

from runner.model.ids import GroupId, group_id, user_id
from runner.model.state import Group, TenantState
from runner.ports import ChangeResult, GroupChange, Reprocess, SetLicenses, UserChange
from tests.builders import E4, E5, holding, license, subscription, tenant_state, user
from tests.fakes import FakeDirectory, World

SALES = group_id("sales")


def _directory(seats: int = 10) -> FakeDirectory:
    people = [user(f"user-{number}", holding(E4, by_group="sales")) for number in (1, 2, 3)]
    names = frozenset(person.id for person in people)
    sales = Group(id=SALES, name="Sales", licenses=(license(E4),), members=names)
    subscriptions = (subscription(E4, 10), subscription(E5, seats))
    return FakeDirectory(World(tenant_state(*subscriptions, users=people, groups=(sales,))))


async def _swap(directory: FakeDirectory, group: GroupId = SALES) -> ChangeResult:
    change = GroupChange(
        group=group,
        step="step",
        request=SetLicenses(add=(license(E5),), remove=(E4,)),
        is_settled=lambda seen: False,
        misfit=lambda seen: "",
    )
    (answer,) = [each async for some in directory.change_groups([change]) for each in some]
    return answer.result


async def _reprocess(directory: FakeDirectory, name: str) -> tuple[ChangeResult, str]:
    change = UserChange(
        user=user_id(name),
        step="step",
        request=Reprocess(),
        is_settled=lambda seen: False,
        misfit=lambda seen: "",
    )
    (answer,) = [each async for some in directory.change_users([change]) for each in some]
    return answer.result, answer.reason


def _rows(state: TenantState) -> list[tuple[Any, str, str | None]]:
    people = sorted(state.users.values(), key=lambda each: each.id)
    return [(h.license.sku, h.status, h.error) for each in people for h in each.holdings]


async def test_members_follow_their_group_at_once() -> None:
    directory = _directory()
    assert await _swap(directory) is ChangeResult.CHANGED
    assert _rows(await directory.read([E4, E5])) == [(E5, "Active", None)] * 3


async def test_members_follow_after_as_many_reads_as_asked() -> None:
    directory = _directory()
    directory.group_lag_reads = 2
    await _swap(directory)
    seen = [await directory.read([E4, E5]) for _ in range(3)]
    assert [[group.is_processing for group in each.groups or ()] for each in seen] == [
        [True],
        [True],
        [False],
    ]
    assert [each.skus[E5].consumed for each in seen] == [0, 0, 3]


async def test_members_can_be_made_to_follow() -> None:
    directory = _directory()
    directory.group_lag_reads = 99
    await _swap(directory)
    directory.process()
    assert directory.world.state.skus[E5].consumed == 3


async def test_a_member_in_error_has_lost_the_old_license_and_is_read_all_the_same() -> None:
    directory = _directory()
    directory.member_errors = {"user-2": "UniquenessViolation"}
    await _swap(directory)
    state = await directory.read([E5])
    assert _rows(state)[1] == (E5, "Error", "UniquenessViolation")
    assert (state.skus[E4].consumed, state.skus[E5].consumed) == (0, 2)


async def test_members_beyond_the_seats_end_in_error() -> None:
    directory = _directory(seats=2)
    await _swap(directory)
    assert _rows(await directory.read([E5]))[2] == (E5, "Error", "CountViolation")


async def test_reprocessing_mends_a_member_once_the_obstacle_is_gone() -> None:
    directory = _directory()
    directory.member_errors = {"user-2": "UniquenessViolation"}
    await _swap(directory)
    assert await _reprocess(directory, "user-2") == (ChangeResult.REFUSED, "proxy-address")
    directory.member_errors.clear()
    assert await _reprocess(directory, "user-2") == (ChangeResult.CHANGED, "")
    assert directory.world.state.skus[E5].consumed == 3


async def test_a_group_nobody_knows_is_gone() -> None:
    assert await _swap(_directory(), group_id("nobody")) is ChangeResult.GONE
