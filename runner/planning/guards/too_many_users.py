"""Refuse a plan that changes more users than `limits.users` allows."""

from collections.abc import Iterator
from fractions import Fraction

from runner.model.findings import Finding, Severity
from runner.model.spec import Limits
from runner.planning.guards.review import Review, users
from runner.planning.summary import users_changed


def check(review: Review) -> Iterator[Finding]:
    """Yield an error for every limit on users that the plan exceeds or that cannot be checked."""
    moving = len(users_changed(review.steps))
    for limits in review.spec.limits:
        allowed = _allowed(limits, review.state.licensed_users)
        where = str(limits.where or review.spec.where)
        if allowed is None and limits.users_percent is not None:
            yield Finding(
                severity=Severity.ERROR,
                code="licensed-users-unknown",
                summary="the licensed users could not be counted, so the share in `limits.users` "
                "cannot be checked",
                hint="state the limit as a number of users",
                where=where,
            )
        elif allowed is not None and moving > allowed:
            population = review.state.licensed_users
            of = f" of {population} licensed" if limits.users_percent is not None else ""
            yield Finding(
                severity=Severity.ERROR,
                code="too-many-users",
                summary=f"{users(moving)}{of} would change, the limit is {allowed}",
                hint="raise `limits.users`, or accept it once with `--accept too-many-users`",
                where=where,
                is_acceptable=True,
            )


def _allowed(limits: Limits, licensed_users: int | None) -> int | None:
    if limits.users is not None:
        return limits.users
    if limits.users_percent is None or licensed_users is None:
        return None
    return int(licensed_users * Fraction(str(limits.users_percent)) / 100)
