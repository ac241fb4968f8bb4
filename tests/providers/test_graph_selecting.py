"""Groups, users and filters of a playbook stand for people of the tenant, or say why not."""

from typing import Any
from urllib.parse import unquote

import pytest

from runner.model.findings import ReadIncomplete
from runner.model.spec import Reference, ReferenceKind
from runner.model.state import Selection
from runner.ports import Question
from runner.simulator import World
from tests.providers.scripted import (
    GROUP_ID,
    Answer,
    Asked,
    graph_of,
    group_row,
    refusal,
    scripted,
)
from tests.providers.served import E4, opened, world_at

NOBODY = "00000000-0000-4000-8000-000000000000"


def _group(text: str) -> Reference:
    return Reference(kind=ReferenceKind.GROUP, text=text)


def _user(text: str) -> Reference:
    return Reference(kind=ReferenceKind.USER, text=text)


def _filter(text: str) -> Reference:
    return Reference(kind=ReferenceKind.FILTER, text=text)


async def _select(endpoint: str, *references: Reference) -> list[Selection]:
    async with opened(endpoint) as directory:
        state = await directory.read([], question=Question(references=references))
    assert not state.users
    return [state.selections[each] for each in references]


def _ids(world: World, *numbers: int) -> frozenset[str]:
    return frozenset(world.tenant().users[number - 1].id for number in numbers)


def _tenant() -> dict[str, Any]:
    return {
        "groups": [
            {"name": "Sales", "members": ["1-3"], "nested": ["L'Aquila & Rome #1"]},
            {"name": "L'Aquila & Rome #1", "members": [4]},
            {"name": "Board", "licenses": ["ENTERPRISEWITHSCAL"], "members": [5]},
        ],
        "users": [
            {"count": 6, "usage_location": "IT", "department": "Sales & more"},
            {"upn": "anna_fabrikam.com#EXT#@contoso.onmicrosoft.com", "user_type": "Guest"},
            {"upn": "$ar340@contoso.onmicrosoft.com"},
        ],
    }


async def test_a_user_is_named_by_id_or_principal_name() -> None:
    with world_at(**_tenant()) as (world, endpoint):
        first = world.tenant().users[0]
        guest = "anna_fabrikam.com#EXT#@contoso.onmicrosoft.com"
        names = [first.id.upper(), f" {first.upn} ", guest]
        found = await _select(endpoint, *map(_user, names))
        assert [each.users for each in found] == [
            _ids(world, 1),
            _ids(world, 1),
            _ids(world, 7),
        ]
        assert not any(each.problem for each in found)


async def test_a_name_that_begins_with_a_dollar_is_asked_for_in_parentheses() -> None:
    asked: list[str] = []

    def script(each: Asked) -> Answer:
        asked.append(each.body.decode())
        answer = {"id": "1", "status": 200, "body": {"id": NOBODY}}
        return Answer(body={"responses": [answer]})

    with scripted(graph_of(script, sku=E4)) as server:
        (found,) = await _select(f"{server.url}/v1.0", _user("$ar340@contoso.onmicrosoft.com"))
    assert "/users('%24ar340%40contoso.onmicrosoft.com')?$select=id" in asked[0]
    assert found.users == {NOBODY}


async def test_many_users_are_asked_for_in_batches() -> None:
    with world_at() as (world, endpoint):
        names = [user.upn for user in world.tenant().users]
        found = await _select(endpoint, *map(_user, [*names, "nobody@contoso.com", NOBODY]))
        assert [len(each.users) for each in found] == [1] * 40 + [0, 0]
        assert {each.problem for each in found[40:]} == {"there is no such user"}
        assert len([call for call in world.log if call.path == "/$batch"]) <= 3


async def test_a_user_who_may_not_be_read_is_a_problem_of_that_reference() -> None:
    with world_at() as (world, endpoint):
        first, second = world.tenant().users[:2]
        world.set_faults([{"kind": 403, "users": [first.id], "on": "inner"}])
        found = await _select(endpoint, _user(first.id), _user(second.id))
    assert "User.Read.All" in found[0].problem
    assert found[1].users == {second.id}


async def test_a_group_is_named_by_id_or_name_and_means_its_direct_members() -> None:
    with world_at(**_tenant()) as (world, endpoint):
        (sales,) = [each for each in world.tenant().groups.values() if each.name == "Sales"]
        found = await _select(endpoint, _group(sales.id.upper()), _group("sales"))
        expected = Selection(users=_ids(world, 1, 2, 3), nested_groups=1)  # type: ignore[arg-type]
        assert found == [expected, expected]


async def test_blanks_at_the_ends_belong_to_the_name_of_a_group() -> None:
    named = [{"name": "Sales", "members": [1]}, {"name": "Sales ", "members": [2]}]
    with world_at(**{**_tenant(), "groups": named}) as (world, endpoint):
        found = await _select(endpoint, _group("Sales"), _group("Sales "), _group(" Sales"))
        assert [each.users for each in found[:2]] == [_ids(world, 1), _ids(world, 2)]
        assert found[2].problem == "there is no such group"


