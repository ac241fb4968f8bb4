"""The plan that may be carried out: verified from a file, or made now."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runner.cli.failed import failed_set
from runner.cli.options import Given
from runner.cli.places import open_store
from runner.cli.planned import connect, load_playbook, make, tenants_of
from runner.cli.wiring import Connections
from runner.model.findings import PlanFileError, PlanRefused
from runner.model.plan import Plan
from runner.model.policy import Rule
from runner.planning import has_changes, judge_again
from runner.playbook import load_inventory, load_rules
from runner.render.words import counted
from runner.steps.words import in_words
from runner.store import Store, load_plan

MAX_AGE_S = 24 * 3600.0
"""Source: docs/plans.md (`--max-age`), read 2026-11-22."""


MAX_AGE_TO_FINISH_S = 60 * 24 * 3600.0
"""How old a plan may be whose steps have begun: credit checks and soaks take their time."""

CLOCKS_DIFFER_S = 300.0
"""A plan made this far in the future comes from a machine whose clock is a little ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A plan with all that carrying it out needs; `needs_question` asks a person first."""

    plan: Plan
    connections: Connections
    store: Store
    needs_question: bool


def is_plan_file(source: Path) -> bool:
    """Return whether a file is a plan rather than a playbook: plans are JSON objects.

    One whose first byte was changed is known by its digest, so that it is refused as a plan.
    """
    try:
        with source.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    return head.lstrip().startswith(b"{") or b'"digest":"sha256:' in head


def fresh_plan(source: Path, *, given: Given, forks: int, accepted: Sequence[str]) -> Approved:
    """Make the plan of a playbook now; a person is asked when it changes anything."""
    loaded = load_playbook(source, given)
    store = open_store(source)
    connections = connect(tenants_of(loaded))
    plan = make(loaded, connections, remember=store.recall, forks=forks, accepted=accepted)
    return Approved(
        plan=plan,
        connections=connections,
        store=store,
        needs_question=has_changes(plan),
    )


def approved_plan(
    source: Path, *, playbook: Path | None, max_age_s: float | None, given: Given
) -> Approved:
    """Read a saved plan and verify that it may be applied now; today's policies judge it again.

    Raises: PlanFileError, PlanRefused when it was changed, is too old, or its playbook differs.
    """
    plan = load_plan(source)
    book = playbook or Path(plan.playbook_file)
    _same_playbook(plan, book, where=str(source))
    store = open_store(book)
    _run_on_record(plan, store, where=str(source))
    _young_enough(plan, max_age_s, store=store, where=str(source))
    options = given.load_options((book,), named_sets=failed_set(given.limit, book))
    tenants = load_inventory(options)
    rules = load_rules(options)
    _same_rules(plan, rules, where=str(source))
    plan = judge_again(plan, rules)
    chosen = {tenant.name for tenant in tenants}
    kept = tuple(each for each in plan.tenants if each.tenant in chosen or not given.limit)
    unread = tuple(each for each in plan.unread if each.tenant in chosen or not given.limit)
    if not kept and not unread and (plan.tenants or plan.unread):
        named = ", ".join(each.tenant for each in plan.tenants)
        raise PlanFileError(
            "the plan holds none of the tenants that `-l` names",
            hint=f"it holds {named}",
            where=str(source),
        )
    return Approved(
        plan=replace(plan, tenants=kept, unread=unread),
        connections=connect(tenants),
        store=store,
        needs_question=False,
    )


def _same_playbook(plan: Plan, playbook: Path, *, where: str) -> None:
    try:
        content = playbook.read_bytes()
    except OSError as error:
        raise PlanRefused(
            f"the playbook {playbook} of the plan cannot be read: {error.strerror}",
            hint="say where it is now with `--playbook PATH`",
            where=where,
        ) from error
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != plan.playbook_digest:
        raise PlanRefused(
            f"the playbook {playbook} is not the one the plan was made of",
            hint="make the plan again and have it approved",
            where=where,
        )


def _same_rules(plan: Plan, rules: Iterable[Rule], *, where: str) -> None:
    """Refuse a plan where a rule that judged it is not found: others may be missing with it."""
    missing = sorted(set(plan.rules).difference(rule.code for rule in rules))
    if missing:
        raise PlanRefused(
            f"{counted(len(missing), 'rule')} that judged the plan cannot be found: "
            f"{', '.join(missing)}",
            hint="start where its policies are, name them with `--policy PATH`, or plan again",
            where=where,
        )


def _run_on_record(plan: Plan, store: Store, *, where: str) -> None:
    if plan.rolls_back and all(each.id != plan.rolls_back for each in store.journal.runs()):
        raise PlanRefused(
            f"the plan is the way back from run {plan.rolls_back}, which is not on record here",
            hint="apply it where the run is on record, or set UPGRADE_RUNNER_STATE",
            where=where,
        )


def _young_enough(plan: Plan, max_age_s: float | None, *, store: Store, where: str) -> None:
    """Refuse a plan that is too old; one that a run has begun in time may be finished later.

    Waiting for a credit check or a soak takes longer than a day, and every step checks itself.
    """
    age_s = (datetime.now(UTC) - plan.made_at).total_seconds()
    allowed_s = MAX_AGE_S if max_age_s is None else max_age_s
    may_finish = max_age_s is None and age_s <= MAX_AGE_TO_FINISH_S
    if -CLOCKS_DIFFER_S <= age_s <= allowed_s or (may_finish and store.journal.has_begun(plan.id)):
        return
    if age_s < 0:
        age = f"was made {in_words(timedelta(seconds=-age_s))} ahead of this machine's clock"
    else:
        age = f"is {in_words(timedelta(seconds=age_s))} old"
    raise PlanRefused(
        f"the plan {age}, the limit is {in_words(timedelta(seconds=allowed_s))}",
        hint="make the plan again, or raise the limit with `--max-age`",
        where=where,
    )
