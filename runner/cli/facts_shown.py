"""Say in words what is observed of a tenant: its products, subscriptions and users."""

from collections.abc import Iterator, Mapping

from runner.catalog import plan_name
from runner.cli.facts_found import Findings, Holders, count_holders, find_in, is_holder
from runner.model.catalog import Catalog
from runner.model.ids import SkuId
from runner.model.orders import Seller
from runner.model.sales import Sale
from runner.model.spec import Channel
from runner.model.state import SkuState, SubscriptionState, TenantState
from runner.render.words import counted
from runner.steps.channels import account_of, partners_of, seller_of
from runner.steps.sales import sale_of, unplaced_sales

Row = tuple[str, ...]

PRODUCTS: Row = (
    "product",
    "seats",
    "in use",
    "direct",
    "by group",
    "both",
    "customised",
    "no location",
    "guests",
    "blocked",
    "in error",
)
SUBSCRIPTIONS: Row = (
    "subscription",
    "product",
    "seats",
    "status",
    "next change",
    "sold by",
    "term",
    "refunded until",
)
CHANNELS = {Channel.PARTNER_CENTER: "Partner Center", Channel.AZURE_BILLING: "Azure billing"}
SELLERS = {
    Seller.PARTNER: "a partner",
    Seller.AGREEMENT: "Azure billing",
    Seller.OLDER: "Microsoft",
    Seller.VOLUME: "volume licensing",
    Seller.UNKNOWN: "not known",
}

AGREEMENTS = {
    "MicrosoftCustomerAgreement": "bought directly; Azure billing can sell by it",
    "MicrosoftOnlineServicesProgram": "bought directly under the older agreement; a person acts",
    "EnterpriseAgreement": "volume licensing; whoever holds it acts, at the true-up or the renewal",
    "MicrosoftPartnerAgreement": "a partner's own; the customers are sold to by Partner Center",
}
"""Source: commerce.md 3.1 and 3.3 (what each agreement can do), read 2026-11-23."""


def facts_lines(name: str, state: TenantState, catalog: Catalog) -> Iterator[str]:
    """Yield a tenant's tables, its users with findings between them."""
    users = state.users.values()
    yield f"{name}   {state.name}   {counted(sum(map(is_holder, users)), 'licensed user')}"
    held = count_holders(users)
    products = [_product(sku, held.get(sku.id, Holders())) for sku in state.skus.values()]
    yield from _table([PRODUCTS, *products])
    findings = list(finding_lines(find_in(state, catalog), state, catalog))
    if findings:
        yield ""
        yield "  users with findings"
        yield from (f"    {line}" for line in findings)
    yield ""
    yield from _table([SUBSCRIPTIONS, *(_row(each, state) for each in state.subscriptions)])
    if state.subscriptions:
        yield ""
        yield "  how that is known"
        yield from (f"    {each.id}   {why_sold_by(each, state)}" for each in state.subscriptions)
    yield from _becoming(state, catalog)
    if state.accounts:
        yield ""
        yield "  billing accounts that the sign-in sees"
        for account in state.accounts:
            said = AGREEMENTS.get(account.agreement, "an agreement of another kind")
            yield f"    {account.name}   {account.agreement}: {said}"
    yield from _left_out(state)


def _becoming(state: TenantState, catalog: Catalog) -> Iterator[str]:
    """Yield what the channels turn whole subscriptions into, with their users or without."""
    sales = {each.id: sale_of(state, each) for each in state.subscriptions}
    offers = {each: sale.upgrades for each, sale in sales.items() if sale and sale.upgrades}
    if not offers:
        return
    yield ""
    yield "  what their channel can turn them into at once"
    for each, upgrades in offers.items():
        names = (
            f"{part_number(upgrade.sku, state, catalog)} with{'' if upgrade.moves_users else 'out'}"
            for upgrade in upgrades
        )
        yield f"    {each}   {', '.join(f'{name} its users' for name in names)}"


def _left_out(state: TenantState) -> Iterator[str]:
    if not (sales := unplaced_sales(state)):
        return
    yield ""
    yield "  left out: they name no tenant, and no subscription of the tenant has their id"
    for each in sales:
        seats = counted(each.seats, "seat")
        yield f"    {each.id}   {each.product}, {seats}, {CHANNELS[each.channel]}"


