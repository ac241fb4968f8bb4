"""Show a saved plan or a recorded run, offline."""

import sys
from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.options import expand_option, file_options, take_given


@click.command(
    epilog="Example: upgrade-runner show plan.json",
    short_help="Show a saved plan or a recorded run, offline.",
)
@click.argument("file", metavar="FILE|RUN")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@expand_option
@file_options
def show(*, file: str, form: str, **options: Any) -> int:
    """Show a plan file, or a run by the id that `status` names."""
    from runner.cli.plan import show_plan
    from runner.store import load_plan

    given = take_given(options)
    as_json = given.as_json or form == "json"
    if Path(file).exists():
        show_plan(load_plan(Path(file)), as_json=as_json, given=given)
        return DONE
    _show_run(file, as_json=as_json, given=given)
    return DONE


def _show_run(run: str, *, as_json: bool, given: Any) -> None:
    from runner.cli.places import require_store
    from runner.cli.screen import run_text
    from runner.model.findings import NotOnRecord
    from runner.model.outcome import EventKind
    from runner.render import Json

    store = require_store(None)
    try:
        events = store.journal.events(run)
    finally:
        store.close()
    if not events:
        raise NotOnRecord(
            f"there is no file and no recorded run {run}",
            hint="`upgrade-runner status` names the runs on record",
        )
    tenants = sum(event.kind is EventKind.TENANT_STARTED for event in events)
    shown = Json(sys.stdout) if as_json else run_text(given, tenants=tenants)
    for event in events:
        shown.handle(event)
    shown.close()
