"""Find out whom an assignment covers: the first one that fits a user wins."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.model.ids import SkuId, UserId
from runner.model.spec import AssignmentWant, Reference, ReferenceKind, TenantSpec, Who
from runner.model.state import Group, TenantState, User
from runner.steps.holding import is_assigned


def references_of(who: Who) -> tuple[Reference, ...]:
    """Return everything of a `who` that only the tenant can resolve."""
    return (*_included(who), *_excepted(who))


def _included(who: Who) -> Iterator[Reference]:
    yield from (Reference(kind=ReferenceKind.GROUP, text=each) for each in who.groups)
    yield from (Reference(kind=ReferenceKind.USER, text=each) for each in who.users)
    if who.odata_filter is not None:
        yield Reference(kind=ReferenceKind.FILTER, text=who.odata_filter)


def _excepted(who: Who) -> Iterator[Reference]:
    yield from (Reference(kind=ReferenceKind.GROUP, text=each) for each in who.except_groups)
    yield from (Reference(kind=ReferenceKind.USER, text=each) for each in who.except_users)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The users of a `who`: those included (None stands for everyone) without those excepted."""

    included: frozenset[UserId] | None
    excepted: frozenset[UserId]

    def has(self, user: UserId) -> bool:
        """Return whether a user is among them."""
        return (self.included is None or user in self.included) and user not in self.excepted

    def overlaps(self, other: "People") -> bool:
        """Return whether anybody, known or not, may be among both."""
        if self.included is None and other.included is None:
            return True
        known = self.included if self.included is not None else other.included
        return any(self.has(user) and other.has(user) for user in known or ())


def people_of(who: Who, have: TenantState) -> People:
    """Return the users of a `who`; a reference that was not resolved stands for nobody."""

    def users(references: Iterable[Reference]) -> frozenset[UserId]:
        found = (have.selections[each].users for each in references if each in have.selections)
        return frozenset[UserId]().union(*found)

    return People(
        included=None if who.is_everyone else users(_included(who)),
        excepted=users(_excepted(who)),
    )


def stays(assignment: AssignmentWant, user: User) -> str:
    """Return the code of the reason why a kind of account stays as it is, or nothing."""
    if user.is_guest and not assignment.moves_guests:
        return "guest-left"
    if not user.is_enabled and not assignment.moves_blocked_accounts:
        return "blocked-account-left"
    return ""


class Cover:
    """Whom each assignment of a tenant covers."""

    def __init__(self, want: TenantSpec, have: TenantState) -> None:
        self._entries = tuple((each, people_of(each.who, have)) for each in want.assignments)

    @property
    def assignments(self) -> tuple[AssignmentWant, ...]:
        """Return the assignments as written."""
        return tuple(assignment for assignment, _ in self._entries)

    def fitting(self, user: User) -> Iterator[tuple[AssignmentWant, tuple[SkuId, ...]]]:
        """Yield the assignments that cover the user, with the sources each takes.

        A product is taken by the first assignment that fits; a later one may take another product.
        """
        taken: set[SkuId] = set()
        for assignment, people in self._entries:
            if any(
                sku not in taken and is_assigned(user, sku) for sku in assignment.sources
            ) and people.has(user.id):
                sources = self.sources(assignment, user.id)
                yield assignment, tuple(sku for sku in sources if sku not in taken)
                taken.update(sources)

    def first(self, user: UserId, skus: Iterable[SkuId]) -> AssignmentWant | None:
        """Return the first assignment that covers the user and takes one of the SKUs."""
        taken = set(skus)
        for assignment, people in self._entries:
            if taken.intersection(assignment.sources) and people.has(user):
                return assignment
        return None

    def is_for_all(self, skus: Iterable[SkuId]) -> bool:
        """Return whether nobody at all stays out of the first assignment that takes a SKU."""
        taken = set(skus)
        for assignment in self.assignments:
            if taken.intersection(assignment.sources):
                who = assignment.who
                is_whole = who.is_everyone and not (who.except_groups or who.except_users)
                return is_whole and assignment.moves_guests and assignment.moves_blocked_accounts
        return True

    def for_nobody(self, group: Group, skus: Iterable[SkuId]) -> AssignmentWant | None:
        """Return the first assignment for a group without members: for everyone, or for it."""
        taken = set(skus)
        names = {group.id, group.name.casefold()}
        for assignment, _ in self._entries:
            who = assignment.who
            is_named = any(each.casefold() in names for each in who.groups)
            if taken.intersection(assignment.sources) and (who.is_everyone or is_named):
                return assignment
        return None

    def sources(self, assignment: AssignmentWant, user: UserId) -> tuple[SkuId, ...]:
        """Return what the user loses: later assignments to the same target lend their sources.

        So a user who holds several loses them in the same call.
        """
        found = dict.fromkeys(assignment.sources)
        for other, people in self._entries:
            if other is not assignment and other.target == assignment.target and people.has(user):
                found |= dict.fromkeys(other.sources)
        return tuple(found)

    def taking_add_ons(self, user: User) -> AssignmentWant | None:
        """Return the first assignment that covers the user, once moved, and drops add-ons."""
        for assignment, people in self._entries:
            if people.has(user.id) and is_assigned(user, assignment.target):
                return None if assignment.keeps_included_add_ons else assignment
        return None
