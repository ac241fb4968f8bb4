"""What rules see of a plan, and what becomes of their verdicts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.model.findings import Finding, Severity
from runner.model.plan import Plan
from runner.model.policy import FACTS, Rule
from runner.planning import guards as guards_room
from runner.planning import is_refused, judge_again, make_plan
from runner.planning.guards import ACCEPTABLE, CODES
from tests.builders import (
    E4,
    NOW,
    catalog,
    loaded,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_moved,
)

LITERAL = re.compile(r'code="([a-z-]+)"')


def _objecting(
    code: str = "ours",
    *,
    seen: list[Any] | None = None,
    summary: str = "no",
    is_acceptable: bool = True,
) -> Rule:
    def ask(facts: Mapping[str, Any]) -> Finding:
        if seen is not None:
            seen.append(facts)
        return Finding(
            severity=Severity.ERROR, code=code, summary=summary, is_acceptable=is_acceptable
        )

    return Rule(code=code, is_acceptable=is_acceptable, judge=ask)


def _silent(code: str = "ours") -> Rule:
    return Rule(code=code, is_acceptable=True, judge=lambda facts: None)


def _plan(*rules: Rule, accepted: tuple[str, ...] = (), seats: int = 12) -> Plan:
    have = tenant_state(subscription(E4, 10), users=users(7, E4))
    want = spec(want_active(seats=seats), assignments=(want_moved(E4),))
    given = replace(loaded(want), rules=rules)
    return make_plan(given, {"contoso": have}, catalog=catalog(), now=NOW, accepted=accepted)


def test_an_objection_refuses_the_tenant_unless_its_code_is_accepted() -> None:
    assert not is_refused(_plan().tenants[0])
    assert is_refused(_plan(_objecting()).tenants[0])
    assert is_refused(_plan(_objecting(), accepted=("theirs",)).tenants[0])
    assert not is_refused(_plan(_objecting(), accepted=("ours",)).tenants[0])


def test_a_verdict_makes_another_plan() -> None:
    plans = (_plan(), _plan(_objecting()), _plan(_objecting(), accepted=("ours",)))
    assert len({plan.id for plan in plans}) == 3


def test_a_rule_sees_the_plan_file_of_the_tenant_and_the_sums() -> None:
    seen: list[Any] = []
    _plan(_objecting("first"), _objecting("second", seen=seen))
    tenant, whole = seen[0]["tenant"], seen[0]["plan"]
    assert tenant["tenant"] == "contoso"
    assert tenant["totals"] == whole["totals"]
    assert tenant["totals"] == {
        "steps": len(tenant["steps"]),
        "seats_bought": 12,
        "seats_given_up": 0,
        "users_changed": 7,
        "users_moved": 7,
        "subscriptions_cancelled": 0,
        "subscriptions_ending": 0,
    }
    assert [each["kind"] for each in tenant["steps"]] == ["buy_seats", "await_ready", "move_users"]
    assert whole["tenants"] == ["contoso"]
    assert {each["code"] for each in tenant["findings"]} <= CODES


def test_what_a_rule_can_read_is_what_there_is_to_read() -> None:
    seen: list[Any] = []
    _plan(_objecting(seen=seen))
    found = {
        **seen[0],
        **{f"{name}.totals": whole["totals"] for name, whole in seen[0].items()},
    }
    assert {name: tuple(sorted(whole)) for name, whole in found.items()} == dict(FACTS)


def test_a_plan_that_was_judged_is_judged_alike_again() -> None:
    first: list[Any] = []
    again: list[Any] = []
    plan = _plan(_objecting("old", seen=first))
    new = judge_again(plan, [_objecting("old", seen=again), _objecting("new", seen=again)])
    assert again == [first[0], first[0]]
    assert [f.code for f in new.tenants[0].findings][-2:] == ["old", "new"]


def test_a_plan_names_the_rules_that_judged_it_also_those_that_found_nothing() -> None:
    assert _plan(_silent("b"), _objecting("a")).rules == ("a", "b")
    assert _plan().rules == ()


@pytest.mark.parametrize(
    ("now", "is_refusing"),
    [
        (_objecting(), False),
        (_silent(), False),
        (_objecting(summary="something else"), True),
        (_objecting(is_acceptable=False), True),
    ],
)
def test_what_was_accepted_is_the_sentence_and_not_the_code(now: Rule, is_refusing: bool) -> None:
    plan = _plan(_objecting(), accepted=("ours",))
    judged = judge_again(plan, [now])
    assert is_refused(judged.tenants[0]) is is_refusing
    assert [f.code for f in judged.tenants[0].findings].count("ours") == 1


def test_a_code_accepted_for_another_tenant_or_time_accepts_nothing_new() -> None:
    plan = _plan(_silent(), accepted=("ours",))
    assert not is_refused(plan.tenants[0])
    assert is_refused(judge_again(plan, [_objecting()]).tenants[0])


@pytest.mark.parametrize("now", [_silent(), _objecting(summary="else"), _objecting()])
def test_a_saved_refusal_stays_whatever_its_rule_says_now(now: Rule) -> None:
    plan = _plan(_objecting())
    assert judge_again(plan, [now]) == plan


def test_a_note_of_the_same_code_does_not_silence_a_rule() -> None:
    plan = _plan()
    note = Finding(severity=Severity.WARNING, code="ours", summary="no")
    noted = replace(plan, tenants=(replace(plan.tenants[0], findings=(note,)),))
    assert is_refused(judge_again(noted, [_objecting()]).tenants[0])


def test_a_plan_with_nothing_to_do_is_not_judged() -> None:
    plan = _plan()
    idle = replace(plan, tenants=(replace(plan.tenants[0], steps=()),))
    assert judge_again(idle, [_objecting()]) == idle


def test_every_code_of_a_guard_is_known_so_that_no_rule_can_take_it() -> None:
    folder = Path(guards_room.__file__).parent
    written = {code for file in folder.glob("*.py") for code in LITERAL.findall(file.read_text())}
    assert written <= CODES
    assert set(ACCEPTABLE) <= CODES


def test_a_rule_that_has_nothing_against_a_plan_leaves_it_as_it_is() -> None:
    plan = _plan()
    assert judge_again(plan, [_silent()]) == plan
