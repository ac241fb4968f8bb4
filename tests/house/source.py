"""The program's files as the house's rules look at them: text, syntax tree, room."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "runner"
TEXT_SUFFIXES = {"", ".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".html", ".css"}
FOLDERS = (".ci", "docs", "playbooks", "requirements", "runner", "schemas", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file; `place` is its path from the repository, as messages show it."""

    place: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Return the room the file lives in, or nothing for the package's own `__init__`."""
        parts = Path(self.place).parts
        return parts[1] if len(parts) > 2 else ""

    @property
    def stem(self) -> str:
        """Return the file's name without its ending."""
        return Path(self.place).stem

    def at(self, node: ast.AST) -> str:
        """Return `file:line` of a part of the tree."""
        return f"{self.place}:{getattr(node, 'lineno', 1)}"


def module(text: str, *, place: str = "runner/model/example.py") -> Module:
    """Make a module of a text, as if it stood at `place`."""
    return Module(place=place, text=text, tree=ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Read every Python file of the program."""
    return tuple(
        module(path.read_text(encoding="utf-8"), place=path.relative_to(ROOT).as_posix())
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def texts() -> Iterator[tuple[str, str]]:
    """Yield place and content of every text file that belongs to the project."""
    inside = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))
    top = (path for path in sorted(ROOT.iterdir()))
    for path in (*top, *inside):
        if path.is_file() and path.suffix in TEXT_SUFFIXES and path.name != ".git":
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def functions(of: Module) -> Iterator[Function]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(of.tree):
        if isinstance(node, Function):
            yield node


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a name or an attribute, nothing for another expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def decorators(function: Function | ast.ClassDef) -> tuple[str, ...]:
    """Return the dotted names of what decorates a function or class."""
    return tuple(
        dotted(item.func if isinstance(item, ast.Call) else item)
        for item in function.decorator_list
    )


def refuse(offences: list[str]) -> None:
    """Fail with one line for every offence, if there is one."""
    if offences:
        pytest.fail(f"{len(offences)} offences\n" + "\n".join(offences), pytrace=False)


def hold(rule: Callable[[Module], Iterator[str]]) -> None:
    """Refuse every place in the program that offends against the rule."""
    refuse([offence for of in modules() for offence in rule(of)])


def example_playbooks() -> list[Path]:
    """Return the playbooks the project ships: the lists among its YAML files."""
    return [
        path
        for path in sorted((ROOT / "playbooks").rglob("*.yaml"))
        if "scenarios" not in path.relative_to(ROOT).parts
        and isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), list)
    ]
