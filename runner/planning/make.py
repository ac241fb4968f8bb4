"""Make the plan: what is missing between what is wanted and what is."""

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from runner import __version__
from runner.catalog import product_name
from runner.model.catalog import Catalog
from runner.model.plan import Observed, Plan, ProductCount, Step, TenantPlan, UnreadTenant
from runner.model.prices import Prices
from runner.model.spec import Loaded, TenantSpec
from runner.model.state import TenantState
from runner.planning.digests import canonical, facts_digest
from runner.planning.guards import GUARDS, Guard, Review
from runner.planning.policy import accept, judge
from runner.steps import KINDS
from runner.steps.cohorts import Sorting
from runner.steps.kind import Context
from runner.steps.sorting import sort_users
from runner.steps.upgrade import VendorUpgrade
from runner.steps.vendor_upgrades import vendor_upgrades, without

_PLAN_NAMESPACE = uuid.UUID("0c2e8a34-7f0b-5b0d-9a6e-9d7c0f0a7b55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is wanted of a tenant, what it is, who moves how, and the guards that judge the rest."""

    spec: TenantSpec
    state: TenantState
    sorting: Sorting
    upgrades: tuple[VendorUpgrade, ...] = ()
    prices: Prices = field(default_factory=lambda: MappingProxyType({}))
    guards: tuple[Guard, ...] = GUARDS


def make_plan(
    loaded: Loaded,
    states: Mapping[str, TenantState | UnreadTenant],
    *,
    catalog: Catalog,
    now: datetime,
    accepted: tuple[str, ...] = (),
) -> Plan:
    """Return the plan of every tenant: same input, same bytes.

    `states` holds, by tenant name, what was read or why nothing could be.
    """
    plans: dict[str, TenantPlan | UnreadTenant] = {}
    for spec in loaded.specs:
        state = states[spec.tenant.name]
        plans[spec.tenant.name] = (
            state
            if isinstance(state, UnreadTenant)
            else plan_tenant(spec, state, catalog=catalog, accepted=accepted, prices=loaded.prices)
        )
    return assemble(loaded, plans, now=now, accepted=accepted)


def assemble(
    loaded: Loaded,
    plans: Mapping[str, TenantPlan | UnreadTenant],
    *,
    now: datetime,
    accepted: tuple[str, ...] = (),
) -> Plan:
    """Return one plan of the plans of tenants, by name, in the order of the playbook.

    Tenants of whom nobody knows whether they are meant come last, and hold up no wave.
    """
    found = [plans[spec.tenant.name] for spec in loaded.specs]
    last = max((spec.waves for spec in loaded.specs), default=1)
    found += [
        UnreadTenant(tenant=name, wave=last, finding=why) for name, why in loaded.unread.items()
    ]
    return assemble_tenants(loaded, found, now=now, accepted=accepted)


def assemble_tenants(
    loaded: Loaded,
    found: Sequence[TenantPlan | UnreadTenant],
    *,
    now: datetime,
    accepted: tuple[str, ...],
) -> Plan:
    """Return one plan of the plans of tenants, in their order."""
    plan = Plan(
        id="",
        made_at=now,
        runner_version=__version__,
        playbook_file=loaded.playbook_file,
        playbook_digest=loaded.playbook_digest,
        tenants=tuple(each for each in found if isinstance(each, TenantPlan)),
        unread=tuple(each for each in found if isinstance(each, UnreadTenant)),
        accepted=tuple(sorted(set(accepted))),
        paces=loaded.paces,
        rolls_back=loaded.rolls_back,
    )
    plan = judge(plan, loaded.rules)
    return replace(plan, id=_plan_id(plan))


def _plan_id(plan: Plan) -> str:
    """Return the id of a plan, made tenant by tenant: the bytes of all at once take too much."""
    found = hashlib.sha256()
    for part in (replace(plan, tenants=(), unread=()), *plan.tenants, *plan.unread):
        found.update(canonical(part))
    return str(uuid.uuid5(_PLAN_NAMESPACE, found.hexdigest()))


def plan_tenant(
    spec: TenantSpec,
    state: TenantState,
    *,
    catalog: Catalog,
    accepted: Collection[str],
    prices: Prices,
) -> TenantPlan:
    """Return the plan of one tenant, which holds nothing of the state but what it says of it."""
    upgrades = vendor_upgrades(spec, state)
    spec = without(spec, upgrades)
    sorting = sort_users(spec, state, catalog, accepted=accepted)
    draft = Draft(spec=spec, state=state, sorting=sorting, upgrades=upgrades, prices=prices)
    return plan_draft(draft, catalog=catalog, accepted=accepted)


def plan_draft(draft: Draft, *, catalog: Catalog, accepted: Collection[str]) -> TenantPlan:
    """Return the plan of one tenant of which it is known who moves how."""
    spec, state = draft.spec, draft.state
    steps = _plan_steps(draft, catalog)
    review = Review(
        spec=spec,
        state=state,
        steps=steps,
        sorting=draft.sorting,
        catalog=catalog,
        prices=draft.prices,
    )
    findings = tuple(accept(each, accepted) for guard in draft.guards for each in guard(review))
    return TenantPlan(
        tenant=spec.tenant.name,
        tenant_id=state.tenant_id,
        name=state.name,
        wave=spec.wave,
        waves=spec.waves,
        timezone=spec.tenant.timezone,
        observed=observe(state, catalog),
        steps=steps,
        findings=findings,
        windows=spec.windows,
    )


def _plan_steps(draft: Draft, catalog: Catalog) -> tuple[Step, ...]:
    steps: tuple[Step, ...] = ()
    for kind in KINDS:
        context = Context(
            catalog=catalog, sorting=draft.sorting, earlier=steps, upgrades=draft.upgrades
        )
        steps += tuple(kind.plan(draft.spec, draft.state, context))
    known = {step.id for step in steps}
    return _needs_first(
        [replace(step, needs=tuple(n for n in step.needs if n in known)) for step in steps]
    )


def _needs_first(steps: list[Step]) -> tuple[Step, ...]:
    """Return the steps with every need before what needs it, else in the order they came.

    Raises: ValueError where two steps have one id (a bug: one would hide the other).
    """
    if len({step.id for step in steps}) < len(steps):
        raise ValueError("two steps of a plan have the same id")
    done: dict[str, Step] = {}
    while steps:
        ready = next(step for step in steps if done.keys() >= set(step.needs))
        done[ready.id] = ready
        steps.remove(ready)
    return tuple(done.values())


def observe(state: TenantState, catalog: Catalog) -> Observed:
    """Return what a plan says of the state it rests on: counts and a fingerprint."""
    skus = sorted(state.skus.values(), key=lambda sku: sku.part_number)
    return Observed(
        read_at=state.read_at,
        users=len(state.users),
        licensed_users=state.licensed_users,
        seats={
            each.part_number: f"{each.consumed} of {each.enabled + each.warning}" for each in skus
        },
        digest=facts_digest(state),
        products=tuple(
            ProductCount(
                sku=each.id,
                product=product_name(catalog, each.id, otherwise=each.part_number),
                seats=each.enabled + each.warning,
                in_use=each.consumed,
            )
            for each in skus
        ),
    )
