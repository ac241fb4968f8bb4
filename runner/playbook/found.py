"""Tenants that a partner's list of customers names: which, how they are called, their groups."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from runner.model.customers import Customer
from runner.model.findings import Origin
from runner.model.ids import TenantId, tenant_id
from runner.model.spec import Tenant
from runner.playbook.complaints import schema_problems
from runner.playbook.filters import Fits, filter_of
from runner.playbook.inventory import Inventory, Place
from runner.playbook.names import Names
from runner.playbook.options import FindCustomers
from runner.playbook.problems import Problems, note
from runner.playbook.schemas import validator
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.tenants import make_tenant
from runner.playbook.tree import MarkedMap

COMPUTING = "constructed"
_LATER = "the tenants of this plugin are found when a plan is made"
_SIGN_INS = ("partner", "partner_center")
_MOST_OF_LABEL = 60
_SHORT_ID, _WHOLE_ID = 8, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """A plugin that finds tenants: whom to ask, whom to take, and what they get."""

    partner: Tenant
    fits: Fits
    groups: tuple[str, ...]
    variables: MarkedMap
    at: Origin


def find_tenants(
    inventory: Inventory, find: FindCustomers | None, *, names: Names, extra: MarkedMap
) -> None:
    """Add the customers that the plugins of an inventory find, or say that they are yet to come.

    Nobody is asked once there is a problem, which ends the command anyway.
    Raises: ProviderError when a list could not be read to its end.
    """
    finders = tuple(_finders(inventory, names, extra=extra))
    for finder in finders:
        for group in finder.groups:
            inventory.add_group(group, at=finder.at)
    if find is None or len(names.problems):
        inventory.is_open = bool(finders)
        for finder in finders:
            names.problems.add_note(note("found-later", _LATER, at=finder.at))
        return
    if not finders:
        return
    found = [(finder, each) for finder in finders for each in find(finder.partner)]
    wanted = [(finder, each) for finder, each in found if finder.fits(each)]
    called = _called([each for _, each in wanted], inventory)
    for finder, customer in wanted:
        _enter(inventory, customer, finder=finder, name=called[customer.tenant_id])


def _finders(inventory: Inventory, names: Names, *, extra: MarkedMap) -> Iterator[Finder]:
    for tree in inventory.plugins:
        if tree["plugin"] != COMPUTING:
            finder = _finder(tree, names, extra=extra)
            if finder is not None:
                yield finder


def _finder(tree: MarkedMap, names: Names, *, extra: MarkedMap) -> Finder | None:
    """Return what a plugin's file says, or None where a problem was added."""
    problems: Problems = names.problems
    settings = MarkedMap(tree.at)
    settings.take(tree, [key for key in tree if key != "vars"])
    try:
        settings = Scope([extra], problems=problems).render(settings, tree.at)
    except Unrendered:
        return None
    check = validator("inventory", part="plugin", is_rendered=True)
    wrongs = tuple(schema_problems(settings, check))
    for wrong in wrongs:
        problems.add(wrong)
    partner = None if wrongs else _partner(settings, names)
    if partner is None:
        return None
    return Finder(
        partner=partner,
        fits=filter_of(settings, problems),
        groups=tuple(settings.get("groups") or ()),
        variables=tree.get("vars") or MarkedMap(tree.at),
        at=tree.at,
    )


def _partner(settings: MarkedMap, names: Names) -> Tenant | None:
    """Return the partner as a tenant of its own, with its sign-in."""
    reserved = MarkedMap(settings.at)
    for key in _SIGN_INS:
        if key in settings:
            source = settings[key] if key == "partner" else settings
            reserved.take(source, source if key == "partner" else [key])
    reserved.take(settings, [key for key in ("cloud",) if key in settings])
    place = Place(name="the partner", at=settings.at)
    return make_tenant(place, reserved=reserved, groups=(), names=names)


def _called(customers: Collection[Customer], inventory: Inventory) -> Mapping[TenantId, str]:
    """Return the name of each: the one it has, else the first label of its default domain.

    Labels that several share, or something else is called by, get the begin of the tenant id.
    """
    known = dict(_known(inventory.tenants.values()))
    labels = {c.tenant_id: _label(c) for c in customers if c.tenant_id not in known}
    taken = {"all", *inventory.groups, *inventory.tenants, *_computed(inventory)}
    called = dict(labels)
    for length in (_SHORT_ID, _WHOLE_ID):
        shared = Counter(called.values())
        called = {
            directory: name
            if shared[name] == 1 and name not in taken
            else f"{labels[directory]}-{directory[:length]}"
            for directory, name in called.items()
        }
    return called | known


def _known(places: Iterable[Place]) -> Iterator[tuple[TenantId, str]]:
    for place in places:
        said = [each["tenant_id"] for each in place.all_pieces() if "tenant_id" in each]
        if said and isinstance(said[-1], str):
            yield tenant_id(said[-1]), place.name


def _computed(inventory: Inventory) -> Iterator[str]:
    for tree in inventory.plugins:
        if tree["plugin"] == COMPUTING:
            yield from tree["groups"]


def _label(customer: Customer) -> str:
    text = customer.domain.split(".")[0] or customer.tenant_id
    clean = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
    return clean[:_MOST_OF_LABEL] or customer.tenant_id


def _enter(inventory: Inventory, customer: Customer, *, finder: Finder, name: str) -> None:
    """Add a customer as a tenant; what the inventory says of it already stays."""
    at = finder.at
    for group in finder.groups or ("all",):
        place = inventory.add_tenant(name, at=at, inside=group)
    given = MarkedMap(at)
    given.take(finder.variables, finder.variables)
    given.put("tenant_id", str(customer.tenant_id), key_at=at, value_at=at)
    given.put("customer", _shown(customer), key_at=at, value_at=at)
    place.pieces.insert(0, given)


def _shown(customer: Customer) -> dict[str, str]:
    """Return what templates see as `customer`; a plain mapping, in which nothing is rendered."""
    return {
        "id": customer.tenant_id,
        "name": customer.name,
        "domain": customer.domain,
        "relationship": customer.relationship,
    }
