"""Say who is to hold a product by a group and does not, because Graph could not give it."""

from collections import Counter
from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId, UserId
from runner.planning.guards.review import Review, name_of, sample, users


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning per product of the playbook with users in error, and their reasons.

    Source: graph.md 3.2 and 5.2 (errors land on the user, the intent is kept), read 2026-11-22.
    """
    told: set[UserId] = set()
    for sku, where in _named(review).items():
        found: list[UserId] = []
        reasons: Counter[str] = Counter()
        for user in review.state.users.values():
            rows = [h for h in user.holdings if h.license.sku == sku and "Error" in h.status]
            if rows and user.id not in told:
                found.append(user.id)
                reasons.update({rows[0].error or "no reason given": 1})
        told.update(found)
        if found:
            said = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items()))
            yield Finding(
                severity=Severity.WARNING,
                code="in-error",
                summary=f"{users(len(found))} in error for {name_of(review, sku)}: {said}",
                detail=sample(found),
                hint="mend the cause; whom no step tries again is reprocessed in the admin center",
                where=where,
            )


def _named(review: Review) -> dict[SkuId, str]:
    named = {each.target: str(each.where) for each in review.spec.assignments}
    for each in review.spec.assignments:
        named |= {sku: str(each.where) for sku in each.sources if sku not in named}
    return named
