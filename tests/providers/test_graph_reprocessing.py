"""A member who is reprocessed is changed when the license shows it, and not when Graph says yes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from runner.ports import ChangeResult
from tests.providers.scripted import Answer, Asked, Scripted, organization, scripted
from tests.providers.served import E5, HastyClock, changed, opened, reprocessing, results

GROUP = "00000000-0000-4000-9000-000000000001"
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(60)]

Row = Callable[[int], dict[str, Any] | None]


def _row(state: str, error: str = "None") -> dict[str, Any]:
    return {"skuId": E5, "assignedByGroup": GROUP, "state": state, "error": error}


IN_ERROR = _row("Error", "CountViolation")


def _graph(shown: Row) -> Callable[[Asked], Answer]:
    """Answer reprocessing with 200, and looks by the row `shown` makes of their number."""
    looks = 0

    def inner(call: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"id": call["url"].split("/")[2].split("?")[0]}
        if call["method"] == "GET":
            row = shown(looks)
            body["licenseAssignmentStates"] = [row] if row else []
        return {"id": call["id"], "status": 200, "headers": {}, "body": body}

    def script(asked: Asked) -> Answer:
        nonlocal looks
        if not asked.path.endswith("$batch"):
            return organization()
        calls = json.loads(asked.body)["requests"]
        looks += calls[0]["method"] == "GET"
        return Answer(body={"responses": [inner(call) for call in calls]})

    return script


def _tries(server: Scripted) -> int:
    return sum(each.body.count(b"reprocessLicenseAssignment") for each in server.asked)


async def test_a_yes_that_shows_late_is_a_change() -> None:
    clock = HastyClock()
    with scripted(_graph(lambda looks: IN_ERROR if looks < 4 else _row("Active"))) as server:
        async with opened(f"{server.url}/v1.0", clock=clock) as directory:
            (answer,) = await changed(directory, [reprocessing(IDS[0])])
        assert (answer.result, answer.message) == (ChangeResult.CHANGED, "")
        assert (_tries(server), clock.waited_s > 0) == (1, True)


async def test_a_yes_that_changes_nothing_is_told_with_the_error_of_the_row() -> None:
    clock = HastyClock()
    with scripted(_graph(lambda _: IN_ERROR)) as server:
        async with opened(f"{server.url}/v1.0", clock=clock) as directory:
            (answer,) = await changed(directory, [reprocessing(IDS[0])])
        assert (answer.result, answer.reason) == (ChangeResult.UNKNOWN, "no-seats")
        assert answer.message == "the license stays in error: CountViolation"
        assert _tries(server) == 1
        assert 10 < clock.waited_s < 60


async def test_members_whose_error_stays_stop_no_other() -> None:
    with scripted(_graph(lambda _: IN_ERROR)) as server:
        async with opened(f"{server.url}/v1.0") as directory:
            answers = await changed(directory, [reprocessing(each) for each in IDS])
        assert results(answers) == {"unknown": 60}
        assert _tries(server) == 60


@pytest.mark.parametrize("row", [None, _row("Active")])
async def test_who_is_in_no_error_afterwards_is_changed_at_once(row: Any) -> None:
    clock = HastyClock()
    with scripted(_graph(lambda _: row)) as server:
        async with opened(f"{server.url}/v1.0", clock=clock) as directory:
            (answer,) = await changed(directory, [reprocessing(IDS[0])])
        assert answer.result is ChangeResult.CHANGED
        assert clock.waited_s == 0
