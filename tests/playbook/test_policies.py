"""Rules refuse what they say, refuse what they cannot judge, and are wrong with file and line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.model.findings import Finding, PlaybookError
from runner.model.policy import FACTS as FACTS_THERE
from runner.playbook import judging, load_rules
from runner.playbook.options import LoadOptions
from tests.house.source import ROOT
from tests.playbook.files import codes

Write = Callable[[str, str | bytes], Path]

_TWICE = ", ".join(
    f"a{n}: {{allOf: [{{$ref: '#/$defs/a{n + 1}'}}, {{$ref: '#/$defs/a{n + 1}'}}]}}"
    for n in range(20)
)
MULTIPLYING = f"schema: {{$ref: '#/$defs/a0', $defs: {{{_TWICE}, a20: true}}}}"
"""Half a page that asks for a million checks."""

LOOPS = '"' + "{% for a in 'xxxxxxxxxx' %}" * 6 + "{% endfor %}" * 6 + '"'
"""Six loops in each other, a million turns."""

UNDEFINED = "undefined-variable rules.yaml:1:31"

STEPS = [{"kind": "buy_seats", "seats": 120}, {"kind": "move_users", "users": ["a", "b"]}]
FACTS = {
    "tenant": {"tenant": "contoso", "steps": STEPS, "totals": {"seats_bought": 120}, "name": "C\n"},
    "plan": {"totals": {"seats_bought": 500}, "tenants": ["contoso", "fabrikam"]},
}


def _rule(asked: str, *more: str) -> str:
    return "\n  ".join(["- code: ours", "message: no", asked, *more]).replace("no", '"no"', 1)


def _judged(write: Write, text: str) -> Finding | None:
    (rule,) = load_rules(LoadOptions(policies=(write("rules.yaml", text),)))
    return rule.judge(FACTS)


def _problems(text: str, write: Write, **more: Any) -> list[str]:
    options = LoadOptions(policies=(write("rules.yaml", text),), **more)
    try:
        load_rules(options)
    except PlaybookError as error:
        return codes(error.problems)
    return []


@pytest.mark.parametrize(
    ("asked", "is_refused"),
    [
        ("when: tenant.totals.seats_bought > 100", True),
        ("when: tenant.totals.seats_bought > 120", False),
        ("when: plan.totals.seats_bought >= 500 and tenant.tenant in plan.tenants", True),
        ("when: tenant.steps | map(attribute='kind') | list == ['buy_seats']", False),
        ("when: (tenant.steps | last).users | length == 2", True),
        ("schema: {properties: {steps: {maxItems: 2}}}", False),
        ("schema: {properties: {steps: {maxItems: 1}}}", True),
        ("schema: {required: [ticket]}", True),
        ("schema: {not: {properties: {tenant: {const: contoso}}}}", True),
        ("schema: {$ref: '#/$defs/a', $defs: {a: {type: object}}}", False),
    ],
)
def test_a_rule_refuses_exactly_what_it_says(write: Write, asked: str, is_refused: bool) -> None:
    found = _judged(write, _rule(asked))
    assert (found is not None) is is_refused
    if found:
        assert (found.code, found.where, found.is_acceptable) == ("ours", "rules.yaml:1", True)
        assert found.summary.startswith("no")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("when: (tenant.steps | first).ticket == 'x'", "there is no `ticket` in it"),
        ("when: tenant.observed.users > 3", "there is no `observed` in it"),
        ("when: tenant.totals.seats_bought", "gives 120, not true or false"),
        ("when: tenant.steps", "gives a list, not true or false"),
        ("when: tenant.totals > 3", "no value"),
        ("when: tenant.name * 3 == ''", "multiplies numbers only"),
        ("schema: {$ref: 'https://127.0.0.1:9/schema'}", "its schema cannot be used"),
        ("schema: {$ref: '#/$defs/nothing'}", "its schema cannot be used"),
        ("schema: {$ref: '#'}", "its schema cannot be used"),
        (MULTIPLYING, "its schema cannot be used: more than 2,000 checks"),
        (
            "when: ([tenant] | map(attribute='__class__') | first) == 1",
            "of 'dict' object is unsafe",
        ),
        ("when: tenant.steps | sum(start=9999999999) > 1", "no value"),
        ("when: (tenant.name ~ tenant.name) * 9 == ''", "multiplies numbers only"),
        ("when: 9 ** 9999999999 > 1", "`**` is not available"),
    ],
)
def test_a_rule_that_cannot_be_judged_refuses_and_cannot_be_accepted(
    write: Write, asked: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_CHECKS", 2_000)
    found = _judged(write, _rule(asked))
    assert found is not None
    assert (found.code, found.is_acceptable) == ("ours", False)
    assert found.summary.startswith("this rule cannot be judged: ")
    assert why in found.summary


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('"{{ tenant.totals.seats_bought }}"', "120"),
        ('"{{ tenant.tenant }}: {{ tenant.name }}\\n\\e[31mred"', "contoso: C [31mred"),
        (LOOPS, "this rule cannot be judged: no value: more than 100000 turns of loops"),
        ('" "', "this rule refuses the plan"),
        ('"{{ tenant.wave }}"', "this rule cannot be judged: there is no `wave` in it"),
    ],
)
def test_a_message_is_one_line(write: Write, message: str, said: str) -> None:
    found = _judged(write, f"- {{code: ours, message: {message}, when: 'true'}}")
    assert found is not None
    assert found.summary == said


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (
            "{accept: true, hint: ask Finance}",
            "ask Finance, or accept it once with `--accept ours`",
        ),
        ("{accept: false, hint: ask Finance}", "ask Finance"),
        ("{}", "accept it once with `--accept ours`"),
        ("{accept: false}", "change the plan: this rule cannot be accepted"),
    ],
)
def test_a_refusal_says_what_to_do(write: Write, rule: str, hint: str) -> None:
    rest = rule.strip("{}")
    rest = f", {rest}" if rest else ""
    found = _judged(write, f"- {{code: ours, message: m, when: 'true'{rest}}}")
    assert found is not None
    assert found.hint == hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["not-a-policy rules.yaml:1:1"]),
        ("code: a", ["not-a-policy rules.yaml:1:1"]),
        ("- a", ["wrong-value rules.yaml:1:3"]),
        ("- code: a\n  when: 'true'", ["missing-key rules.yaml:1:3"]),
        ("- {code: a, message: m}", ["no-question rules.yaml:1:3"]),
        ("- {code: a, message: m, when: 'true', schema: {}}", ["no-question rules.yaml:1:3"]),
        ("- {code: A b, message: m, when: 'true'}", ["wrong-value rules.yaml:1:10"]),
        ("- {code: too-many-users, message: m, when: 'true'}", ["taken-code rules.yaml:1:10"]),
        ("- {code: a, message: m, when: tenant.}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, when: '{{ true }}'}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, when: user > 3}", ["undefined-variable rules.yaml:1:31"]),
        ("- {code: a, message: '{{ x }}', when: 'true'}", ["undefined-variable rules.yaml:1:22"]),
        ("- {code: a, message: m, when: tenant.tiket in plan.unread}", [UNDEFINED]),
        ("- {code: a, message: m, when: 'tenant[\"tiket\"] is defined'}", [UNDEFINED]),
        ("- {code: a, message: m, when: plan.totals.user_moved > 3}", [UNDEFINED]),
        ("- {code: a, message: m, when: tenant.__class__ == 3}", [UNDEFINED]),
        ("- {code: a, message: m, when: 'tenant.totals.items() | list == []'}", []),
        ('- {code: a, message: m, when: "tenant.observed.seats[tenant.name] == 1"}', []),
        ("- {code: a, message: m, when: range(9) | length > 1}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, when: tenant.pop('x') == 1}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, when: tenant | attr('x')}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, when: \"''.format() == ''\"}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: '{% include \"x\" %}', when: 'true'}", ["template rules.yaml:1:22"]),
        ("- {code: a, message: m, when: true}", ["wrong-value rules.yaml:1:31"]),
        ("- {code: a, message: m, when: 'true }} {{ false'}", ["template rules.yaml:1:31"]),
        ("- {code: a, message: m, schema: {pattern: '('}}", ["wrong-schema rules.yaml:1:43"]),
        ("- {code: a, message: m, schema: {type: 3}}", ["wrong-schema rules.yaml:1:40"]),
        ("- {code: a, message: m, schema: {file: no.json}}", ["missing-file no.json"]),
        ("- {code: a, message: m, schema: {file: rules.yaml}}", ["wrong-schema rules.yaml:1:1"]),
        ("- {code: a, message: m, schema: {file: x, type: y}}", ["wrong-schema rules.yaml:1:33"]),
        ("- {code: a, message: m, accept: maybe, when: 'true'}", ["wrong-value rules.yaml:1:33"]),
        ("- {code: a, message: m, when: 'true', acept: 3}", ["unknown-key rules.yaml:1:39"]),
    ],
)
def test_what_is_wrong_with_a_policy_is_told_with_its_place(
    write: Write, text: str, told: list[str]
) -> None:
    found = _problems(text, write, taken_codes=frozenset(["too-many-users"]))
    assert sorted(found) == sorted(told)


def test_two_rules_may_not_have_one_code_in_whatever_files(write: Write) -> None:
    rule = "- {code: a, message: m, when: 'true'}"
    first, second = write("p/1.yaml", rule), write("p/2.yml", rule)
    with pytest.raises(PlaybookError) as caught:
        load_rules(LoadOptions(policies=(first.parent, second)))
    assert codes(caught.value.problems) == ["double-code p/2.yml:1:10"]


def test_a_folder_without_policies_and_a_file_that_is_not_there_are_refused(write: Write) -> None:
    folder = write("p/notes.txt", "").parent
    with pytest.raises(PlaybookError) as caught:
        load_rules(LoadOptions(policies=(folder, Path("none.yaml"))))
    assert codes(caught.value.problems) == ["missing-file none.yaml", "no-policy p:1:1"]


def _documented(**totals: int) -> dict[str, Any]:
    every = dict.fromkeys(FACTS_THERE["tenant.totals"], 0) | totals
    buying = {"kind": "buy_seats", "seats": 120, "purchase": {"term": "annual"}}
    return {
        "tenant": {"tenant": "contoso", "steps": [buying], "totals": every},
        "plan": {"made_at": "2027-01-02T03:04:05Z", "totals": every},
    }


@pytest.mark.parametrize(
    ("totals", "refusing"),
    [
        ({"users_moved": 500, "seats_bought": 2_000}, []),
        ({"users_moved": 501}, ["many-at-once"]),
        ({"seats_bought": 2_001}, ["budget-of-the-quarter"]),
        ({"subscriptions_cancelled": 1}, ["cancels-before-summer"]),
    ],
)
def test_each_rule_of_the_documentation_refuses_what_it_says(
    write: Write, totals: dict[str, int], refusing: list[str]
) -> None:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8").split("```yaml\n")[1]
    rules = load_rules(LoadOptions(policies=(write("rules.yaml", text.split("```")[0]),)))
    facts = _documented(**totals)
    found = [finding for rule in rules if (finding := rule.judge(facts))]
    assert [each.code for each in found] == refusing
    assert "cannot be judged" not in "".join(each.summary for each in found)


@pytest.mark.parametrize(("most", "is_refused"), [(300, False), (301, True)])
def test_the_condition_of_the_documentation_chooses_the_steps_that_have_the_field(
    write: Write, most: int, *, is_refused: bool
) -> None:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    (asked,) = re.findall(r"`(tenant\.steps \|[^`]*)`", text)
    said = " ".join(asked.split())
    (rule,) = load_rules(LoadOptions(policies=(write("r.yaml", _rule(f"when: {said}")),)))
    steps = [{"kind": "buy_seats", "seats": most}, {"kind": "move_users"}]
    assert (rule.judge({"tenant": {"steps": steps}}) is not None) is is_refused
