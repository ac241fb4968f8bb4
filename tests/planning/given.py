"""The tenant that a planning case gives, and the steps of a plan in the words of the cases.

`given` maps products (`E4`) to seats or to subscriptions, and `users` to groups of equal users:

    given:
      E4: 10                                             # seats of one paid subscription
      E5: [{seats: 5, status: Warning, is_trial: true, id: one}]
      services: {E5: PendingInput}                       # state of its service plans
      company: [E5]                                      # products for the whole company
      users:
        plain: {count: 3, holds: E4}
        quiet: {holds: {E4: [SWAY]}, by_group: E5, guest: true, blocked: true, location: null}
        inside: {in: [Rome], in_error: {Oslo: CountViolation}}   # members of the groups below
      groups:                                            # or `unread`
        Rome: {carries: E4}
        Oslo: {carries: {E4: [SWAY], EMS: []}, hidden: true}     # who is in it cannot be read
        Empty: {carries: E4, is_processing: true}
      selections:                                        # what `who` means in the tenant
        group Rome: {users: [inside]}
        user a@contoso.com: {users: [quiet]}
        filter department eq 'x': {problem: the filter is wrong}
      licensed_users: 40
      sold:                                              # what channels say, by subscription
        e4-subscription: {channel: partner_center, refundable_days: 5, term_ends_days: 9}
        mine: {channel: partner_center, sku: E1, seats: 9, scheduled: 5}   # at the renewal
        other: {channel: azure_billing, sku: E5, seats: 5, status: pending}
        late: {channel: partner_center, lots: [[5, 3]]}      # 5 seats are refunded for 3 days
      astray: {channel: azure_billing, sku: E5, seats: 5, names_no_tenant: true}
      phone-subscription: {channel: partner_center, parent: e4-subscription}
      said_to_be_done: [contoso/stop_renewal/0a1b2c3d]   # what a person has confirmed
      reduced_to: {E4: 5}                                # what was asked for last, by the journal
      before: {quiet: {E4: [SWAY]}}                      # held directly before the upgrade
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from runner.model.ids import UserId, group_id, subscription_id, user_id
from runner.model.plan import Step
from runner.model.sales import Sale, SaleStatus, Upgrade
from runner.model.spec import Channel, Reference, ReferenceKind
from runner.model.state import (
    Group,
    Holding,
    License,
    Memory,
    Selection,
    SkuState,
    SubscriptionState,
    TenantState,
    User,
)
from runner.steps import KIND_OF
from runner.steps.ordering import OrderStep
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.swapping import SwapStep
from tests.builders import (
    NAMES,
    NOW,
    SHORT,
    catalog,
    holding,
    license,
    service_plans,
    sku,
    subscription,
    tenant_state,
    user,
)

GROUP = "group-1"
NAMED = (
    "seats",
    "seats_now",
    "subscription",
    "soak_s",
    "country",
    "name",
    "add_ons",
    "target_product",
    "is_at_renewal",
    "seats_next",
)


def state_of(given: Mapping[str, Any]) -> TenantState:
    """Return the tenant a case gives."""
    is_unread = given.get("groups") == "unread"
    return tenant_state(
        *_subscriptions(given),
        users=_users(given),
        skus=_skus(given),
        groups=None if is_unread else tuple(_groups(given)),
        selections=dict(_selections(given)),
        licensed_users=given.get("licensed_users"),
        sales=tuple(_sales(given)),
        memory=Memory(
            confirmed=dict.fromkeys(given.get("said_to_be_done", ()), NOW),
            unheld_since={
                NAMES[name]: NOW - timedelta(hours=hours)
                for name, hours in given.get("unheld_hours", {}).items()
            },
            before=dict(_before(given)),
            reduced_to={NAMES[name]: seats for name, seats in given.get("reduced_to", {}).items()},
        ),
    )


def _before(given: Mapping[str, Any]) -> Iterator[tuple[UserId, tuple[License, ...]]]:
    for name, said in given.get("before", {}).items():
        held = tuple(license(NAMES[sku], *(off or ())) for sku, off in _mapping(said).items())
        for each in _ids(name, given["users"][name]):
            yield user_id(each), held


def _subscriptions(given: Mapping[str, Any]) -> Iterator[SubscriptionState]:
    for name in NAMES.keys() & given.keys():
        said = given[name]
        entries = said if isinstance(said, list) else [{"seats": said}]
        for entry in entries:
            each = subscription(NAMES[name], **entry)
            yield replace(each, commerce_id=each.id)


def _sales(given: Mapping[str, Any]) -> Iterator[Sale]:
    shown = {each.id: each for each in _subscriptions(given)}
    for name, said in (given.get("sold") or {}).items():
        of = shown.get(subscription_id(name))
        yield Sale(
            channel=Channel(said["channel"]),
            id=name,
            product="",
            sku=of.sku if of else NAMES[said["sku"]],
            status=SaleStatus(said.get("status", "live")),
            seats=said.get("seats", of.seats if of else 0),
            is_legacy=said.get("legacy", False),
            term=said.get("term", "annual"),
            billing=said.get("billing", "monthly"),
            renews=said.get("renews", True),
            ends_at_term=said.get("ends_at_term", False),
            term_ends_at=_in_days(said.get("term_ends_days")),
            refundable_until=_in_days(said.get("refundable_days")),
            refundable_seats=tuple(
                (seats, NOW + timedelta(days=days)) for seats, days in said.get("lots", ())
            ),
            has_scheduled_change="scheduled" in said,
            next_seats=said.get("scheduled"),
            parent=said.get("parent", ""),
            is_unplaced=said.get("names_no_tenant", False),
            upgrades=tuple(
                Upgrade(sku=NAMES[each], product=each, moves_users=True)
                for each in said.get("becomes", ())
            ),
        )


def _in_days(days: float | None) -> datetime | None:
    return None if days is None else NOW + timedelta(days=days)


def _skus(given: Mapping[str, Any]) -> Iterator[SkuState]:
    for name in given.get("company", ()):
        yield sku(NAMES[name], applies_to="Company")
    for name, status in given.get("services", {}).items():
        yield sku(NAMES[name], service_plans=service_plans(NAMES[name], status=status))


def _ids(name: str, kind: Mapping[str, Any]) -> list[str]:
    return [f"{name}-{n}" for n in range(1, kind["count"] + 1)] if "count" in kind else [name]


def _users(given: Mapping[str, Any]) -> Iterator[User]:
    for name, kind in given.get("users", {}).items():
        held = (*_holdings(kind), *_inherited(kind, given))
        for each in _ids(name, kind):
            yield user(
                each,
                *held,
                location=kind.get("location", "IT"),
                is_enabled=not kind.get("blocked", False),
                is_guest=kind.get("guest", False),
            )


def _holdings(kind: Mapping[str, Any]) -> Iterator[Holding]:
    for name, off in _mapping(kind.get("holds", {})).items():
        yield holding(license(NAMES[name], *(off or ())))
    for name, off in _mapping(kind.get("by_group", {})).items():
        yield holding(license(NAMES[name], *(off or ())), by_group=GROUP)


def _inherited(kind: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Holding]:
    for name in kind.get("in", ()):
        for carried, off in _mapping(given["groups"][name]["carries"]).items():
            yield holding(license(NAMES[carried], *(off or ())), by_group=name)
    for name, error in kind.get("in_error", {}).items():
        for carried, off in _mapping(given["groups"][name]["carries"]).items():
            row = holding(license(NAMES[carried], *(off or ())), by_group=name, status="Error")
            yield replace(row, error=error)


def _mapping(said: Any) -> Mapping[str, Any]:
    if isinstance(said, str):
        return {said: []}
    return said if isinstance(said, Mapping) else dict.fromkeys(said)


def _groups(given: Mapping[str, Any]) -> Iterator[Group]:
    names = {n for k in given.get("users", {}).values() for n in _mapping(k.get("by_group", {}))}
    if names:
        carried = tuple(license(NAMES[name]) for name in sorted(names))
        yield Group(id=group_id(GROUP), name="Sales", licenses=carried)
    for name, said in (given.get("groups") or {}).items():
        members = [
            user_id(each)
            for who, kind in given.get("users", {}).items()
            if name in (*kind.get("in", ()), *kind.get("in_error", {}))
            for each in _ids(who, kind)
        ]
        yield Group(
            id=group_id(name),
            name=name,
            licenses=tuple(
                license(NAMES[sku], *(off or ())) for sku, off in _mapping(said["carries"]).items()
            ),
            members=None if said.get("hidden") else frozenset(members),
            is_processing=said.get("is_processing", False),
        )


def _selections(given: Mapping[str, Any]) -> Iterator[tuple[Reference, Selection]]:
    for spelled, said in given.get("selections", {}).items():
        kind, text = spelled.split(" ", 1)
        users = frozenset(user_id(each) for each in said.get("users", ()))
        yield (
            Reference(kind=ReferenceKind(kind), text=text),
            Selection(
                users=users,
                problem=said.get("problem", ""),
                nested_groups=said.get("nested_groups", 0),
            ),
        )


def in_words(step: Step, steps: tuple[Step, ...]) -> dict[str, Any]:
    """Return a step as a case writes it, every field that a case may name."""
    kinds = {each.id: KIND_OF[type(each)].name for each in steps}
    words: dict[str, Any] = {
        "step": kinds[step.id],
        "needs": [kinds[need] for need in step.needs],
        "origin": step.origin,
    }
    for key in NAMED:
        if hasattr(step, key):
            words[key] = getattr(step, key)
    if isinstance(step, OrderStep):
        words |= {"channel": step.channel.value, "sale": step.sale}
    if hasattr(step, "sku"):
        words["sku"] = SHORT[step.sku]
    if hasattr(step, "users"):
        words |= {"users": list(step.users), "count": len(step.users)}
    if isinstance(step, RemoveAddOn):
        words["takes"] = [SHORT[each] for each in step.remove]
    return words | (_move_in_words(step) if isinstance(step, SwapStep) else {})


def _move_in_words(step: SwapStep) -> dict[str, Any]:
    names = catalog().service_plans
    return {
        "gives": [SHORT[each.sku] for each in step.add],
        "takes": [SHORT[each] for each in step.remove],
        "to": SHORT[step.target_sku],
        "disabled": sorted(names[p].name for each in step.add for p in each.disabled_plans),
        "lost_switches": list(step.lost_switches),
    }
