"""Show what is observed of tenants: seats, subscriptions, who holds what, and how."""

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from runner.cli.exits import DONE, SOME_FAILED
from runner.cli.options import Given, file_options, take_given
from runner.model.findings import RunnerError
from runner.model.state import SkuState, TenantState, User
from runner.render.words import counted

Row = tuple[str, ...]


@click.command(
    epilog="Example: upgrade-runner facts contoso -i inventory.yaml",
    short_help="What is observed: seats, subscriptions, holders.",
)
@click.argument("tenants", nargs=-1)
@file_options
def facts(*, tenants: tuple[str, ...], **options: Any) -> int:
    """Read tenants and show their products, subscriptions and holders; nothing is changed.

    Without a name every tenant of the inventory is read.
    """
    from runner.cli.loop import run_until_done
    from runner.playbook import load_inventory

    given = take_given(options)
    chosen = load_inventory(given.load_options(), tenants=tenants or ("all",))
    states = {tenant.name: run_until_done(_read(tenant)) for tenant in chosen}
    _show(states, given)
    return SOME_FAILED if any(isinstance(s, RunnerError) for s in states.values()) else DONE


async def _read(tenant: Any) -> TenantState | RunnerError:
    """Read a tenant with the holders of every product it has."""
    import time

    from runner.cli.wiring import Connections
    from runner.render.progress import Reading

    reading = Reading(sys.stderr, monotonic_s=time.monotonic)
    try:
        async with Connections([tenant], tell=reading).open(tenant.name) as ports:
            bare = await ports.directory.read(())
            return await ports.directory.read(tuple(bare.skus))
    except RunnerError as error:
        return error


def _show(states: dict[str, TenantState | RunnerError], given: Given) -> None:
    if given.as_json:
        import msgspec

        document = {"tenants": [_document(name, state) for name, state in states.items()]}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    for name, state in states.items():
        click.echo("\n".join(_lines(name, state)))
        click.echo("")


def _document(name: str, state: TenantState | RunnerError) -> dict[str, Any]:
    if isinstance(state, RunnerError):
        return {"tenant": name, "error": {"code": state.code, "summary": state.summary}}
    return {
        "tenant": name,
        "tenant_id": state.tenant_id,
        "name": state.name,
        "country": state.country,
        "read_at": state.read_at.isoformat(),
        "skus": [_sku(sku, state) for sku in state.skus.values()],
        "subscriptions": [
            {
                "id": each.id,
                "part_number": each.part_number,
                "status": each.status,
                "seats": each.seats,
                "is_trial": each.is_trial,
                "channel": _channel(each, state),
                "created_at": _day(each.created_at),
                "next_lifecycle_at": _day(each.next_lifecycle_at),
            }
            for each in state.subscriptions
        ],
    }


def _sku(sku: SkuState, state: TenantState) -> dict[str, Any]:
    holders = _holders(sku, state.users.values())
    return {
        "id": sku.id,
        "part_number": sku.part_number,
        "status": sku.capability_status,
        "seats_enabled": sku.enabled,
        "seats_in_grace": sku.warning,
        "seats_suspended": sku.suspended + sku.locked_out,
        "seats_in_use": sku.consumed,
        "holders": holders,
        "services_pending": [p.name for p in sku.service_plans if p.status == "PendingInput"],
    }


def _holders(sku: SkuState, users: Iterable[User]) -> dict[str, int]:
    """Count the holders of a product by how it came to them, and those with choices of their own.

    `without_location` counts holders who could not be given another product by a direct call.
    """
    counts = dict.fromkeys(("direct", "by_group", "both", "customised", "without_location"), 0)
    for user in users:
        rows = [holding for holding in user.holdings if holding.license.sku == sku.id]
        if not rows:
            continue
        sources = {row.by_group is None for row in rows}
        kind = "both" if len(sources) == 2 else "direct" if True in sources else "by_group"
        counts[kind] += 1
        counts["customised"] += any(row.license.disabled_plans for row in rows)
        counts["without_location"] += not user.usage_location
    return counts


def _channel(subscription: Any, state: TenantState) -> str:
    from runner.steps.channels import is_sold_by_partner

    return "a partner" if is_sold_by_partner(state, (subscription,)) else "no partner"


def _day(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _lines(name: str, state: TenantState | RunnerError) -> list[str]:
    if isinstance(state, RunnerError):
        return [f"{name}   {state.summary}", *([f"  hint: {state.hint}"] if state.hint else [])]
    head = ("product", "seats", "in use", "direct", "by group", "both", "customised", "no location")
    rows: list[Row] = [head]
    for sku in state.skus.values():
        held = _holders(sku, state.users.values())
        seats = f"{sku.enabled}" + (f" (+{sku.warning} in grace)" if sku.warning else "")
        rows.append((sku.part_number, seats, str(sku.consumed), *map(str, held.values())))
    lines = [f"{name}   {state.name}   {counted(len(state.users), 'licensed user')}"]
    lines += _table(rows)
    found: list[Row] = [("subscription", "product", "seats", "status", "next change", "sold by")]
    for each in state.subscriptions:
        day = f"{each.next_lifecycle_at:%Y-%m-%d}" if each.next_lifecycle_at else "-"
        trial = " (trial)" if each.is_trial else ""
        status = f"{each.status}{trial}"
        channel = _channel(each, state)
        found.append((each.id, each.part_number, str(each.seats), status, day, channel))
    return [*lines, "", *_table(found)]


def _table(rows: list[Row]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  "
        + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
