"""Carry a plan out: a saved one as approved, or one made, shown and confirmed now."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli.accepting import accept_option, policy_option
from runner.cli.durations import DURATION
from runner.cli.exits import ERROR
from runner.cli.options import (
    Given,
    expand_option,
    file_options,
    forks_option,
    from_settings,
    take_given,
    wait_option,
)
from runner.model.findings import CannotWrite
from runner.model.plan import Plan

if TYPE_CHECKING:
    from runner.cli.approved import Approved
    from runner.engine import Handle


@click.command(
    epilog="Example: upgrade-runner apply playbooks/e4-to-e5.yaml -i inventory.yaml --yes",
    short_help="Carry a plan out.",
)
@click.argument("source", metavar="PLAYBOOK|FILE", type=click.Path(path_type=Path))
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@forks_option
@wait_option
@accept_option
@policy_option
@click.option(
    "--max-age",
    "max_age_s",
    type=DURATION,
    default=from_settings("max_age"),
    envvar="UPGRADE_RUNNER_MAX_AGE",
    help="Refuse a saved plan older than this.  [default: 24h, unless a run of it has begun]",
)
@click.option(
    "--playbook", type=click.Path(path_type=Path), help="Where a saved plan's playbook is now."
)
@click.option(
    "--json-into",
    "lines_into",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every event there as a line of JSON, while running.",
)
@expand_option
@file_options
def apply(*, source: Path, playbook: Path | None, **options: Any) -> int:
    """Apply a playbook (planned, shown, confirmed) or a saved plan (as it was approved).

    Run it again at any time: what is done is skipped, what waits is looked at again.
    """
    from runner.cli.approved import approved_plan, fresh_plan, is_plan_file

    given = take_given(options)
    refuse_json_question(options, given)
    if is_plan_file(source):
        _refuse_planning(options, given)
        approved = approved_plan(
            source, playbook=playbook, max_age_s=options["max_age_s"], given=given
        )
    else:
        approved = fresh_plan(
            source, given=given, forks=options["forks"], accepted=options["accept"]
        )
    if is_plan_file(source):
        click.echo(
            f"the plan as approved, made {approved.plan.made_at:%Y-%m-%d %H:%M} UTC", err=True
        )
    return ask_and_carry_out(approved, options=options, given=given)


def _refuse_planning(options: Mapping[str, Any], given: Given) -> None:
    """Refuse what would have to be said when the plan is made: a saved one is fixed.

    Raises: UsageError.
    """
    for option, stated in (("--accept", options["accept"]), ("--tags", given.tags)):
        if stated:
            raise click.UsageError(f"{option} belongs to planning: a saved plan is fixed")


def ask_and_carry_out(approved: "Approved", *, options: Mapping[str, Any], given: Given) -> int:
    """Show a plan, ask where a person is to be asked, and carry it out."""
    from runner.cli.carried import carry_out

    _show(approved.plan, given)
    if not options["yes"] and approved.needs_question and not _agreed():
        click.echo("nothing was changed; answer `yes`, or give --yes", err=True)
        return ERROR
    with _lines_into(options["lines_into"]) as also:
        return carry_out(
            approved,
            forks=options["forks"],
            patience_s=options["patience_s"],
            given=given,
            also=also,
        )


def refuse_json_question(options: Mapping[str, Any], given: Given) -> None:
    """Refuse to ask where stdout is one document.

    Raises: UsageError.
    """
    if given.as_json and not options["yes"]:
        raise click.UsageError("--json leaves no place for the question: give --yes, too")


@contextmanager
def _lines_into(path: Path | None) -> Iterator["tuple[Handle, ...]"]:
    """Yield what writes events into a file as they come, if one is named.

    Raises: RunnerError when it cannot be written.
    """
    from runner.render import Lines

    if path is None:
        yield ()
        return
    try:
        stream = path.open("w", encoding="utf-8")
    except OSError as error:
        raise CannotWrite(path, error) from error
    with stream:
        yield (Lines(stream).handle,)


def _show(plan: Plan, given: Given) -> None:
    from runner.cli.plan import show_plan

    if not given.as_json:
        show_plan(plan, form="text", given=given)


def _agreed() -> bool:
    click.echo("Apply this plan? Only `yes` is taken as yes: ", err=True, nl=False)
    return sys.stdin.readline().strip().lower() == "yes"
