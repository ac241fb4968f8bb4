"""Judge a plan by the rules of its repository; what they have against it refuses a tenant."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from runner.model.findings import Finding, Severity
from runner.model.plan import Plan, TenantPlan
from runner.model.policy import Rule
from runner.planning.digests import canonical
from runner.planning.guards import CODES
from runner.planning.summary import tally
from runner.steps.document import tenant_document

Findings = tuple[Finding, ...]


def judge(plan: Plan, rules: Collection[Rule]) -> Plan:
    """Return a new plan with what the rules have against its tenants, and with their codes.

    Only a tenant with something to do is judged: an empty plan has nothing to refuse.
    """

    def told(old: Findings, verdicts: Findings) -> Findings:
        return (*old, *(accept(each, plan.accepted) for each in verdicts))

    judged = _judged(plan, rules, told)
    return replace(judged, rules=tuple(sorted(rule.code for rule in rules)))


def judge_again(plan: Plan, rules: Collection[Rule]) -> Plan:
    """Return a saved plan with what the rules of the moment have against its tenants besides.

    What was accepted is the sentence a person read: where the rule says another one by now, or
    may not be accepted any longer, it refuses. A refusal stays, whatever its rule says now.
    """
    return _judged(plan, rules, _renewed)


def _renewed(old: Findings, verdicts: Findings) -> Findings:
    refusing = {f.code for f in old if f.severity is Severity.ERROR and not f.accepted}
    still = {(each.code, each.summary) for each in old if each.accepted}
    new = tuple(
        each
        for each in verdicts
        if each.code not in refusing
        and not (each.is_acceptable and (each.code, each.summary) in still)
    )
    replaced = {each.code for each in new}
    return (*(each for each in old if each.code not in replaced), *new)


def accept(finding: Finding, accepted: Collection[str]) -> Finding:
    """Return a finding as accepted where that is possible and its code is among those given."""
    if finding.is_acceptable and finding.code in accepted:
        return replace(finding, accepted=True)
    return finding


def _judged(
    plan: Plan, rules: Collection[Rule], combine: Callable[[Findings, Findings], Findings]
) -> Plan:
    if not rules:
        return plan
    whole = _whole_facts(plan)

    def judged(tenant: TenantPlan) -> TenantPlan:
        if not tenant.steps:
            return tenant
        facts = {"tenant": _tenant_facts(tenant), "plan": whole}
        verdicts = tuple(filter(None, (rule.judge(facts) for rule in rules)))
        return replace(tenant, findings=combine(tenant.findings, verdicts))

    return replace(plan, tenants=tuple(map(judged, plan.tenants)))


def _tenant_facts(tenant: TenantPlan) -> dict[str, Any]:
    """Return the plan of a tenant with its sums; a rule sees no verdicts of others, no names."""
    document = _plain(tenant_document(tenant))
    del document["names"]
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
