"""Judge a plan by the rules of its repository; what they have against it refuses a tenant."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from runner.model.findings import Finding
from runner.model.plan import Plan, TenantPlan
from runner.model.policy import Rule
from runner.planning.digests import canonical
from runner.planning.guards import CODES
from runner.planning.summary import tally
from runner.steps.document import tenant_document


def judge(plan: Plan, rules: Collection[Rule]) -> Plan:
    """Return the plan with what the rules have against its tenants; what it holds already stays.

    Only a tenant with something to do is judged: an empty plan has nothing to refuse.
    """
    if not rules:
        return plan
    whole = _whole_facts(plan)
    judged = tuple(_judged(each, rules, whole, accepted=plan.accepted) for each in plan.tenants)
    return replace(plan, tenants=judged)


def accept(finding: Finding, accepted: Collection[str]) -> Finding:
    """Return a finding as accepted where that is possible and its code is among those given."""
    if finding.is_acceptable and finding.code in accepted:
        return replace(finding, accepted=True)
    return finding


def _judged(
    tenant: TenantPlan,
    rules: Iterable[Rule],
    whole: Mapping[str, Any],
    *,
    accepted: Collection[str],
) -> TenantPlan:
    if not tenant.steps:
        return tenant
    facts = {"tenant": _tenant_facts(tenant), "plan": whole}
    known = {finding.code for finding in tenant.findings}
    found = (rule.judge(facts) for rule in rules if rule.code not in known)
    new = tuple(accept(finding, accepted) for finding in found if finding)
    return replace(tenant, findings=(*tenant.findings, *new))


def _tenant_facts(tenant: TenantPlan) -> dict[str, Any]:
    """Return the plan of a tenant with its sums; a rule sees no verdicts of other rules."""
    document = _plain(tenant_document(tenant))
    findings = [each for each in document["findings"] if each["code"] in CODES]
    return {**document, "findings": findings, "totals": tally([tenant])}


def _whole_facts(plan: Plan) -> dict[str, Any]:
    return {
        "made_at": _plain(plan.made_at),
        "playbook": plan.playbook_file,
        "accepted": list(plan.accepted),
        "tenants": [each.tenant for each in plan.tenants if each.steps],
        "unread": [each.tenant for each in plan.unread],
        "totals": tally(plan.tenants),
    }


def _plain(value: Any) -> Any:
    """Return a value as it is in the plan file, so that a saved plan is judged alike."""
    return json.loads(canonical(value))
