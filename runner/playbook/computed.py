"""Groups of tenants that are computed from variables, or from what the tenants own."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from runner.model.customers import TenantFacts
from runner.model.findings import Finding, Origin
from runner.model.spec import Tenant
from runner.playbook.complaints import shown
from runner.playbook.found import COMPUTING
from runner.playbook.inventory import Inventory
from runner.playbook.members import Member
from runner.playbook.names import Names
from runner.playbook.observed import FACTS, layer_of
from runner.playbook.options import ReadFacts
from runner.playbook.problems import Problems, note, problem
from runner.playbook.scope import Scope, Unrendered
from runner.playbook.templates import TemplateProblem, template
from runner.playbook.tree import MarkedMap
from runner.playbook.variables import TenantVariables


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is true of the tenants of a computed group."""

    group: str
    text: str
    at: Origin
    asks_facts: bool


def read_conditions(inventory: Inventory, problems: Problems) -> tuple[Condition, ...]:
    """Return the conditions of all computed groups, and enter the groups."""
    found = tuple(_conditions(inventory, problems))
    for each in found:
        if each.asks_facts and each.group in inventory.groups:
            summary = f"`{each.group}` is computed from facts and is a group of the inventory too"
            hint = "give one of the two another name"
            problems.add(problem("group-twice", summary, at=each.at, hint=hint))
        inventory.add_group(each.group, at=each.at)
    inventory.settle()
    return found


def _conditions(inventory: Inventory, problems: Problems) -> Iterator[Condition]:
    for tree in inventory.plugins:
        groups: MarkedMap = tree["groups"] if tree["plugin"] == COMPUTING else MarkedMap(tree.at)
        for group, said in groups.items():
            text, at = f"{{{{ {said} }}}}", groups.values_at[group]
            try:
                asks = FACTS in template(text).names
            except TemplateProblem as wrong:
                hint = "write a condition without braces, as `seats > 100`"
                problems.add(problem(wrong.code, wrong.summary, at=at, hint=hint))
            else:
                yield Condition(group=group, text=text, at=at, asks_facts=asks)


def compute_groups(
    inventory: Inventory,
    conditions: Collection[Condition],
    *,
    variables: TenantVariables,
    problems: Problems,
) -> None:
    """Put tenants into the groups that their variables decide; a later group sees the earlier."""
    for condition in conditions:
        if condition.asks_facts:
            _refuse_variables(condition, variables, problems=problems)
            continue
        for place in inventory.tenants.values():
            groups = list(inventory.ancestors(place.parents))
            seen: dict[str, object] = {"name": place.name, "groups": groups}
            scope = Scope([variables.of(place)], problems=problems, tenant=seen)
            if _holds(condition, scope, problems=problems, tenant=place.name):
                inventory.add_tenant(place.name, at=place.at, inside=condition.group)
    inventory.settle()


def _refuse_variables(
    condition: Condition, variables: TenantVariables, *, problems: Problems
) -> None:
    """Refuse variables of a group whose tenants nobody knows before it is named."""
    for at in variables.of_group(condition.group).keys_at.values():
        summary = f"`{condition.group}` is computed from facts and can have no variables"
        hint = "set them for the tenants, or in a group that is not computed from facts"
        problems.add(problem("group-variables", summary, at=at, hint=hint))


class FactGroups:
    """Answers who is in the groups that facts decide; tenants are read when one is named."""

    def __init__(
        self,
        conditions: Collection[Condition],
        *,
        read: ReadFacts | None,
        member: Callable[[str], Member | None],
        names: Names,
    ) -> None:
        self._conditions = {each.group: each for each in conditions if each.asks_facts}
        self._read = read
        self._member = member
        self._names = names
        self._facts: dict[str, TenantFacts] = {}
        self.unread: dict[str, Finding] = {}
        self.is_pending = False

    def has(self, group: str) -> bool:
        """Return whether a group is one of them."""
        return group in self._conditions

    def members(self, group: str, among: Collection[str]) -> list[str]:
        """Return who of some tenants is in a group; nobody where nothing outside is asked.

        Nothing is asked once there is a problem, which ends the command anyway. A tenant that could
        not be read is in no group, and among the `unread`: nobody knows where it belongs.
        """
        condition = self._conditions[group]
        if self._read is None or len(self._names.problems):
            self.is_pending = True
            summary = f"which tenants are in `{group}` is found when a plan is made"
            self._names.problems.add_note(note("found-later", summary, at=condition.at))
            return []
        found = [each for name in among if (each := self._member(name))]
        self._ask([each.tenant for each in found], condition, read=self._read)
        return [
            each.tenant.name
            for each in found
            if each.tenant.name in self._facts and self._fits(condition, each)
        ]

    def _ask(self, tenants: Collection[Tenant], condition: Condition, *, read: ReadFacts) -> None:
        known = self._facts.keys() | self.unread.keys()
        missing = [tenant for tenant in tenants if tenant.name not in known]
        for name, answer in (read(missing) if missing else {}).items():
            if isinstance(answer, TenantFacts):
                self._facts[name] = answer
            else:
                self.unread[name] = _unread(answer, name, condition)

    def _fits(self, condition: Condition, member: Member) -> bool:
        problems, name = self._names.problems, member.tenant.name
        facts = layer_of(self._facts[name], at=condition.at, names=self._names)
        scope = Scope([member.variables, facts], problems=problems, tenant=member.facts())
        return _holds(condition, scope, problems=problems, tenant=name)


def _unread(why: Finding, name: str, condition: Condition) -> Finding:
    return replace(
        why,
        summary=f"what the tenant owns cannot be read, so nobody knows whether `{condition.group}` "
        f"has it: {why.summary}",
        hint=why.hint or f"leave it out with `--limit 'all:!{name}'`",
        where=why.where or str(condition.at),
    )


def _holds(condition: Condition, scope: Scope, *, problems: Problems, tenant: str) -> bool:
    try:
        value = scope.render(condition.text, condition.at)
    except Unrendered:
        return False
    if isinstance(value, bool):
        return value
    summary = f"the condition of `{condition.group}` gives {shown(value)}, not true or false"
    hint = "compare the value, as in `seats > 100`"
    detail = f"tenant {tenant}"
    problems.add(problem("not-a-condition", summary, at=condition.at, hint=hint, detail=detail))
    return False
