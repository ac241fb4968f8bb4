"""Plan the way back from a recorded run, and carry it out or save it."""

from pathlib import Path
from typing import Any

import click

from runner.cli.accepting import accept_option, policy_option
from runner.cli.options import (
    chosen_form,
    expand_option,
    file_options,
    forks_option,
    take_given,
    wait_option,
)
from runner.cli.screen import PLAN_FORMATS


@click.command(
    epilog="Example: upgrade-runner rollback 20261121-210412-6f0c1a --out back.json",
    short_help="Plan the way back from a run, and carry it out.",
)
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan to apply it later.")
@click.option(
    "--format", "form", type=click.Choice(PLAN_FORMATS), help="How to print a plan that is saved."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@forks_option
@wait_option
@accept_option
@policy_option
@click.option(
    "--playbook", type=click.Path(path_type=Path), help="Where the playbook of the run is now."
)
@click.option(
    "--json-into",
    "lines_into",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every event there as a line of JSON, while running.",
)
@expand_option
@file_options
def rollback(
    *, run: str, out: Path | None, form: str | None, playbook: Path | None, **options: Any
) -> int:
    """Give users back what a run on record took, as far as that can be.

    Without --out the plan is shown, confirmed and carried out; `runs` lists the runs.
    """
    from runner.cli.apply import ask_and_carry_out, refuse_json_question
    from runner.cli.plan import plan_exit_code, save_and_say, show_plan
    from runner.cli.way_back import plan_way_back
    from runner.store import require_place

    given = take_given(options)
    if out is None:
        refuse_json_question(options, given)
        if form is not None:
            raise click.UsageError(
                "--format belongs to --out: what is carried out is shown as text"
            )
    else:
        require_place(out)
    approved = plan_way_back(
        run,
        playbook=playbook,
        given=given,
        forks=options["forks"],
        accepted=options["accept"],
    )
    if out is None:
        return ask_and_carry_out(approved, options=options, given=given)
    approved.store.close()
    save_and_say(approved.plan, out)
    show_plan(approved.plan, form=chosen_form(form, as_json=given.as_json), given=given)
    return plan_exit_code(approved.plan, tells_changes=False)
