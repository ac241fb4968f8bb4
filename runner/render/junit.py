"""Show a run as JUnit: a suite for each tenant, a case for each step."""

from collections.abc import Mapping
from typing import Any, TextIO
from xml.etree import ElementTree as Xml

from runner.model.outcome import Event, EventKind
from runner.render.blocks import Blocks
from runner.render.folding import TROUBLED, Block

_NOT_DONE = ("waiting", "blocked")


class JUnit:
    """Collects a run; failed and refused steps are failures, those that wait are skipped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._blocks = Blocks()
        self._suites = Xml.Element("testsuites", name="upgrade-runner")

    def handle(self, event: Event) -> None:
        """Take one event in."""
        block = self._blocks.take(event)
        if block is not None:
            self._suites.append(_suite(block))
        if event.kind is EventKind.RUN_FINISHED:
            self._suites.set("timestamp", event.at.isoformat())

    def close(self) -> None:
        """Write the document."""
        for word in ("tests", "failures", "skipped"):
            self._suites.set(word, str(sum(int(suite.get(word, 0)) for suite in self._suites)))
        Xml.indent(self._suites)
        self._stream.write(Xml.tostring(self._suites, encoding="unicode") + "\n")
        self._stream.flush()


def _suite(block: Block) -> Xml.Element:
    suite = Xml.Element("testsuite", name=_safe(block.title))
    cases = [_case(block.title, row) for row in block.rows]
    has_trouble = any(case.find("failure") is not None for case in cases)
    if block.standing in TROUBLED and not has_trouble:
        cases.append(_trouble(block))
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for word, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(word, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _case(tenant: str, row: Mapping[str, Any]) -> Xml.Element:
    name = " ".join(f"{row['verb']} {row['subject']} {row['amount']}".split())
    case = Xml.Element("testcase", classname=_safe(tenant), name=_safe(name))
    status = row.get("status", "")
    if status in ("failed", "refused") or row.get("failed") or row.get("refused"):
        Xml.SubElement(case, "failure", type=status, message=_safe(row["detail"]))
    elif status in _NOT_DONE:
        Xml.SubElement(case, "skipped", message=_safe(row["detail"]))
    return case


def _trouble(block: Block) -> Xml.Element:
    case = Xml.Element("testcase", classname=_safe(block.title), name=block.standing)
    said = ": ".join(filter(None, (block.ending.get("summary"), block.ending.get("hint"))))
    Xml.SubElement(case, "failure", type=block.standing, message=_safe(said))
    return case


def _safe(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")
