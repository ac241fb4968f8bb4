"""What a comment, a page and a report may hold, whatever tenants and findings are called."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.findings import Finding, Severity
from runner.model.outcome import Event, EventKind
from runner.render import GitLab, Html, JUnit, Markdown, Renderer, Text, sarif_document
from runner.render.markdown import LONGEST
from tests.builders import NOW
from tests.render.stories import STORIES, a_failed_run, a_plan

NASTY = '```</details><script>alert("x")</script> @everyone #1 |\x00 [a](b)'


def written(kind: type[Renderer], events: Iterable[Event], **options: Any) -> str:
    stream = StringIO()
    renderer = kind(stream, **options)
    for event in events:
        renderer.handle(event)
    renderer.close()
    return stream.getvalue()


def plan_of_many(tenants: int, word: str, *, findings: int = 1) -> Iterator[Event]:
    """Yield a plan of tenants of one step each, each of a shape of its own, called by the word."""

    def event(kind: EventKind, tenant: str = "", **data: Any) -> Event:
        return Event(seq=1, at=NOW, kind=kind, tenant=tenant, data=data)

    line = {"symbol": "+", "verb": "buy", "amount": word, "detail": word, "note": "", "origin": "x"}
    finding = {"severity": "warning", "code": "c", "accepted": False, "detail": "secret person"}
    finding |= {"hint": word, "where": word}
    yield event(EventKind.RUN_STARTED)
    for number in range(tenants):
        name = f"t{number}"
        yield event(EventKind.TENANT_STARTED, name, name=word)
        yield event(EventKind.STEP_PLANNED, name, subject=f"{word} {'x' * number}", **line)
        for place in range(findings):
            yield event(EventKind.FINDING, name, summary=f"{word} {place}", **finding)
        yield event(EventKind.TENANT_FINISHED, name, standing="changed")
    sums = ("seats_to_buy", "users_to_move", "subscriptions_to_cancel", "findings")
    more = tuple(f"tenants_{each}" for each in ("changed", "unchanged", "refused", "unread"))
    summary = dict.fromkeys((*sums, *more, "seats_to_give_up", "seconds_of_writes"), 0)
    yield event(EventKind.RUN_FINISHED, summary=summary)


@pytest.mark.parametrize(("tenants", "findings"), [(3000, 1), (1, 4000), (40, 60)])
@pytest.mark.parametrize("is_folded", [True, False])
def test_a_comment_is_never_too_long_and_says_what_it_leaves_out(
    tenants: int, findings: int, is_folded: bool
) -> None:
    events = plan_of_many(tenants, "word " * 9, findings=findings)
    text = written(Markdown, events, is_folded=is_folded)
    assert len(text) < LONGEST
    assert text.startswith("### Plan: ")
    assert text.count("<details") == text.count("</details>")
    assert "more" in text


def test_no_name_breaks_out_of_a_comment() -> None:
    text = written(Markdown, plan_of_many(1, NASTY))
    outside, fences = re.subn(r"(?ms)^(`{4,})diff$.*?^\1$", "", text)
    assert fences == 1
    for danger in ("<script>", "@everyone", "#1", "[a](b)"):
        assert danger not in outside.partition("</summary>")[2]
    assert "@everyone" not in outside
    assert outside.count("</details>") == 1


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.mark.parametrize("kind", [Text, Markdown, Html, JUnit])
def test_no_name_moves_the_cursor_turns_text_around_or_begins_a_line(kind: type[Renderer]) -> None:
    forged = "a\x1b[2Jb\x9b31m\u202ec\u2066d\n- cancel everything\r\u2028- cancel all\x85- x"
    text = written(kind, plan_of_many(2, forged))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069]", text)
    assert "- cancel everything" in text
    assert not re.search(r"(?m)^\W*cancel", text)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    tags = _Tags()
    tags.feed(written(Html, plan_of_many(2, NASTY)))
    assert not tags.found & {"script", "link", "img", "iframe", "object"}
    assert tags.addresses == []


def test_the_page_names_nobody() -> None:
    page = written(Html, plan_of_many(2, "word")) + written(Html, a_failed_run())
    assert "secret person" not in page
    assert "user-2" not in page


def test_the_page_of_a_run_tells_seats_users_and_each_part_of_a_task() -> None:
    page = written(Html, STORIES["waiting-run"]())
    assert "<title>Run: 0 done, 1 waiting" in page
    assert "Seats and users, as planned when the run began" in page
    assert "10 seats" in page
    assert re.search(r"<dt>who</dt><dd><div>a person</div></dd>", page)
    assert not re.search(r"<d[dt]>\s*</d", page)


def test_the_page_tells_seats_and_users_to_the_end() -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", written(Html, a_plan())).split())
    assert "Office 365 E5 0 users of 0 seats 0 users of 120 seats 116 users of 120 seats" in page
    assert "117 users of 120 seats 117 users of 120 seats 1 user of 120 seats" in page


@given(st.text())
def test_any_name_gives_xml_that_can_be_read(word: str) -> None:
    Xml.fromstring(written(JUnit, plan_of_many(1, word)))


def test_a_failed_step_fails_and_one_that_waits_is_skipped() -> None:
    suites = Xml.fromstring(written(JUnit, a_failed_run()))
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("2", "1", "1")


def test_steps_of_refused_tenants_are_not_counted() -> None:
    assert written(GitLab, a_plan()) == '{"create": 1, "update": 2, "delete": 1}\n'


def test_a_problem_is_marked_at_its_line() -> None:
    where = "playbooks/a b.yaml:31:7"
    problem = Finding(severity=Severity.ERROR, code="unknown-sku", summary="no", where=where)
    (result,) = sarif_document([problem])["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "playbooks/a b.yaml"},
        "region": {"startLine": 31, "startColumn": 7},
    }
