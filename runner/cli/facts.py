"""Show what is observed of tenants: seats, subscriptions, who holds what, and how."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runner.catalog import load_catalog, plan_name
from runner.cli.exits import DONE, SOME_FAILED
from runner.cli.facts_found import Holders, count_holders, find_in
from runner.cli.facts_shown import facts_lines, part_number, why_sold_by
from runner.cli.options import (
    file_options,
    forks_option,
    take_given,
)
from runner.model.catalog import Catalog
from runner.model.findings import RunnerError
from runner.model.sales import Sale
from runner.model.spec import Channel, Tenant
from runner.model.state import SkuState, SubscriptionState, TenantState
from runner.steps.channels import seller_of
from runner.steps.sales import sale_of, unplaced_sales

if TYPE_CHECKING:
    from runner.cli.wiring import Connections

T = TypeVar("T")


@click.command(
    epilog="Example: upgrade-runner facts contoso -i inventory.yaml",
    short_help="What is observed: seats, subscriptions, holders.",
)
@click.argument("tenants", nargs=-1)
@forks_option
@file_options
def facts(*, tenants: tuple[str, ...], forks: int, **options: Any) -> int:
    """Read tenants and show their products, subscriptions and holders; nothing is changed.

    Without a name every tenant of the inventory is read. Users whose licenses Graph could not
    give, who cannot be given others, or who hold what they need not are counted below the products.
    """
    from runner.playbook import load_inventory

    given = take_given(options)
    chosen = load_inventory(given.load_options(), tenants=tenants or ("all",))
    catalog = load_catalog()
    if given.as_json:
        import msgspec

        documents = _of_each(chosen, partial(_document, catalog=catalog), forks=forks)
        document = {"tenants": [each for each, _ in documents]}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return _exit_code(documents)
    texts = _of_each(chosen, partial(_text, catalog=catalog), forks=forks)
    for text, _ in texts:
        click.echo(f"{text}\n")
    return _exit_code(texts)


def _exit_code(shown: Sequence[tuple[Any, bool]]) -> int:
    return DONE if all(is_read for _, is_read in shown) else SOME_FAILED


def _of_each(
    tenants: Sequence[Tenant], show: Callable[[str, TenantState | RunnerError], T], *, forks: int
) -> list[tuple[T, bool]]:
    """Return what is shown of each tenant, and whether it was read; what was read is let go."""
    from runner.cli.loop import run_until_done
    from runner.cli.planned import connect
    from runner.cli.screen import reading_progress
    from runner.cli.wiring import each_in_turn

    connections = connect(tenants)
    with reading_progress(connections, tenants=len(tenants)) as over:

        async def work(tenant: Tenant) -> tuple[T, bool]:
            state = await _read(tenant, connections)
            is_read = isinstance(state, TenantState)
            over("read" if is_read else "not read")
            return show(tenant.name, state), is_read

        return run_until_done(each_in_turn(work, tenants, forks=forks))


async def _read(tenant: Tenant, connections: "Connections") -> TenantState | RunnerError:
    """Read a tenant with the holders of every product it has."""
    try:
        async with connections.open(tenant.name) as ports:
            bare = await ports.directory.read(())
            state = await ports.directory.read(tuple(bare.skus))
            sales = await ports.commerce.read(state.tenant_id)
            accounts = await ports.commerce.accounts()
            return replace(state, sales=sales, accounts=accounts)
    except RunnerError as error:
        return error


def _text(name: str, state: TenantState | RunnerError, *, catalog: Catalog) -> str:
    if isinstance(state, TenantState):
        return "\n".join(facts_lines(name, state, catalog))
    lines = [f"{name}   {state.summary}"]
    if state.hint:
        lines.append(f"  hint: {state.hint}")
    return "\n".join(lines)


def _document(name: str, state: TenantState | RunnerError, *, catalog: Catalog) -> dict[str, Any]:
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
        "subscriptions": [
            _subscription(each, state, catalog=catalog) for each in state.subscriptions
        ],
        "billing_accounts": [
            {"name": each.name, "agreement": each.agreement} for each in state.accounts
        ],
        "sales_left_out": [_sale(each) for each in unplaced_sales(state)],
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


def _subscription(
    each: SubscriptionState, state: TenantState, *, catalog: Catalog
) -> dict[str, Any]:
    sale = sale_of(state, each)
    return {
        "id": each.id,
        "part_number": each.part_number,
        "status": each.status,
        "seats": each.seats,
        "is_trial": each.is_trial,
        "channel": (sale.channel if sale else Channel.MANUAL).value,
        "seller": seller_of(state, (each,)).value,
        "seller_known_by": why_sold_by(each, state),
        "sale": _sale(sale),
        "can_become": _can_become(sale, state, catalog=catalog),
        "created_at": _day(each.created_at),
        "next_lifecycle_at": _day(each.next_lifecycle_at),
    }


def _can_become(sale: Sale | None, state: TenantState, *, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the products that the channel turns the whole subscription into at once."""
    return [
        {
            "part_number": part_number(each.sku, state, catalog),
            "product": each.product,
            "with_users": each.moves_users,
        }
        for each in (sale.upgrades if sale else ())
    ]


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
        "setup": sale.setup,
    }


def _day(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
