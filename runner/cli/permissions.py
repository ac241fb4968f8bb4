"""Say the least permissions that planning and applying a playbook take."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from runner.catalog.permissions import (
    Permission,
    permissions_to_apply,
    permissions_to_plan,
)
from runner.cli.exits import DONE
from runner.cli.options import file_options, take_given
from runner.model.findings import RunnerError
from runner.model.spec import Channel, TenantSpec

ROLES = {
    Channel.PARTNER_CENTER: "Partner Center: the partner's role Admin agent",
    Channel.AZURE_BILLING: "Azure billing: owner or contributor of the billing account or profile",
}
"""Source: commerce.md 3.4 and 3.6, read 2026-11-23."""

GRANTED_BY = (
    "Grant them to the application in the Entra admin center: App registrations, the application,",
    "API permissions, Microsoft Graph, Application permissions; then grant admin consent.",
    "A person who signs in needs the same as delegated permissions, and the role License",
    "Administrator or User Administrator to apply.",
)


@click.command(
    epilog="Example: upgrade-runner permissions playbooks/e4-to-e5.yaml -i inventory.yaml",
    short_help="The least permissions to plan and to apply a playbook.",
)
@click.argument("playbook", type=click.Path(path_type=Path))
@file_options
def permissions(*, playbook: Path, **options: Any) -> int:
    """Name the least Graph permissions for a playbook, offline; nothing is signed in to."""
    from runner.playbook import load

    given = take_given(options)
    specs = load([playbook], options=given.load_options((playbook,), is_offline=True)).specs
    if not specs:
        raise RunnerError(
            "which tenants the playbook names is found when a plan is made",
            hint="name with `-i` an inventory in which one of them stands",
            where=str(playbook),
        )
    plan, apply = permissions_to_plan(specs), permissions_to_apply(specs)
    if given.as_json:
        import msgspec

        document = {
            "playbook": str(playbook),
            "plan": [_document(each) for each in plan],
            "apply": [_document(each) for each in apply],
            "channels": [channel.value for channel in _channels(specs)],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        click.echo("\n".join(_lines(plan, apply, specs)))
    return DONE


def _document(each: Permission) -> dict[str, Any]:
    return {
        "permission": each.least,
        "also_enough": list(each.also),
        "purpose": each.purpose,
        "without": each.without or None,
    }


def _lines(
    plan: Sequence[Permission], apply: Sequence[Permission], specs: Sequence[TenantSpec]
) -> Iterator[str]:
    yield "to plan"
    yield from _table([each for each in plan if not each.without])
    if must := [each for each in apply if not each.without]:
        yield "to apply, beside those"
        yield from _table(must)
    has = {each.least for each in (*plan, *apply) if not each.without}
    if good := [each for each in (*plan, *apply) if each.without and each.least not in has]:
        yield "good to have"
        yield from _table(good)
    for channel in _channels(specs):
        yield ROLES[channel]
    yield ""
    yield from GRANTED_BY


def _table(rows: Sequence[Permission]) -> Iterator[str]:
    for row in rows:
        without = f"; without it {row.without}" if row.without else ""
        yield f"  {row.least:<32}  {row.purpose}{without}"


def _channels(specs: Sequence[TenantSpec]) -> tuple[Channel, ...]:
    tenants = [spec.tenant for spec in specs]
    settings = {
        Channel.PARTNER_CENTER: any(tenant.partner_center for tenant in tenants),
        Channel.AZURE_BILLING: any(tenant.azure_billing for tenant in tenants),
    }
    return tuple(channel for channel, has_any in settings.items() if has_any)
