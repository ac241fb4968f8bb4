"""Folded tenants: nobody is lost, the numbers add up, and trouble is never hidden."""

import re
from collections.abc import Iterable
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.findings import Finding, Severity
from runner.model.outcome import Event, EventKind
from runner.model.plan import Plan, UnreadTenant
from runner.model.spec import Limits
from runner.planning import make_plan, plan_events, summarize
from runner.render import Text
from runner.render.spreads import Spread, filled, templated
from runner.render.text import run_line
from tests.builders import (
    E4,
    E5,
    NOW,
    catalog,
    license,
    loaded,
    spec,
    subscription,
    tenant_state,
    users,
    want_active,
    want_cancelled,
)

WANTED = (want_active(), want_cancelled(soak_s=72 * 3600))
SHAPES = ("changed", "quiet", "unchanged", "refused", "unread")


def _shown(events: Iterable[Event]) -> str:
    stream = StringIO()
    text = Text(stream, is_folded=True)
    for event in events:
        text.handle(event)
    return stream.getvalue()


def _fleet(tenants: list[tuple[str, int]]) -> Plan:
    specs, states = [], {}
    for place, (shape, size) in enumerate(tenants):
        name = f"tenant-{place:04}"
        limits = (Limits(users=0),) if shape == "refused" else ()
        specs.append(spec(*WANTED, name=name, limits=limits))
        if shape == "unread":
            finding = Finding(severity=Severity.ERROR, code="unreachable", summary=f"no {size}")
            states[name] = UnreadTenant(tenant=name, wave=1, finding=finding)
        elif shape == "unchanged":
            states[name] = tenant_state(subscription(E5, 10), users=users(7, E5))
        else:
            off = ("SWAY",) if shape == "quiet" else ()
            everybody = (*users(size, E4), *users(size, license(E4, *off), prefix="other"))
            states[name] = tenant_state(subscription(E4, 3 * size), users=everybody)
    return make_plan(loaded(*specs), states, catalog=catalog(), now=NOW)


def _sum(text: str, verb: str, noun: str) -> int:
    """Return what the lines of a verb outside refused tenants add up to."""
    blocks = [block for block in text.split("\n\n") if "refused" not in block.splitlines()[0]]
    lines = [line for block in blocks for line in block.splitlines() if f" {verb} " in line[:12]]
    folded = re.compile(rf"{noun}s?(?: each)? \(([\d,]+) in all\)")
    alone = re.compile(rf"([\d,]+) {noun}s?\b")
    found = [folded.search(line) or alone.search(line) for line in lines]
    return sum(int(each[1].replace(",", "")) for each in found if each)


_FLEETS = st.lists(st.tuples(st.sampled_from(SHAPES), st.integers(1, 9)), min_size=1, max_size=25)


@given(tenants=_FLEETS)
@settings(max_examples=60, deadline=None)
def test_folded_numbers_add_up_and_nobody_in_trouble_is_hidden(
    tenants: list[tuple[str, int]],
) -> None:
    plan = _fleet(tenants)
    summary, text = summarize(plan), _shown(plan_events(plan))
    assert _sum(text, "buy", "seat") == summary.seats_to_buy
    assert _sum(text, "move", "user") == summary.users_to_move
    counted = re.findall(r"([\d,]+) tenants? (?:to change|unchanged|refused|not read)", text)
    assert sum(map(int, counted)) in (len(tenants), 0 if len(tenants) == 1 else -1)
    for place, (shape, _) in enumerate(tenants):
        if shape in ("refused", "unread"):
            assert f"tenant-{place:04}" in text
    heads = re.findall(r"^(\d+) tenants  |^(tenant-\d+)  ", text, flags=re.MULTILINE)
    assert sum(int(many or 1) for many, _ in heads) == len(tenants)


def test_a_thousand_tenants_of_a_few_shapes_fit_on_a_screen() -> None:
    shapes = [SHAPES[place % 50 if place % 50 in (2, 3, 4) else 0] for place in range(1_000)]
    plan = _fleet([(shape, place % 9 + 1) for place, shape in enumerate(shapes)])
    text = _shown(plan_events(plan))
    assert len(text.splitlines()) < 50
    assert "tenants   tenant-0000, tenant-0001, tenant-0005 and " in text
    assert "smallest: tenant-0000, 2 users; largest: tenant-0008, 18 users" in text


def test_more_trouble_than_can_be_named_is_counted() -> None:
    text = _shown(plan_events(_fleet([("unread", 1)] * 60)))
    assert "tenant-0039 and 20 more" in " ".join(text.split())
    assert "60 tenants not read" in text


def test_one_reason_is_told_once_though_request_ids_differ() -> None:
    told = [
        Event(seq=1, at=NOW, kind=kind, tenant=f"tenant-{number}", data=data)
        for number in range(20)
        for kind, data in (
            (EventKind.TENANT_STARTED, {"name": "x"}),
            (
                EventKind.TENANT_FINISHED,
                {
                    "standing": "failed",
                    "summary": f"reading users of tenant-{number}: "
                    + ("403 " if number < 15 else "404 ")
                    + f"(request-id 8f14e45f-ceea-467f-a0e6-0000000000{number:02})",
                    "hint": "grant it",
                },
            ),
        )
    ]
    end = Event(seq=9, at=NOW, kind=EventKind.RUN_FINISHED, data={"users_changed": 0})
    lines = _shown([*told, end]).splitlines()
    assert [line.split(":")[0] for line in lines if "✗" in line] == [
        "  ✗ 15 tenants, such as tenant-0",
        "  ✗ 5 tenants, such as tenant-15",
    ]


def test_the_last_line_of_a_run_over_thousands_can_be_read() -> None:
    line = run_line({"users_changed": 20_000}, {"done": 4_321, "not_started": 1_000})
    assert line.startswith("Run: 4,321 done, 0 waiting,")
    assert "1,000 not started. 20,000 users changed." in line


def test_a_line_without_its_numbers_takes_them_back() -> None:
    line = '9 → 4 seats of group "Sales", 1,200 users until 2027-03-02, Office 365 E5, at most 72 h'
    (template,), parts = templated(line)
    spreads = [Spread(kind=kind) for kind, _ in parts]
    for spread, part in zip(spreads, parts, strict=True):
        spread.add("contoso", [part])
    assert filled(template, iter(spreads)) == (
        '9 → 4 seats each (4 in all) of group "Sales", 1,200 users each (1,200 in all) '
        "until 2027-03-02, Office 365 E5, at most 72 h"
    )
