"""Say when a product that shall be cancelled will still be held after every move."""

from collections.abc import Iterator

from runner.model.findings import Finding, Severity
from runner.model.spec import SubscriptionGoal, SubscriptionWant
from runner.planning.guards.review import Review, moving_off, name_of, sample, users
from runner.steps.ending import to_end
from runner.steps.holding import is_assigned
from runner.steps.seats import subscriptions_of
from runner.steps.words import counted


def _seats_that_stay(entry: SubscriptionWant, review: Review) -> int:
    ending = {each.id for each in to_end(entry, review.state)}
    return sum(
        each.seats
        for each in subscriptions_of(review.state, entry.sku)
        if each.status == "Enabled" and not each.is_trial and each.id not in ending
    )


def check(review: Review) -> Iterator[Finding]:
    """Yield a warning for every cancellation that will wait because users keep the license."""
    for entry in review.spec.subscriptions:
        if entry.goal is not SubscriptionGoal.CANCELLED or not to_end(entry, review.state):
            continue
        moving = moving_off(entry.sku, review)
        staying = [
            user.id
            for user in review.state.users.values()
            if is_assigned(user, entry.sku) and user.id not in moving
        ]
        if len(staying) > _seats_that_stay(entry, review):
            yield Finding(
                severity=Severity.WARNING,
                code="still-held",
                summary=f"{users(len(staying))} will still hold {name_of(review, entry.sku)}, "
                "so it will not be cancelled",
                detail=sample(staying),
                hint="cover them with an assignment, or take the license from them",
                where=str(entry.where),
            )
        yield from _groups(entry, review)


def _groups(entry: SubscriptionWant, review: Review) -> Iterator[Finding]:
    groups = sorted(review.state.groups or (), key=lambda each: each.id)
    moving = {move.group.id for move in review.sorting.groups if entry.sku in move.remove}
    carrying = [
        group
        for group in groups
        if group.id not in moving and any(each.sku == entry.sku for each in group.licenses)
    ]
    if carrying:
        names = ", ".join(f'"{group.name}"' for group in carrying[:3])
        count = counted(len(carrying), "group")
        yield Finding(
            severity=Severity.WARNING,
            code="still-held",
            summary=f"{count} carrying {name_of(review, entry.sku)} will keep it from being "
            f"cancelled: {names}",
            hint="take the license from the group, or give it another one",
            where=str(entry.where),
        )
