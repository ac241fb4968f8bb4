"""`status` tells how the last run ended, whatever an earlier one waited for."""

from typing import Any

import pytest

from runner.cli.status_shown import status_lines

AT = "2026-11-23T09:00:00+00:00"
OLD = {
    "step": "t1/buy_seats/1",
    "why": "the maintenance window is closed",
    "task": "",
    "since": AT,
    "look_again_at": AT,
    "deadline_at": None,
    "playbook": "/books/win.yaml",
}


def shown(standing: str, summary: str, *, many: int = 1, playbook: str = "/books/win.yaml") -> str:
    """Return the status of tenants alike, each with a wait on record."""
    row: dict[str, Any] = {"standing": standing, "summary": summary, "run": "r", "at": AT}
    row |= {"playbook": playbook}
    tenants = [{**row, "tenant": f"t{n}", "waits_for": [OLD]} for n in range(many)]
    document = {"tenants": tenants, "unfinished": [], "gates": []}
    return "\n".join(status_lines(document, shows_all=False))


@pytest.mark.parametrize("many", [1, 11])
@pytest.mark.parametrize(
    ("standing", "summary"),
    [
        ("not_started", "not started: the run was interrupted"),
        ("waiting", "interrupted; what was done is recorded"),
        ("failed", "3 users could not be changed"),
    ],
)
def test_the_end_of_the_last_run_stands_before_older_waits(
    standing: str, summary: str, many: int
) -> None:
    text = shown(standing, summary, many=many)
    assert 0 < text.index(summary) < text.index(OLD["why"])


@pytest.mark.parametrize("many", [1, 11])
def test_what_is_waited_for_is_told_once(many: int) -> None:
    assert shown("waiting", OLD["why"], many=many).count(OLD["why"]) == 1


def test_a_wait_of_another_playbook_than_the_last_run_is_told_as_such() -> None:
    assert "by win.yaml" in shown("done", "3 steps done", playbook="/books/all.yaml")
    assert "by win.yaml" not in shown("done", "3 steps done")
