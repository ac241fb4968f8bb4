"""Write tenants as they are as YAML, proven by planning it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from runner.cli.exits import DONE, SOME_FAILED
from runner.cli.exported import Exported, exported, play_of, shared_files
from runner.cli.options import (
    Given,
    file_options,
    forks_option,
    take_given,
)
from runner.model.findings import CannotWrite, RunnerError
from runner.model.plan import TenantPlan
from runner.model.spec import Tenant
from runner.model.state import TenantState


class NotAsExported(RunnerError):
    """YAML that was made of a tenant and whose plan would change something."""

    code = "not-as-exported"


@click.command(
    epilog="Example: upgrade-runner export contoso -i inventory.yaml > contoso.yaml",
    short_help="Tenants as YAML whose plan is empty.",
)
@click.argument("tenants", nargs=-1, required=True)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a playbook, groups and variables there; needed for several tenants.",
)
@forks_option
@file_options
def export(*, tenants: tuple[str, ...], into: Path | None, forks: int, **options: Any) -> int:
    """Read tenants and write the playbook that they fulfil: products, seats, what renews.

    Several tenants with the same products share a play; what is the same for all of them is in
    `group_vars`, what is not in `tenant_vars`. Every file is planned before it is kept.
    """
    from runner.cli.messages import print_document, say_error
    from runner.playbook import load_inventory

    given = take_given(options)
    chosen = load_inventory(given.load_options(), tenants=tenants)
    if len(chosen) > 1 and into is None:
        raise click.UsageError(f"{len(chosen)} tenants make several files: say where with --into")
    states = _read_all(chosen, forks=forks)
    for error in states.values():
        if isinstance(error, RunnerError):
            say_error(error)
    found = [
        exported(name, state) for name, state in states.items() if isinstance(state, TenantState)
    ]
    if into is None:
        for each in found:
            _print_play(_single(each, states, given), as_json=given.as_json)
    else:
        written = _write_all(found, states, into=into, given=given)
        if given.as_json:
            print_document({"files": [str(each) for each in written]})
    return DONE if len(found) == len(chosen) else SOME_FAILED


def _read_all(tenants: Sequence[Tenant], *, forks: int) -> dict[str, TenantState | RunnerError]:
    """Read every tenant with its products and sales; users are not needed."""
    import asyncio

    from runner.cli.loop import run_until_done
    from runner.cli.planned import connect

    connections = connect(tenants)

    async def read(tenant: Tenant, gate: asyncio.Semaphore) -> TenantState | RunnerError:
        try:
            async with gate, connections.open(tenant.name) as ports:
                state = await ports.directory.read(())
                return replace(state, sales=await ports.commerce.read(state.tenant_id))
        except RunnerError as error:
            return error

    async def all_of_them() -> list[TenantState | RunnerError]:
        gate = asyncio.Semaphore(forks)
        return await asyncio.gather(*(read(tenant, gate) for tenant in tenants))

    found = run_until_done(all_of_them())
    return dict(zip((tenant.name for tenant in tenants), found, strict=True))


def _print_play(text: str, *, as_json: bool) -> None:
    """Print a playbook as YAML, or as JSON, which is YAML too."""
    from runner.cli.messages import print_document

    if as_json:
        import yaml

        print_document(yaml.safe_load(text))
    else:
        click.echo(text, nl=False)


def _single(each: Exported, states: dict[str, TenantState | RunnerError], given: Given) -> str:
    text = play_of([each])
    with TemporaryDirectory() as folder:
        book = Path(folder) / "exported.yaml"
        book.write_text(text, encoding="utf-8")
        _prove(book, states, given)
    return text


def _write_all(
    found: Sequence[Exported],
    states: dict[str, TenantState | RunnerError],
    *,
    into: Path,
    given: Given,
) -> list[Path]:
    """Write the files, plan them and return them; nothing that is there is overwritten.

    Raises: RunnerError when a file is there already or cannot be written.
    """
    files = shared_files(found)
    for name in files:
        if (into / name).exists():
            raise RunnerError(f"{into / name} is there already", hint="name another folder")
    try:
        for name, text in files.items():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(into, error) from error
    inventories = (*given.load_options().inventories, into / "inventory.yaml")
    _prove(into / "playbook.yaml", states, replace(given, inventories=inventories))
    for name in files:
        click.echo(f"wrote {into / name}", err=True)
    shown = " ".join(f"-i {each}" for each in inventories)
    click.echo(f"plan it with: upgrade-runner plan {into / 'playbook.yaml'} {shown}", err=True)
    return [into / name for name in files]


def _prove(book: Path, states: dict[str, TenantState | RunnerError], given: Given) -> None:
    """Plan the playbook for the tenants as they were read.

    Raises: NotAsExported when a step or a refusal comes of it.
    """
    from runner.catalog import load_catalog
    from runner.planning import is_refused, plan_tenant
    from runner.playbook import load

    loaded = load([book], options=given.load_options((book,)))
    for spec in loaded.specs:
        state = states.get(spec.tenant.name)
        if not isinstance(state, TenantState):
            continue
        plan = plan_tenant(spec, state, catalog=load_catalog(), accepted=(), prices={})
        if plan.steps or is_refused(plan):
            raise NotAsExported(
                f"the YAML of {spec.tenant.name} would change it: {', '.join(_said(plan))}",
                hint="this is a bug in runner: report it with `facts` of the tenant",
            )


def _said(plan: TenantPlan) -> Iterator[str]:
    yield from (step.reason for step in plan.steps)
    yield from (finding.summary for finding in plan.findings if finding.severity == "error")
