"""Try how a tenant can be reached and what may be done there, with the way to mend each."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from runner.catalog.permissions import (
    TO_APPLY_ANYTHING,
    TO_PLAN_ANYTHING,
    Permission,
    permissions_to_apply,
    permissions_to_plan,
)
from runner.cli.examined import Visit, visit
from runner.cli.exits import DONE, SOME_FAILED
from runner.cli.options import (
    file_options,
    forks_option,
    take_given,
)
from runner.model.spec import Tenant


@click.command(
    epilog="Example: upgrade-runner doctor contoso -i inventory.yaml",
    short_help="Try sign-in, permissions, clock and endpoints.",
)
@click.argument("tenants", nargs=-1)
@click.option(
    "--playbook",
    type=click.Path(path_type=Path),
    help="Ask for no more than planning and applying this takes.",
)
@forks_option
@file_options
def doctor(*, tenants: tuple[str, ...], playbook: Path | None, forks: int, **options: Any) -> int:
    """Sign in to tenants and try what plan and apply need there; nothing is changed.

    Exit code 0 when all is well, 3 when something that is needed is missing.
    """
    from runner.cli.loop import run_until_done
    from runner.playbook import load, load_inventory

    given = take_given(options)
    plan, apply = TO_PLAN_ANYTHING, TO_APPLY_ANYTHING
    files = (playbook,) if playbook else ()
    chosen = load_inventory(given.load_options(files), tenants=tenants or ("all",))
    if playbook is not None:
        specs = load([playbook], options=given.load_options(files)).specs
        plan, apply = permissions_to_plan(specs), permissions_to_apply(specs)
    visits = run_until_done(_visit_all(chosen, plan=plan, apply=apply, forks=forks))
    if given.as_json:
        import msgspec

        document = {"tenants": [asdict(each) for each in visits]}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        for each in visits:
            _print(each, has_color=given.has_color and sys.stdout.isatty())
    return SOME_FAILED if any(each.is_ill for each in visits) else DONE


async def _visit_all(
    tenants: Sequence[Tenant],
    *,
    plan: Sequence[Permission],
    apply: Sequence[Permission],
    forks: int,
) -> list[Visit]:
    gate = asyncio.Semaphore(forks)

    async def one(tenant: Tenant) -> Visit:
        async with gate:
            return await visit(tenant, plan=plan, apply=apply)

    return list(await asyncio.gather(*(one(tenant) for tenant in tenants)))


_MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "missing": ("✗", "red")}


def _print(seen: Visit, *, has_color: bool) -> None:
    click.echo(f"{seen.tenant}   {seen.name}".rstrip())
    for sign in seen.signs:
        mark, color = _MARKS[sign.standing]
        shown = click.style(mark, fg=color) if has_color else mark
        click.echo(f"  {shown} {sign.what:<15}  {sign.said}", color=has_color)
        if sign.hint:
            click.echo(f"      {sign.hint}")
    click.echo("")
