"""Say when a product that shall be cancelled will still be held after every move."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import SubscriptionGoal
from runner.planning.guards.review import Review, name_of, sample, users
from runner.steps.cancel_subscription import to_cancel
from runner.steps.cohorts import holds


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every cancellation that will wait because users keep the license."""
    for entry in review.spec.subscriptions:
        if entry.goal is not SubscriptionGoal.CANCELLED or not to_cancel(entry, review.state):
            continue
        moving = {
            user
            for cohort in review.sorting.cohorts
            if entry.sku in cohort.change.remove
            for user in cohort.users
        }
        staying = [
            user.id
            for user in review.state.users.values()
            if holds(user, entry.sku) and user.id not in moving
        ]
        if staying and not entry.subscription_ids:
            yield Finding(
                severity=Severity.WARNING,
                code="still-held",
                summary=f"{users(len(staying))} will still hold {name_of(review, entry.sku)}, "
                "so it will not be cancelled",
                detail=sample(staying),
                hint="cover them with an assignment, or take the license from them",
                where=str(entry.where),
            )
