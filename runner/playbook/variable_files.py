"""The files of variables beside an inventory or a playbook, read when they are asked for."""

from collections.abc import Iterator
from pathlib import Path

from runner.model.findings import Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.parse import parse_file
from runner.playbook.problems import Problems, or_list, problem
from runner.playbook.schemas import validator
from runner.playbook.tree import MarkedMap

_SUFFIXES = ("", ".yml", ".yaml", ".json")


class VariableFiles:
    """The files in `group_vars/` or `tenant_vars/` of one directory, each read at most once.

    Source: ansible-core 2.19, `DataLoader.find_vars_files`, read 2026-11-23.
    """

    def __init__(self, directory: Path, *, problems: Problems) -> None:
        self._directory = directory
        self._problems = problems
        self._names = frozenset(path.name for path in self._entries(directory))
        self._read: dict[str, tuple[MarkedMap, ...]] = {}

    def of(self, name: str) -> tuple[MarkedMap, ...]:
        """Return the variables of every file for a name, the stronger ones later."""
        if name not in self._read:
            found = map(self._variables, self._files(name))
            self._read[name] = tuple(each for each in found if each is not None)
        return self._read[name]

    def _files(self, name: str) -> Iterator[Path]:
        found = [name + suffix for suffix in _SUFFIXES if name + suffix in self._names]
        for other in found[1:]:
            at = Origin(file=str(self._directory / other))
            summary = f"the variables of `{name}` stand in {or_list(found)}"
            hint = "keep one file, or one directory of files"
            self._problems.add(problem("variable-files", summary, at=at, hint=hint))
        for each in found[:1]:
            path = self._directory / each
            if path.is_dir():
                yield from self._files_in(path)
            else:
                yield path

    def _files_in(self, directory: Path) -> Iterator[Path]:
        for path in self._entries(directory):
            if path.name.startswith(".") or path.name.endswith("~"):
                continue
            if path.is_dir() and not path.suffix:
                yield from self._files_in(path)
            elif path.is_file() and path.suffix in _SUFFIXES:
                yield path

    def _entries(self, directory: Path) -> list[Path]:
        try:
            return sorted(directory.iterdir()) if directory.is_dir() else []
        except OSError:
            at, hint = Origin(file=str(directory)), "check its permissions"
            said = problem("unreadable", "this directory is not readable", at=at, hint=hint)
            self._problems.add(said)
            return []

    def _variables(self, path: Path) -> MarkedMap | None:
        told = len(self._problems)
        tree = parse_file(path, self._problems)
        if tree is None:
            return None
        if not isinstance(tree, MarkedMap):
            at, hint = Origin(file=str(path)), "write `name: value`"
            said = problem("not-variables", "this file holds no YAML mapping", at=at, hint=hint)
            self._problems.add(said)
            return None
        for wrong in schema_problems(tree, validator("inventory", part="variables")):
            self._problems.add(wrong)
        return tree if len(self._problems) == told else None
