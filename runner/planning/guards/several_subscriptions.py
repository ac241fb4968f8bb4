"""Refuse to guess which of several subscriptions is to be cancelled."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.ids import SubscriptionId
from runner.model.spec import SubscriptionGoal
from runner.planning.guards.review import Review, name_of
from runner.steps.ending import to_end
from runner.steps.naming import step_id
from runner.steps.seats import subscriptions_of


def check(review: Review) -> Iterator[Finding]:
    """Yield an error where ids are needed and not given, or given and not found.

    What a run has ended and the tenant lists no more is no mistake of the playbook.
    Source: docs/playbook.md (`subscription_ids`), commerce.md C08 and 4.3 (absent is done only
    where the journal saw it), read 2026-11-23.
    """
    for entry in review.spec.subscriptions:
        found = subscriptions_of(review.state, entry.sku)
        known = {each.id for each in found}
        unknown = [each for each in entry.subscription_ids if found and each not in known]
        for each in unknown:
            if _is_ended(each, review):
                continue
            yield Finding(
                severity=Severity.ERROR,
                code="unknown-subscription",
                summary=f"{name_of(review, entry.sku)} has no subscription {each}",
                hint=f"the tenant has {', '.join(sorted(known))}",
                where=str(entry.where),
            )
        if entry.goal is not SubscriptionGoal.CANCELLED or entry.subscription_ids:
            continue
        ending = to_end(entry, review.state)
        if len(ending) > 1:
            listed = ", ".join(f"{each.id} ({each.seats} seats)" for each in ending)
            yield Finding(
                severity=Severity.ERROR,
                code="several-subscriptions",
                summary=f"{name_of(review, entry.sku)} has {len(ending)} subscriptions",
                hint=f"name those to cancel under `subscription_ids`: {listed}",
                where=str(entry.where),
            )


def _is_ended(subscription: SubscriptionId, review: Review) -> bool:
    """Say whether the records know that a run was to end it."""
    tenant, ended = review.spec.tenant.name, review.state.memory.ended
    kinds = ("cancel_subscription", "stop_renewal")
    return any(step_id(tenant, kind, subscription) in ended for kind in kinds)
