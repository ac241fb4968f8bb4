"""Find out who gets back what a run took, and who has moved on since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.model.catalog import Catalog
from runner.model.findings import Origin
from runner.model.ids import SkuId, UserId
from runner.model.past import Past
from runner.model.spec import AssignmentWant, Who
from runner.model.state import Group, License, TenantState, User
from runner.steps.cohorts import Change, Cohort, LeftOut, Sorting
from runner.steps.forecast import Forecast
from runner.steps.group_moves import GroupMove, GroupMoves
from runner.steps.group_sorting import with_seats
from runner.steps.holding import inheritors_by_group, inherits, takes_seat
from runner.steps.move_group import MoveGroup
from runner.steps.remove_add_on import RemoveAddOn
from runner.steps.swapping import SwapStep

Direct = Mapping[SkuId, License]
Pair = tuple[tuple[SkuId, ...], SkuId]


@dataclass(slots=True, kw_only=True)
class WayBack:
    """Who goes back, and users and groups that do not, by the reason in words."""

    sorting: Sorting
    assignments: tuple[AssignmentWant, ...]
    staying: dict[str, list[UserId]] = field(default_factory=dict)
    groups_staying: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trace:
    """What a run did to one user: held before, held after, and the place in YAML that said so.

    `swapped` are products that another one has replaced; an add-on that was taken is none.
    """

    before: Direct
    after: Direct
    touched: frozenset[SkuId]
    swapped: frozenset[SkuId]
    where: Origin


def find_way_back(past: Past, have: TenantState, catalog: Catalog) -> WayBack:
    """Return the moves that undo a run, for whom nothing else has changed since."""
    back = _Back(have, catalog)
    back.take_groups(past)
    for user_id, trace in sorted(_traces(past).items()):
        back.take(user_id, trace)
    return back.found()


def _traces(past: Past) -> Mapping[UserId, _Trace]:
    found: dict[UserId, _Trace] = {}
    for step in past.steps:
        if isinstance(step, MoveGroup) or not isinstance(step, SwapStep | RemoveAddOn):
            continue
        add = step.add if isinstance(step, SwapStep) else ()
        for user in step.users:
            held = {each.sku: each for each in past.held.get(user, ())}
            last = found.get(user)
            after = dict(last.after if last else held)
            after.update({each.sku: each for each in add})
            for sku in step.remove:
                after.pop(sku, None)
            touched = {*step.remove, *(each.sku for each in add)}
            swapped = frozenset(step.remove if add else ())
            found[user] = _Trace(
                before=held,
                after=after,
                touched=frozenset(touched | (last.touched if last else frozenset())),
                swapped=swapped | (last.swapped if last else frozenset()),
                where=last.where if last else place_of_origin(step.origin),
            )
    return found


def place_of_origin(origin: str) -> Origin:
    """Return the place in a file that an origin of a step names."""
    file, _, line = origin.rpartition(":")
    return Origin(file=file, line=int(line)) if line.isdigit() else Origin(file=origin)


class _Back:
    """Sorts users and groups into those that go back and those that stay."""

    def __init__(self, have: TenantState, catalog: Catalog) -> None:
        self._have = have
        self._forecast = Forecast(have, catalog)
        self._moves = GroupMoves(have, (), {})
        self._assignments: dict[Pair, AssignmentWant] = {}
        self._cohorts: dict[Change, tuple[AssignmentWant, list[UserId]]] = {}
        self._left: dict[tuple[str, str, Pair], list[UserId]] = {}
        self._staying: dict[str, list[UserId]] = {}
        self._groups_staying: list[str] = []

    def take_groups(self, past: Past) -> None:
        """Find the place of every group that the run has swapped."""
        inheritors = inheritors_by_group(self._have)
        groups = {each.id: each for each in self._have.groups or ()}
        moves = []
        for step in past.steps:
            if not isinstance(step, MoveGroup) or step.is_again:
                continue
            group = groups.get(step.group)
            if group is None or not _is_as_left(step, group):
                if group is None or not _is_back(step, group):
                    self._groups_staying.append(step.name)
                continue
            members = sorted((group.members or frozenset()) | inheritors.get(group.id, frozenset()))
            moves.append(self._group_move(step, group, members))
        self._moves = GroupMoves(self._have, with_seats(moves, self._have), {})

    def _group_move(self, step: MoveGroup, group: Group, members: Sequence[UserId]) -> GroupMove:
        had = {each.sku for each in step.before}
        remove = tuple(sorted(each.sku for each in step.add if each.sku not in had))
        add = tuple(each for each in step.before if each.sku in step.remove)
        target = add[0].sku
        people = (self._have.users.get(each) for each in members)
        return GroupMove(
            assignment=self._assignment(remove, target, place_of_origin(step.origin)),
            group=group,
            before=tuple(each for each in group.licenses if each.sku in (*remove, target)),
            add=add,
            remove=remove,
            users=tuple(members),
            arriving=tuple(u.id for u in people if u and not takes_seat(u, target)),
        )

    def take(self, user_id: UserId, trace: _Trace) -> None:
        """Find the place of a user whom the run has changed."""
        user = self._have.users.get(user_id)
        held = _direct(user) if user else {}
        now, had = trace.touched & held.keys(), trace.touched & trace.before.keys()
        if user is None or not trace.before:
            self._stay("gone, or not on record with what they held before", user_id)
        elif now == had:
            if any(not _is_same(held[sku], trace.before[sku]) for sku in now):
                self._stay(
                    "services were switched on or off, the product is the same as before", user_id
                )
        elif not _still_holds(held, trace):
            self._stay("changed since by somebody else", user_id)
        elif not had - now:
            self._stay("held nothing before that could take its place", user_id)
        else:
            self._go_back(user, held, trace)

    def _go_back(self, user: User, held: Direct, trace: _Trace) -> None:
        found = trace.touched & trace.before.keys() - held.keys()
        missing = sorted(found, key=lambda sku: (sku not in trace.swapped, sku))
        remove = tuple(sorted(trace.touched & held.keys() - trace.before.keys()))
        assignment = self._assignment(remove, missing[0], trace.where)
        groups = tuple(each.group.id for each in self._moves.moving if user.id in each.users)
        change = Change(
            before=tuple(held[sku] for sku in remove),
            add=tuple(trace.before[sku] for sku in sorted(missing)),
            remove=remove,
            lost_switches=(),
            after_groups=tuple(sorted(groups)),
            takes_seat=not takes_seat(user, assignment.target)
            and not self._given(user, assignment),
            also_takes=tuple(sku for sku in missing[1:] if not takes_seat(user, sku)),
            frees=tuple(sku for sku in remove if not inherits(user, sku)),
        )
        after = self._moves.after(user, add=change.add, remove=change.remove)
        trouble = self._forecast.trouble(user, after, location=user.usage_location)
        if trouble:
            key = (*trouble, (assignment.sources, assignment.target))
            self._left.setdefault(key, []).append(user.id)
        else:
            self._cohorts.setdefault(change, (assignment, []))[1].append(user.id)

    def _given(self, user: User, assignment: AssignmentWant) -> bool:
        """Say whether a group that goes back gives the user the product as well."""
        moving = self._moves.moving
        return any(each.target == assignment.target and user.id in each.users for each in moving)

    def _stay(self, why: str, user: UserId) -> None:
        self._staying.setdefault(why, []).append(user)

    def _assignment(
        self, sources: tuple[SkuId, ...], target: SkuId, where: Origin
    ) -> AssignmentWant:
        return self._assignments.setdefault(
            (sources, target),
            AssignmentWant(
                sources=sources,
                target=target,
                who=Who(is_everyone=True),
                keeps_service_plans=True,
                enables_new_services=True,
                keeps_included_add_ons=True,
                moves_guests=True,
                moves_blocked_accounts=True,
                usage_location=None,
                where=where,
            ),
        )

    def found(self) -> WayBack:
        """Return everybody's place, larger cohorts first."""
        cohorts = [
            Cohort(assignment=assignment, change=change, users=tuple(sorted(users)))
            for change, (assignment, users) in self._cohorts.items()
        ]
        left = [
            LeftOut(assignment=self._assignments[pair], code=code, about=about, users=tuple(users))
            for (code, about, pair), users in sorted(self._left.items())
        ]
        return WayBack(
            sorting=Sorting(
                cohorts=tuple(sorted(cohorts, key=lambda each: (-len(each.users), each.users))),
                groups=self._moves.moving,
                left_out=tuple(left),
            ),
            assignments=tuple(self._assignments.values()),
            staying=self._staying,
            groups_staying=self._groups_staying,
        )


def _direct(user: User) -> Direct:
    return {h.license.sku: h.license for h in user.holdings if h.by_group is None}


def _is_same(one: License, other: License) -> bool:
    return set(one.disabled_plans) == set(other.disabled_plans)


def _still_holds(held: Direct, trace: _Trace) -> bool:
    """Say whether a user holds what the run has left; Graph may switch off dependents too.

    Source: graph.md 12.9, read 2026-11-22.
    """
    for sku in trace.touched:
        left, now = trace.after.get(sku), held.get(sku)
        if (left is None) != (now is None):
            return False
        if left and now and not set(left.disabled_plans) <= set(now.disabled_plans):
            return False
    return True


def _is_as_left(step: MoveGroup, group: Group) -> bool:
    carried = {each.sku for each in group.licenses}
    return step.target_sku in carried and carried.isdisjoint(step.remove)


def _is_back(step: MoveGroup, group: Group) -> bool:
    carried = {each.sku for each in group.licenses}
    return {each.sku for each in step.before} <= carried
