"""Read the tenants and print the missing steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from runner.cli.accepting import accept_option, policy_option
from runner.cli.exits import CHANGES, DONE, exit_code_of
from runner.cli.options import (
    chosen_form,
    expand_option,
    file_options,
    forks_option,
    format_option,
    take_given,
)
from runner.cli.screen import PLAN_FORMATS
from runner.model.outcome import Standing
from runner.model.plan import Plan


@click.command(
    epilog="Example: upgrade-runner plan playbooks/e4-to-e5.yaml -i inventory.yaml --out p.json",
    short_help="Read the tenants and print the missing steps.",
)
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan to apply it later.")
@format_option(PLAN_FORMATS)
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    help="What seats cost in a month: CSV of sku,term,billing,price_per_seat_month,currency.",
)
@click.option(
    "--with-names", is_flag=True, help="Write the names of people into the plan, too; else ids."
)
@click.option(
    "--notify", is_flag=True, help="Tell the webhooks of the settings, unless nothing is missing."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@accept_option
@policy_option
@forks_option
@expand_option
@file_options
def plan(
    *,
    playbook: Path,
    out: Path | None,
    form: str | None,
    prices: Path | None,
    detailed_exitcode: bool,
    accept: tuple[str, ...],
    forks: int,
    **options: Any,
) -> int:
    """Compare what the playbook wants with what the tenants are; nothing is changed."""
    from runner.cli.named import name_people
    from runner.cli.places import remembering
    from runner.cli.planned import connect, load_playbook, make, tenants_of
    from runner.playbook import load_prices
    from runner.store import require_place

    with_names, notifies = options.pop("with_names"), options.pop("notify")
    given = take_given(options)
    shown_as = chosen_form(form, as_json=given.as_json)
    if out is not None:
        require_place(out)
    loaded = load_playbook(playbook, given)
    if prices is not None:
        loaded = replace(loaded, prices=load_prices(prices, options=given.load_options()))
    with remembering(playbook) as remember:
        connections = connect(tenants_of(loaded))
        made = make(loaded, connections, remember=remember, forks=forks, accepted=accept)
        if with_names:
            made = name_people(made, connections, forks=forks)
    if out is not None:
        save_and_say(made, out)
    show_plan(made, form=shown_as, given=given)
    if notifies:
        from runner.cli.notified import tell_plan

        tell_plan(made)
    return plan_exit_code(made, tells_changes=detailed_exitcode)


def save_and_say(made: Plan, out: Path) -> None:
    """Save a plan and say on stderr how to apply it."""
    from runner.store import save_plan

    save_plan(made, out)
    click.echo(f"saved to {out}; apply it with: upgrade-runner apply {out}", err=True)


def show_plan(made: Plan, *, form: str, given: Any) -> None:
    """Print a plan on stdout; as JSON it is the plan file."""
    from runner.cli.screen import plan_renderer
    from runner.planning import plan_events
    from runner.store import plan_bytes

    if form == "json":
        click.echo(plan_bytes(made).decode(), nl=False)
        return
    shown = plan_renderer(form, given)
    for event in plan_events(made):
        shown.handle(event)
    shown.close()


def plan_exit_code(made: Plan, *, tells_changes: bool) -> int:
    """Return the exit code of a plan: unread tenants, refused ones, changes."""
    from runner.planning import has_changes, is_refused, standing_of_unread

    standings = [standing_of_unread(unread) for unread in made.unread]
    standings += [Standing.REFUSED for tenant in made.tenants if is_refused(tenant)]
    if standings:
        return exit_code_of(standings)
    return CHANGES if tells_changes and has_changes(made) else DONE
