"""The variables of each tenant: groups from the outside in, then the tenant's own."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.model.findings import Finding, Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.inventory import Inventory, Place
from runner.playbook.parse import parse_file
from runner.playbook.problems import Problems, problem
from runner.playbook.schemas import validator
from runner.playbook.tree import MarkedMap

_SUFFIXES = (".yaml", ".yml")


class VariableFiles:
    """The files in `group_vars/` or `tenant_vars/` of some directories, read when asked for."""

    def __init__(self, directories: Iterable[Path], kind: str, *, problems: Problems) -> None:
        self._problems = problems
        self._files: list[dict[str, list[Path]]] = [
            _by_name(directory / kind, problems) for directory in dict.fromkeys(directories)
        ]

    def of(self, name: str) -> Iterator[MarkedMap]:
        """Yield the variables of every file for a name, the stronger ones later."""
        for files in self._files:
            for path in files.get(name, ()):
                variables = self._read(path)
                if variables is not None:
                    yield variables

    def _read(self, path: Path) -> MarkedMap | None:
        told = len(self._problems)
        tree = parse_file(path, self._problems)
        if tree is None:
            return None
        if not isinstance(tree, MarkedMap):
            at = Origin(file=str(path))
            self._problems.add(problem("not-variables", "this file holds no YAML mapping", at=at))
            return None
        for wrong in schema_problems(tree, validator("inventory", part="variables")):
            self._problems.add(wrong)
        return tree if len(self._problems) == told else None


def _by_name(directory: Path, problems: Problems) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    try:
        for each in sorted(directory.iterdir()) if directory.is_dir() else ():
            if each.is_dir():
                found.setdefault(each.name, []).extend(_yaml_in(each))
            elif each.suffix in _SUFFIXES:
                found.setdefault(each.stem, []).append(each)
    except OSError:
        at = Origin(file=str(directory))
        problems.add(problem("unreadable", "this directory is not readable", at=at))
    return found


def _yaml_in(directory: Path) -> Iterable[Path]:
    return sorted(path for path in directory.iterdir() if path.suffix in _SUFFIXES)


class TenantVariables:
    """Answers which variables a tenant has, weaker layers overridden by stronger ones."""

    def __init__(
        self,
        inventory: Inventory,
        directories: tuple[Path, ...],
        *,
        extra: MarkedMap,
        problems: Problems,
    ) -> None:
        self._inventory = inventory
        self._extra = extra
        self._problems = problems
        self._group_files = VariableFiles(directories, "group_vars", problems=problems)
        self._tenant_files = VariableFiles(directories, "tenant_vars", problems=problems)
        self._groups: dict[str, MarkedMap] = {}
        self._combined: dict[tuple[str, ...], tuple[MarkedMap, dict[str, Finding]]] = {}

    def of(self, tenant: Place) -> MarkedMap:
        """Return the variables of a tenant, `-e` the strongest, unrendered."""
        variables = MarkedMap(tenant.at)
        from_groups, conflicts = self._of_groups(tenant)
        variables.take(from_groups, from_groups)
        for each in (tenant.variables, *self._tenant_files.of(tenant.name), self._extra):
            variables.take(each, each)
        for name, conflict in conflicts.items():
            if variables.values_at[name] is from_groups.values_at[name]:
                self._problems.add(conflict)
        return variables

    def _of_groups(self, tenant: Place) -> tuple[MarkedMap, dict[str, Finding]]:
        key = tuple(tenant.parents)
        if key not in self._combined:
            self._combined[key] = self._combine(tenant)
        return self._combined[key]

    def of_group(self, name: str) -> MarkedMap:
        """Return the variables that a group itself has, unrendered."""
        if name not in self._groups:
            group = self._inventory.groups[name]
            variables = MarkedMap(group.at)
            variables.take(group.variables, group.variables)
            for each in self._group_files.of(name):
                variables.take(each, each)
            self._groups[name] = variables
        return self._groups[name]

    def _combine(self, tenant: Place) -> tuple[MarkedMap, dict[str, Finding]]:
        groups = tuple(self._inventory.ancestors(tenant.parents))
        around = {name: self._inventory.ancestors(self._around(name)) for name in groups}
        owners: dict[str, list[str]] = {}
        for group in groups:
            for variable in self.of_group(group):
                owners.setdefault(variable, []).append(group)
        combined, conflicts = MarkedMap(tenant.at), dict[str, Finding]()
        for variable, names in owners.items():
            inner = [n for n in names if not any(n in around[other] for other in names)]
            for conflict in self._conflicts(variable, inner, tenant=tenant):
                conflicts[variable] = conflict
            combined.take(self.of_group(inner[0]), [variable])
        return combined, conflicts

    def _around(self, name: str) -> Iterable[str]:
        return self._inventory.groups[name].parents

    def _conflicts(self, variable: str, groups: list[str], *, tenant: Place) -> Iterator[Finding]:
        first = self.of_group(groups[0])
        for name in groups[1:]:
            other = self.of_group(name)
            if other[variable] == first[variable]:
                continue
            yield problem(
                "variable-conflict",
                f"the groups `{groups[0]}` and `{name}` disagree on `{variable}`,"
                f" the other value is in {first.keys_at[variable]}",
                at=other.keys_at[variable],
                hint=f"set `{variable}` for the tenant, or in one of the two only",
                detail=f"tenant {tenant.name}",
            )
