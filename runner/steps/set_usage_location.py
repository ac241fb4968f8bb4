"""Write the usage location of users who have none, before they are given a license."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from runner.model.ids import SkuId, UserId
from runner.model.outcome import Check, Outcome, Verdict
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import TenantState, User
from runner.ports import Ports, SetLocation, UserChange
from runner.steps.answers import fits_anybody, outcomes_of
from runner.steps.kind import Context, Kind, Line, Totals
from runner.steps.naming import step_id
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUsageLocation(Step):
    """Users without a usage location, and the country to write; `sources` is what they hold."""

    users: tuple[UserId, ...]
    country: str
    sources: tuple[SkuId, ...]


def plan(want: TenantSpec, have: TenantState, context: Context) -> Iterator[SetUsageLocation]:
    """Yield one step per country for the users who move and have no location.

    Source: graph.md 4.2 k, commerce.md edge case 11 (explicit, never guessed), read 2026-11-22.
    """
    cohorts = [each for each in context.sorting.cohorts if each.location]
    for country in sorted({each.location for each in cohorts if each.location}):
        mine = [each for each in cohorts if each.location == country]
        yield SetUsageLocation(
            id=step_id(want.tenant.name, "set_usage_location", country),
            reason="nothing can be assigned without a usage location",
            origin=str(mine[0].assignment.where),
            users=tuple(sorted(user for each in mine for user in each.users)),
            country=country,
            sources=tuple(sorted({sku for each in mine for sku in each.change.remove})),
        )


def check(step: SetUsageLocation, have: TenantState, now: datetime) -> Check:
    """Say who still has no location; one that somebody else wrote is left as it is."""
    people = [user for each in step.users if (user := have.users.get(each))]
    missing = tuple(user.id for user in people if not user.usage_location)
    if missing:
        why = f"{len(missing)} of {counted(len(step.users), 'user')} have no usage location"
        return Check(verdict=Verdict.TODO, why=why, subjects=missing)
    return Check(verdict=Verdict.DONE, why=f"{counted(len(people), 'user')} have a usage location")


async def perform(
    steps: Sequence[SetUsageLocation], have: TenantState, ports: Ports
) -> AsyncIterator[tuple[Outcome, ...]]:
    """Write the country for everybody who still has none."""
    changes = [
        UserChange(
            user=UserId(user_id),
            step=step.id,
            request=SetLocation(country=step.country),
            is_settled=_has_location,
            misfit=fits_anybody,
        )
        for step in steps
        for user_id in check(step, have, ports.clock.now()).subjects
    ]
    async for answers in ports.directory.change_users(changes):
        yield outcomes_of(answers)


def _has_location(user: User) -> bool:
    return bool(user.usage_location)


def describe(step: SetUsageLocation) -> Line:
    """Say for how many users which country is written."""
    return Line(
        symbol="~",
        verb="locate",
        subject=counted(len(step.users), "user"),
        amount=f"usage location {step.country}",
        detail="they have none, and nothing can be assigned without one",
    )


def totals(step: SetUsageLocation) -> Totals:
    """Count one write for each user."""
    return Totals(writes=len(step.users))


def skus(step: SetUsageLocation) -> tuple[SkuId, ...]:
    """Name what the users hold, by which they are found."""
    return step.sources


KIND = Kind(
    name="set_usage_location",
    step=SetUsageLocation,
    plan=plan,
    check=check,
    perform=perform,
    describe=describe,
    totals=totals,
    skus=skus,
    is_per_user=True,
)
