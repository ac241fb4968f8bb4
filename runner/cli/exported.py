"""Say in YAML what tenants are: one play for tenants with the same products."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.catalog import Miss, find_sku, load_catalog, product_name
from runner.model.state import SkuState, SubscriptionState, TenantState
from runner.steps.sales import sale_of
from runner.steps.seats import LIVE, paid_seats, subscriptions_of

UNKNOWN_TERMS = ("annual", "monthly")
"""Written where no channel tells the terms; a comment says so."""

_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
"""What YAML takes for something else than text.

Source: YAML 1.1, types `bool` and `null`, read 2026-11-23.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One product of a tenant: what the playbook calls it, and how it is.

    `is_ending` says that all of it ends with its term; `terms` are term and billing, and
    `are_terms_known` whether a channel told them.
    """

    sku: str
    product: str
    is_ending: bool
    terms: tuple[str, str]
    are_terms_known: bool

    @property
    def variable(self) -> str:
        """Return the name of the variable that holds its seats."""
        return f"seats_{re.sub(r'[^a-z0-9]+', '_', self.sku.lower()).strip('_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A tenant: its products in order, and the seats of each that stays."""

    tenant: str
    tenant_id: str
    products: tuple[Held, ...]
    seats: Mapping[str, int]


def exported(tenant: str, state: TenantState) -> Exported:
    """Return what a playbook can say of a tenant: bought products that are live.

    Trials and products without a subscription are left out: they cannot be wanted.
    """
    products: list[Held] = []
    seats: dict[str, int] = {}
    for sku in sorted(state.skus.values(), key=lambda each: each.part_number):
        live = [
            each
            for each in subscriptions_of(state, sku.id)
            if each.status in LIVE and not each.is_trial
        ]
        paid = paid_seats(state, sku.id)
        if not live or not paid:
            continue
        held = _held(sku, live, state)
        products.append(held)
        if not held.is_ending:
            seats[held.variable] = paid
    return Exported(tenant=tenant, tenant_id=state.tenant_id, products=tuple(products), seats=seats)


def _held(sku: SkuState, live: Sequence[SubscriptionState], state: TenantState) -> Held:
    sales = [sale for each in live if (sale := sale_of(state, each)) is not None]
    terms = {(sale.term, sale.billing) for sale in sales if sale.term and sale.billing}
    is_ending = len(sales) == len(live) and all(
        not sale.renews and sale.ends_at_term for sale in sales
    )
    catalog = load_catalog()
    found = find_sku(catalog, sku.part_number)
    return Held(
        sku=sku.part_number if not isinstance(found, Miss) and found == sku.id else sku.id,
        product=product_name(catalog, sku.id, otherwise=sku.part_number),
        is_ending=is_ending,
        terms=min(terms) if terms else UNKNOWN_TERMS,
        are_terms_known=bool(terms),
    )


def play_of(alike: Sequence[Exported], *, group: str = "") -> str:
    """Return the play of tenants with the same products; one alone has its seats in it."""
    first = alike[0]
    lines = [
        f"- name: {_quoted(f'{group or first.tenant} as it is')}",
        f"  tenants: {_quoted(group or first.tenant)}",
    ]
    if not first.products:
        return "\n".join([*lines, "  desired_state: {}", ""])
    lines += ["  desired_state:", "    subscriptions:"]
    for held in first.products:
        seats = f'"{{{{ {held.variable} }}}}"' if group else str(first.seats.get(held.variable))
        lines += _entry(held, seats)
    return "\n".join([*lines, ""])


def _entry(held: Held, seats: str) -> Iterator[str]:
    yield f"      - sku: {_quoted(held.sku)}  # {_comment(held.product)}"
    if held.is_ending:
        yield "        state: renewal_off"
        return
    yield "        state: active"
    yield f"        seats: {seats}"
    unknown = "" if held.are_terms_known else "  # not read: the tenant does not show it"
    term, billing = held.terms
    yield f"        purchase: {{term: {term}, billing: {billing}}}{unknown}"


def shared_files(found: Sequence[Exported]) -> Mapping[str, str]:
    """Return the text of every file by its path: playbook, groups, and variables."""
    shapes: dict[tuple[Held, ...], list[Exported]] = {}
    for each in found:
        shapes.setdefault(each.products, []).append(each)
    files: dict[str, str] = {}
    plays, groups = [], ["all:", "  children:"]
    for number, alike in enumerate(shapes.values(), 1):
        group = f"exported_{number}"
        plays.append(play_of(alike, group=group))
        groups += [f"    {group}:", "      tenants:"]
        groups += [f"        {_quoted(each.tenant)}:" for each in alike]
        shared = _shared(alike)
        files[f"group_vars/{group}.yaml"] = _variables(shared)
        for each in alike:
            own = {name: seats for name, seats in each.seats.items() if shared.get(name) != seats}
            if own:
                files[f"tenant_vars/{each.tenant}.yaml"] = _variables(own)
    return {
        "playbook.yaml": "\n".join(plays),
        "inventory.yaml": "\n".join([*groups, ""]),
        **{path: text for path, text in files.items() if text},
    }


def _shared(alike: Sequence[Exported]) -> dict[str, int]:
    """Return for each product the seats that most of the tenants have, if more than one has."""
    shared: dict[str, int] = {}
    for name in alike[0].seats:
        (seats, times), *_ = Counter(each.seats[name] for each in alike).most_common()
        if times > 1 or len(alike) == 1:
            shared[name] = seats
    return shared


def _variables(values: Mapping[str, int]) -> str:
    return "".join(f"{name}: {seats}\n" for name, seats in values.items())


def _quoted(text: str) -> str:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", text) and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _comment(text: str) -> str:
    return " ".join(text.split())