async def test_a_name_is_asked_for_letter_by_letter() -> None:
    with world_at(**_tenant()) as (world, endpoint):
        (found,) = await _select(endpoint, _group("L'Aquila & Rome #1"))
        assert found.users == _ids(world, 4)


@pytest.mark.parametrize("name", ["Nobody", NOBODY])
async def test_a_group_nobody_knows_is_a_problem(name: str) -> None:
    with world_at(**_tenant()) as (_, endpoint):
        (found,) = await _select(endpoint, _group(name))
    assert found == Selection(problem="there is no such group")


def _named(*ids: str) -> Any:
    rows = [group_row(E4, id=each) for each in ids]
    return lambda asked: Answer(body={"value": rows})


async def test_a_name_of_several_groups_is_a_problem_that_lists_them() -> None:
    ids = [GROUP_ID[:-1] + digit for digit in "312"]
    with scripted(graph_of(_named(*ids), sku=E4)) as server:
        (found,) = await _select(f"{server.url}/v1.0", _group("Sales"))
    assert found.problem == "3 groups have this name: " + ", ".join(sorted(ids))
    assert not found.users


async def test_groups_that_may_not_be_read_name_the_permission() -> None:
    with world_at(**_tenant()) as (world, endpoint):
        world.set_faults([{"kind": 403, "on": "/groups"}])
        found = await _select(endpoint, _group("Sales"), _group(GROUP_ID))
    assert {each.problem for each in found} == {
        "groups may not be read: grant the application GroupMember.Read.All"
    }


async def test_hidden_members_of_a_named_group_are_a_problem() -> None:
    def script(asked: Asked) -> Answer:
        return refusal(403) if "/members" in asked.path else _named(GROUP_ID)(asked)

    with scripted(graph_of(script, sku=E4)) as server:
        (found,) = await _select(f"{server.url}/v1.0", _group("Sales"))
    assert "members of this group may not be read" in found.problem


async def test_the_members_of_a_group_are_read_once() -> None:
    with world_at(**_tenant()) as (world, endpoint):
        async with opened(endpoint) as directory:
            state = await directory.read([E4], question=Question(references=(_group("Board"),)))
        assert state.selections[_group("Board")].users == _ids(world, 5)
        assert state.groups
        assert state.groups[0].members == _ids(world, 5)
        assert len([call for call in world.log if call.path.endswith("/members")]) == 1


async def test_a_filter_means_everybody_it_fits() -> None:
    people = [
        {"count": 1_100, "department": "Sales & more", "usage_location": "IT"},
        {"count": 5, "department": "Board"},
    ]
    with world_at(users=people) as (world, endpoint):
        fits, not_fits = await _select(
            endpoint,
            _filter("department eq 'Sales & more'"),
            _filter("not(department eq 'Sales & more')"),
        )
        assert fits.users == _ids(world, *range(1, 1_101))
        assert not_fits.users == _ids(world, *range(1_101, 1_106))


async def test_a_filter_graph_does_not_understand_is_a_problem_in_its_words() -> None:
    with world_at() as (_, endpoint):
        wrong, other = await _select(endpoint, _filter("department =="), _filter("no/such eq 1"))
    assert wrong.problem.startswith("the filter is refused: Invalid filter clause")
    assert not other.problem.endswith(".")
    assert not other.users


async def test_a_filter_is_sent_as_it_was_typed() -> None:
    asked: list[str] = []

    def script(each: Asked) -> Answer:
        assert each.headers["consistencylevel"] == "eventual"
        asked.append(each.path)
        return Answer(body={"value": [], "@odata.count": 0})

    text = "startsWith(displayName,'A+B & C=D #?%') or city eq 'Forlì'"
    with scripted(graph_of(script, sku=E4)) as server:
        await _select(f"{server.url}/v1.0", _filter(text))
    (path,) = asked
    _, _, query = path.partition("?")
    assert len(query.split("&")) == 4
    assert unquote(query.split("&")[0]) == f"$filter={text}"


async def test_people_of_a_filter_are_as_many_as_graph_counts() -> None:
    def script(_: Asked) -> Answer:
        return Answer(body={"value": [{"id": NOBODY}], "@odata.count": 30})

    counted = scripted(graph_of(script, sku=E4))
    with counted as server, pytest.raises(ReadIncomplete, match="1 of 30"):
        await _select(f"{server.url}/v1.0", _filter("accountEnabled eq true"))


@pytest.mark.parametrize("kind", list(ReferenceKind))
async def test_a_reference_to_nothing_means_nobody(kind: ReferenceKind) -> None:
    with world_at() as (_, endpoint):
        (found,) = await _select(endpoint, Reference(kind=kind, text="  "))
    assert found == Selection(problem="nothing is named")
