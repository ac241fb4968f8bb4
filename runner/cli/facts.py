"""Show what is observed of tenants: seats, subscriptions, who holds what, and how."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import click

from runner.catalog import load_catalog, plan_name
from runner.cli.exits import DONE, SOME_FAILED
from runner.cli.facts_found import Holders, count_holders, find_in
from runner.cli.facts_shown import facts_lines, part_number, sold_by, why_sold_by
from runner.cli.options import Given, file_options, take_given
from runner.model.catalog import Catalog
from runner.model.findings import RunnerError
from runner.model.sales import Sale
from runner.model.state import SkuState, SubscriptionState, TenantState
from runner.steps.channels import seller_of
from runner.steps.sales import sale_of


@click.command(
    epilog="Example: upgrade-runner facts contoso -i inventory.yaml",
    short_help="What is observed: seats, subscriptions, holders.",
)
@click.argument("tenants", nargs=-1)
@file_options
def facts(*, tenants: tuple[str, ...], **options: Any) -> int:
    """Read tenants and show their products, subscriptions and holders; nothing is changed.

    Without a name every tenant of the inventory is read. Users whose licenses Graph could not
    give, who cannot be given others, or who hold what they need not are counted below the products.
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
            state = await ports.directory.read(tuple(bare.skus))
            return replace(state, sales=await ports.commerce.read(state.tenant_id))
    except RunnerError as error:
        return error


def _show(states: dict[str, TenantState | RunnerError], given: Given) -> None:
    catalog = load_catalog()
    if given.as_json:
        import msgspec

        document = {"tenants": [_document(name, each, catalog) for name, each in states.items()]}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    for name, state in states.items():
        click.echo("\n".join(_lines(name, state, catalog)))
        click.echo("")


def _lines(name: str, state: TenantState | RunnerError, catalog: Catalog) -> Iterator[str]:
    if isinstance(state, TenantState):
        yield from facts_lines(name, state, catalog)
        return
    yield f"{name}   {state.summary}"
    if state.hint:
        yield f"  hint: {state.hint}"


def _document(name: str, state: TenantState | RunnerError, catalog: Catalog) -> dict[str, Any]:
    if isinstance(state, RunnerError):
        return {"tenant": name, "error": {"code": state.code, "summary": state.summary}}
    held = count_holders(state.users.values())
    return {
        "tenant": name,
        "tenant_id": state.tenant_id,
        "name": state.name,
        "country": state.country,
        "read_at": state.read_at.isoformat(),
        "skus": [_sku(sku, held.get(sku.id, Holders())) for sku in state.skus.values()],
        "users_with_findings": _findings(state, catalog),
        "subscriptions": [_subscription(each, state) for each in state.subscriptions],
    }


def _sku(sku: SkuState, held: Holders) -> dict[str, Any]:
    return {
        "id": sku.id,
        "part_number": sku.part_number,
        "status": sku.capability_status,
        "seats_enabled": sku.enabled,
        "seats_in_grace": sku.warning,
        "seats_suspended": sku.suspended + sku.locked_out,
        "seats_in_use": sku.consumed,
        "holders": asdict(held),
        "services_pending": [p.name for p in sku.service_plans if p.status == "PendingInput"],
    }


def _findings(state: TenantState, catalog: Catalog) -> dict[str, Any]:
    found = find_in(state, catalog)
    return {
        "in_error": found.in_error,
        "reasons": found.reasons,
        "without_location": found.without_location,
        "guests": found.guests,
        "blocked": found.blocked,
        "excluding_plans": [
            {
                "service": service,
                "service_plans": sorted(plan_name(catalog, plan) for plan in plans),
                "users": users,
            }
            for (service, plans), users in found.excluding.items()
        ],
        "redundant_add_ons": [
            {
                "part_number": part_number(add_on, state, catalog),
                "contained_in": part_number(product, state, catalog),
                "users": users,
            }
            for (add_on, product), users in found.redundant.items()
        ],
    }


def _subscription(each: SubscriptionState, state: TenantState) -> dict[str, Any]:
    return {
        "id": each.id,
        "part_number": each.part_number,
        "status": each.status,
        "seats": each.seats,
        "is_trial": each.is_trial,
        "channel": sold_by(each, state),
        "seller": seller_of(state, (each,)).value,
        "seller_known_by": why_sold_by(each, state),
        "sale": _sale(sale_of(state, each)),
        "created_at": _day(each.created_at),
        "next_lifecycle_at": _day(each.next_lifecycle_at),
    }


def _sale(sale: Sale | None) -> dict[str, Any] | None:
    """Return what the channel says of a subscription, without what only a write needs."""
    if sale is None:
        return None
    return {
        "id": sale.id,
        "product": sale.product,
        "status": sale.status.value,
        "seats": sale.seats,
        "term": sale.term,
        "billing": sale.billing,
        "renews": sale.renews,
        "ends_at_term": sale.ends_at_term,
        "term_ends_at": _day(sale.term_ends_at),
        "refundable_until": _day(sale.refundable_until),
        "has_scheduled_change": sale.has_scheduled_change,
        "next_seats": sale.next_seats,
        "locked": sale.locked,
    }


def _day(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
