"""Take down that a person did what a run asked for."""

from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.options import file_options, take_given


@click.command(
    epilog="Example: upgrade-runner confirm contoso/buy_seats/1a2b3c4d",
    short_help="Say that a human task is done.",
)
@click.argument("step")
@click.argument("playbook", required=False, type=click.Path(path_type=Path))
@file_options
def confirm(*, step: str, playbook: Path | None, **options: Any) -> int:
    """Say that a human task is done where the tenant does not show it yet.

    The runner still watches the tenant for the result; from the next apply on it counts the days a
    credit check may take. Say it again to have them counted anew.
    """
    from runner.cli.messages import print_document
    from runner.cli.places import require_store
    from runner.model.findings import NotOnRecord

    given = take_given(options)
    store = require_store(playbook)
    try:
        if not store.notes.confirm_order(step):
            asking = ", ".join(wait.step for wait in store.notes.waits() if wait.task)
            raise NotOnRecord(
                f"no step {step} asks a person for anything",
                hint=f"steps that do: {asking or 'none'}",
            )
    finally:
        store.close()
    click.echo(f"noted for {step}; run the apply again to look for it", err=True)
    if given.as_json:
        print_document({"step": step, "noted": True})
    return DONE
