"""Say who changes how: users for whom the same call body is right are one cohort."""

from dataclasses import dataclass

from runner.model.ids import GroupId, ServicePlanId, SkuId, UserId
from runner.model.spec import AssignmentWant
from runner.model.state import License
from runner.steps.add_ons import AddOnRemoval
from runner.steps.group_moves import GroupMove


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one user: the relevant direct licenses before, what to add and remove.

    `lost_switches` are plans that were off and have no counterpart in the target. `going_off` are
    plans that are on in a source and off in the target the user holds already. `after_groups` are
    groups of the user that are swapped first, `before_groups` those that wait for this change.
    `takes_seat` says whether the change itself makes the user take a seat of the target,
    `also_takes` which seats besides, `frees` which seats it alone gives back. `restores` are what
    the user held before the vendor's upgrade, whose switches are given back: then nothing is
    removed.
    """

    before: tuple[License, ...]
    add: tuple[License, ...]
    remove: tuple[SkuId, ...]
    lost_switches: tuple[ServicePlanId, ...]
    going_off: tuple[ServicePlanId, ...] = ()
    after_groups: tuple[GroupId, ...] = ()
    before_groups: tuple[GroupId, ...] = ()
    takes_seat: bool = False
    also_takes: tuple[SkuId, ...] = ()
    frees: tuple[SkuId, ...] = ()
    restores: tuple[License, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """All users of one assignment with the same change, sorted by id.

    `location` is written first, where the users have none and the playbook names one.
    """

    assignment: AssignmentWant
    change: Change
    users: tuple[UserId, ...]
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Users an assignment covers and who stay as they are: the code of the reason, and details."""

    assignment: AssignmentWant
    code: str
    about: str
    users: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """Every user an assignment covers: those who change, and those who stay, with the reason."""

    cohorts: tuple[Cohort, ...]
    groups: tuple[GroupMove, ...] = ()
    add_ons: tuple[AddOnRemoval, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def place_of(assignment: AssignmentWant) -> str:
    """Return where an assignment stands, which tells it from every other."""
    where = assignment.where
    return f"{where.file}:{where.line}:{where.column}"


def about_cohort(cohort: Cohort) -> tuple[str, ...]:
    """Return what tells a cohort from every other, whatever line of YAML wanted it."""
    change, who = cohort.change, cohort.assignment.who
    is_plain = change.takes_seat == bool(change.add) and change.frees == change.remove
    return (
        repr((change.before, change.add, change.remove)),
        *(() if who.is_everyone else (repr(who),)),
        *change.after_groups,
        *(f"before {group}" for group in change.before_groups),
        *((cohort.location,) if cohort.location else ()),
        *(() if is_plain else (repr((change.takes_seat, change.frees)),)),
        *(repr(each) for each in change.restores),
    )


def arriving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users start to take a seat of a SKU, directly or through a group."""
    return len(arrivals(sorting, sku))


def arrivals(sorting: Sorting, sku: SkuId) -> set[UserId]:
    """Return the users who start to take a seat of a SKU, directly or through a group."""
    found = {u for each in sorting.groups if each.target == sku for u in each.arriving}
    for each in sorting.cohorts:
        is_target = each.change.takes_seat and each.assignment.target == sku
        if is_target or sku in each.change.also_takes:
            found.update(each.users)
    return found


def leaving(sorting: Sorting, sku: SkuId) -> int:
    """Return how many users give the seat of a SKU back, directly or through a group."""
    by_group = {u for each in sorting.groups for u in each.leaving.get(sku, ())}
    return len(by_group) + sum(
        len(each.users) for each in sorting.cohorts if sku in each.change.frees
    )
