"""Lay out where tenants stand: counts first, then those that are not done."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import wrap
from typing import Any

from runner.cli.screen import FOLDED_BEYOND
from runner.render.blocks import task_lines
from runner.render.reasons import NAMED, Reasons
from runner.render.text import NAMES_WIDTH
from runner.render.words import counted, moment, named

Row = Mapping[str, Any]

_INDENT = "      "

_CLOCKS_DIFFER = timedelta(minutes=5)
"""More than the clocks of a machine and a real tenant are apart."""

BRIEF = "`-l TENANT` shows a tenant with its task, `-v` all of them"


def status_lines(
    document: Mapping[str, Any], *, shows_all: bool, width: int | None = None
) -> Iterator[str]:
    """Yield the lines of a status; beyond ten tenants those that are alike are told together."""
    tenants = document["tenants"]
    is_brief = len(tenants) > FOLDED_BEYOND and not shows_all
    if len(tenants) > 1:
        counts = Counter(_standing(each) for each in tenants)
        told = ", ".join(f"{many:,} {word}" for word, many in counts.most_common())
        yield f"{counted(len(tenants), 'tenant')}   {told}"
        yield ""
    for run in document["unfinished"]:
        yield f"run {run['run']} has no end: it is under way, or was killed"
        yield f"  begun and not finished: {named(run['tenants'], limit=NAMED) or 'nothing'}"
        yield ""
    if is_brief:
        yield from _brief([each for each in tenants if each["standing"] != "done"], width)
    else:
        is_full = shows_all or len(tenants) == 1
        for tenant in tenants:
            yield from _tenant(tenant, is_full=is_full)
        if not is_full and any(wait["task"] for each in tenants for wait in each["waits_for"]):
            yield BRIEF
    for gate in document["gates"]:
        yield f"gate   since {moment(gate['since'])}"
        yield f"  · {gate['why']}"


def _brief(tenants: Sequence[Row], width: int | None) -> Iterator[str]:
    """Yield the standings, each with its reasons once and the names of the tenants."""
    for standing in dict.fromkeys(_standing(each) for each in tenants):
        alike = [each for each in tenants if _standing(each) == standing]
        yield f"{counted(len(alike), 'tenant')}   {standing}"
        yield from _reasons(alike, width)
        waits = [wait for each in alike for wait in each["waits_for"]]
        if again := [wait["look_again_at"] for wait in waits if wait["look_again_at"]]:
            yield f"  since {moment(min(wait['since'] for wait in waits))}"
            yield f"  look again {moment(min(again))}"
        yield ""
    yield BRIEF


def _reasons(tenants: Sequence[Row], width: int | None) -> Iterator[str]:
    reasons = Reasons(names_everybody=True)
    blank = {"code": "", "severity": "", "accepted": False, "where": "", "hint": ""}
    for tenant in tenants:
        waits = [wait["why"] for wait in tenant["waits_for"]]
        for why in (*_ending(tenant), *waits):
            reasons.add(tenant["tenant"], {**blank, "summary": why})
    for reason in reasons.findings(len(tenants)):
        yield f"  · {reason['summary']}"
        room = max(1, min(NAMES_WIDTH, (width or NAMES_WIDTH + len(_INDENT)) - len(_INDENT)))
        for line in wrap(reason["tenants"], room, break_on_hyphens=False, break_long_words=False):
            yield f"{_INDENT}{line}"


def _tenant(tenant: Row, *, is_full: bool) -> Iterator[str]:
    yield (
        f"{tenant['tenant']}   {_standing(tenant)}   {moment(tenant['at'])}   run {tenant['run']}"
    )
    if _has_other_time(tenant):
        yield "  the tenant's clock is not this machine's: what follows is in the tenant's time"
    yield from (f"  {said}" for said in _ending(tenant))
    for wait in tenant["waits_for"]:
        other = "" if wait["playbook"] == tenant["playbook"] else _of(wait["playbook"])
        yield f"  · {wait['why']}   {wait['step']}"
        yield f"      since {moment(wait['since'])}{other}"
        told = task_lines(wait["task"], is_known=not is_full)
        yield from (f"      {text}" for text in told)
        if wait["deadline_at"] and not wait["task"]:
            yield f"      at most until {moment(wait['deadline_at'])}"
        if wait["look_again_at"]:
            yield f"      look again {moment(wait['look_again_at'])}"


def _of(playbook: str) -> str:
    """Say that another playbook than that of the last run waits: only its own run ends that."""
    return f", by {Path(playbook).name}, not by the last run"


def _ending(tenant: Row) -> Sequence[str]:
    """Return how the last run ended there, unless by one of the waits: those may be older."""
    is_told = any(wait["why"] == tenant["summary"] for wait in tenant["waits_for"])
    return [] if is_told else [tenant["summary"]]


def _has_other_time(tenant: Row) -> bool:
    """Say whether a wait began after its run, or was to be looked at before it, as a machine sees.

    Such a tenant is a simulated one, whose clock has been moved.
    """
    ran_at = datetime.fromisoformat(tenant["at"])
    waits = tenant["waits_for"]
    began = [datetime.fromisoformat(each["since"]) for each in waits]
    again = [datetime.fromisoformat(w["look_again_at"]) for w in waits if w["look_again_at"]]
    return any(at > ran_at + _CLOCKS_DIFFER for at in began) or any(at < ran_at for at in again)


def _standing(tenant: Row) -> str:
    text: str = tenant["standing"]
    return text.replace("_", " ")