def finding_lines(found: Findings, state: TenantState, catalog: Catalog) -> Iterator[str]:
    """Yield one line per kind of finding, with the number of users."""
    if found.in_error:
        yield f"{counted(found.in_error, 'user')} in error: {_reasons(found.reasons)}"
    if found.without_location:
        yield f"{_who(found.without_location, 'have', 'has')} no usage location"
    if found.guests:
        yield counted(found.guests, "guest")
    if found.blocked:
        yield f"{counted(found.blocked, 'blocked account')}, shared mailboxes included"
    for (_, plans), users in found.excluding.items():
        names = ", ".join(sorted(plan_name(catalog, plan) for plan in plans))
        yield f"{_who(users, 'hold', 'holds')} plans that exclude each other: {names}"
    for (add_on, product), users in found.redundant.items():
        held, by = (part_number(sku, state, catalog) for sku in (add_on, product))
        yield f"{_who(users, 'hold', 'holds')} {held}, which {by} already contains"


def part_number(sku: SkuId, state: TenantState, catalog: Catalog) -> str:
    """Return what the tenant calls a product, else the catalog, else the id."""
    if sku in state.skus:
        return state.skus[sku].part_number
    product = catalog.products.get(sku)
    return product.part_numbers[0] if product else sku


def sold_by(subscription: SubscriptionState, state: TenantState) -> str:
    """Return the channel that sells a subscription, else what Graph tells of who sold it."""
    sale = sale_of(state, subscription)
    if sale is not None:
        return CHANNELS[sale.channel]
    return SELLERS[seller_of(state, (subscription,))]


def why_sold_by(subscription: SubscriptionState, state: TenantState) -> str:
    """Return what tells who sold a subscription, or who it may be where nothing does.

    Source: commerce.md 3.1, read 2026-11-23.
    """
    sale = sale_of(state, subscription)
    if sale is not None:
        return f"{CHANNELS[sale.channel]} lists it"
    if partners := partners_of(state, (subscription,)):
        return f"a partner: its ownerTenantId {partners[0]} is another tenant's"
    if account := account_of(state, subscription):
        return f"billing account {account.name} lists it: {account.agreement}"
    return (
        "not known: its ownerTenantId is no other tenant's and no channel lists it; bought "
        "directly, by volume licensing or with a product key, see the column "
        '"Purchase channel" of Billing > Your products'
    )


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{users:,} {reason}" for reason, users in reasons.items())


def _who(users: int, many: str, one: str) -> str:
    return f"{counted(users, 'user')} {one if users == 1 else many}"


def _product(sku: SkuState, held: Holders) -> Row:
    seats = f"{sku.enabled}" + (f" (+{sku.warning} in grace)" if sku.warning else "")
    in_error = f"{held.in_error}" + (f" ({_reasons(held.reasons)})" if held.reasons else "")
    counts = (
        held.direct,
        held.by_group,
        held.both,
        held.customised,
        held.without_location,
        held.guests,
        held.blocked,
        in_error,
    )
    return (sku.part_number, seats, str(sku.consumed), *map(str, counts))


def _row(each: SubscriptionState, state: TenantState) -> Row:
    day = f"{each.next_lifecycle_at:%Y-%m-%d}" if each.next_lifecycle_at else "-"
    status = f"{each.status}{' (trial)' if each.is_trial else ''}"
    row = (each.id, each.part_number, str(each.seats), status, day, sold_by(each, state))
    return (*row, *_term(sale_of(state, each)))


def _term(sale: Sale | None) -> Row:
    """Return the term and what follows it, and until when the channel takes it back."""
    if sale is None:
        return ("-", "-")
    ends = f", ends {sale.term_ends_at:%Y-%m-%d}" if sale.term_ends_at else ""
    after = (
        _renewal(sale) if sale.renews else "ends" if sale.ends_at_term else "goes on by the month"
    )
    until = f"{sale.refundable_until:%Y-%m-%d}" if sale.refundable_until else "-"
    return (f"{sale.term or 'other'}{ends}, then {after}", until)


def _renewal(sale: Sale) -> str:
    if sale.next_seats is not None:
        return f"renews with {counted(sale.next_seats, 'seat')}"
    return "renews, with a change scheduled" if sale.has_scheduled_change else "renews"


def _table(rows: list[Row]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'   '.join(cells)}".rstrip()
