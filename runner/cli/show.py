"""Show a saved plan or a recorded run, offline."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.options import (
    chosen_form,
    expand_option,
    file_options,
    format_option,
    take_given,
)
from runner.cli.screen import ALL_FORMATS
from runner.model.outcome import Run
from runner.render.words import moment


@click.command(
    epilog="Example: upgrade-runner show plan.json",
    short_help="Show a saved plan or a recorded run, offline.",
)
@click.argument("file", metavar="FILE|RUN")
@format_option(ALL_FORMATS)
@expand_option
@file_options
def show(*, file: str, form: str | None, **options: Any) -> int:
    """Show a plan file, or a run by the id that `runs` lists."""
    from runner.cli.plan import show_plan
    from runner.model.findings import PlanFileError
    from runner.store import load_plan

    given = take_given(options)
    form = chosen_form(form, as_json=given.as_json)
    if Path(file).exists():
        show_plan(load_plan(Path(file)), form=form, given=given)
        return DONE
    if Path(file).suffix or len(Path(file).parts) > 1:
        raise PlanFileError("there is no such file", hint="check the path", where=file)
    _show_run(file, form=form, given=given)
    return DONE


def _show_run(run: str, *, form: str, given: Any) -> None:
    from runner.cli.places import require_store
    from runner.cli.screen import run_renderer
    from runner.cli.unended import ended
    from runner.model.findings import NotOnRecord
    from runner.model.outcome import EventKind

    if form == "gitlab":
        raise click.UsageError("`--format gitlab` counts the steps of a saved plan, not of a run")
    store = require_store(None)
    try:
        events = store.journal.events(run)
        found = [each for each in store.journal.runs() if each.id == run]
    finally:
        store.close()
    if not events:
        raise NotOnRecord(
            f"there is no file and no recorded run {run}",
            hint="`upgrade-runner runs` lists the runs on record",
        )
    tenants = sum(event.kind is EventKind.TENANT_STARTED for event in events)
    shown = run_renderer(form, given, tenants=tenants)
    if form == "text":
        for line in (each for row in found for each in _head(row, events[0].data)):
            click.echo(line)
    for event in events if form == "lines" else ended(events):
        shown.handle(event)
    shown.close()


def _head(run: Run, started: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a run was: when, which playbook, and who ran it on which machine."""
    ended = f", ended {moment(run.finished_at)}" if run.finished_at else ", has no end on record"
    yield f"run {run.id}   {run.playbook}"
    yield f"  began {moment(run.started_at)}{ended}"
    if started.get("host"):
        yield f"  run by {started['user']} on {started['host']}"
    yield ""
