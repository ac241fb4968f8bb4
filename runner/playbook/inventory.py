"""Groups and tenants by name, as all inventories together say them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from runner.model.findings import Origin
from runner.playbook.problems import Problems, problem
from runner.playbook.tree import MarkedMap


@dataclass(slots=True, kw_only=True)
class Place:
    """A tenant or a group: where it stands first, the groups around it, its variables.

    `pieces` are the variables as each file says them, the later ones stronger; `questions` fill
    the pieces that are only asked for when the tenant is selected.
    """

    name: str
    at: Origin
    parents: dict[str, None] = field(default_factory=dict)
    pieces: list[MarkedMap] = field(default_factory=list)
    questions: list[Callable[[], None]] = field(default_factory=list)

    def all_pieces(self) -> list[MarkedMap]:
        """Return the variables of every file, asking first for those that were not read yet."""
        while self.questions:
            self.questions.pop(0)()
        return self.pieces


@dataclass(slots=True, kw_only=True)
class GroupPlace(Place):
    """A group: also the groups and the tenants directly in it, in the order of the files."""

    children: dict[str, None] = field(default_factory=dict)
    tenants: dict[str, None] = field(default_factory=dict)


class Inventory:
    """All groups and tenants, in the order in which the files name them first.

    `all` is around every group. `ungrouped` holds the tenants that are in no other group.
    `plugins` are the files that find tenants or compute groups; `is_open` says that tenants are yet
    to be found.
    Source: ansible-core 2.19, `inventory/data.py`, read 2026-11-23.
    """

    def __init__(self, problems: Problems, *, at: Origin) -> None:
        self._problems = problems
        self.groups: dict[str, GroupPlace] = {}
        self.tenants: dict[str, Place] = {}
        self.plugins: list[MarkedMap] = []
        self.is_open = False
        self._depths: dict[str, int] = {}
        self.add_group("all", at=at)
        self.add_group("ungrouped", at=at, inside="all")

    def add_group(self, name: str, *, at: Origin, inside: str = "") -> GroupPlace:
        """Return the group of a name, new or known, as a child of another group if one is named."""
        group = self.groups.setdefault(name, GroupPlace(name=name, at=at))
        if inside:
            group.parents[inside] = None
            self.groups[inside].children[name] = None
        return group

    def add_tenant(self, name: str, *, at: Origin, inside: str) -> Place:
        """Return the tenant of a name, new or known, as a member of a group."""
        tenant = self.tenants.setdefault(name, Place(name=name, at=at))
        tenant.parents[inside] = None
        self.groups[inside].tenants[name] = None
        return tenant

    def add_variables(self, owner: Place, variables: MarkedMap) -> None:
        """Give a tenant or a group variables; another value in the same file is a problem."""
        for known in owner.pieces:
            for name in [name for name in variables if name in known]:
                first, second = known.keys_at[name], variables.keys_at[name]
                if first.file == second.file and known[name] != variables[name]:
                    summary = f"`{name}` of `{owner.name}` has another value in {first}"
                    hint = "keep one of the two"
                    self._problems.add(problem("variable-conflict", summary, at=second, hint=hint))
        owner.pieces.append(variables)

    def settle(self) -> None:
        """Put what stands alone into `all` and `ungrouped`, and tell what cannot be.

        Order: after everything is added; once more when something is added later.
        """
        self._depths.clear()
        for name, group in self.groups.items():
            if name != "all" and not group.parents:
                self.add_group(name, at=group.at, inside="all")
            if name in self.ancestors(group.parents):
                self._tell("group-cycle", f"the group `{name}` is inside itself", place=group)
        for name, tenant in self.tenants.items():
            if not set(tenant.parents) - {"all"}:
                self.add_tenant(name, at=tenant.at, inside="ungrouped")
            elif set(tenant.parents) - {"all", "ungrouped"}:
                tenant.parents.pop("ungrouped", None)
                self.groups["ungrouped"].tenants.pop(name, None)
            if name in self.groups:
                self._tell("name-twice", f"`{name}` is a tenant and a group", place=tenant)

    def ancestors(self, names: Iterable[str]) -> dict[str, None]:
        """Return the groups with all groups around them, nearest first."""
        found: dict[str, None] = {}
        ahead = list(names)
        while ahead:
            name = ahead.pop(0)
            if name not in found:
                found[name] = None
                ahead += self.groups[name].parents
        return found

    def depth(self, name: str) -> int:
        """Return how far inside `all` a group is, by the longest way."""
        if name not in self._depths:
            parents = self.groups[name].parents
            self._depths[name] = max((self.depth(each) + 1 for each in parents), default=0)
        return self._depths[name]

    def members(self, name: str) -> dict[str, None]:
        """Return the tenants of a group: its own first, then those of the groups in it.

        Order: level by level, as Ansible's `Group.get_hosts`.
        """
        inner, ahead = {name: None}, [name]
        for each in ahead:
            new = [child for child in self.groups[each].children if child not in inner]
            inner.update(dict.fromkeys(new))
            ahead += new
        return {tenant: None for each in ahead for tenant in self.groups[each].tenants}

    def _tell(self, code: str, summary: str, *, place: Place) -> None:
        hints = {
            "group-cycle": "take it out of its own children",
            "name-twice": "rename one of the two, so that patterns have one meaning",
        }
        self._problems.add(problem(code, summary, at=place.at, hint=hints[code]))
