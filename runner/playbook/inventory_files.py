"""The files of all inventories in their order, each read as what it is."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.model.findings import Origin
from runner.playbook.inventory import Inventory
from runner.playbook.inventory_scripts import add_script
from runner.playbook.inventory_tree import add_tree
from runner.playbook.options import RunScript
from runner.playbook.parse import parse_text
from runner.playbook.problems import Problems, problem
from runner.playbook.text import read_text
from runner.playbook.tree import MarkedMap

SUFFIXES = (".yaml", ".yml", ".json")
_PASSED_OVER = re.compile(r"\..*|(group|host|tenant)_vars|.*(~|\.(bak|cfg|orig|retry|swp))")
"""Source: ansible-core 2.19, `INVENTORY_IGNORE_EXTS`, read 2026-11-23."""

_INI_SECTION = re.compile(r"\[[^\]]*\]")


def read_inventory(
    paths: Iterable[Path], *, run_script: RunScript, problems: Problems
) -> Inventory:
    """Return the groups and tenants of all inventories together, the later ones winning."""
    listed = tuple(paths)
    first = Origin(file=str(listed[0]) if listed else "no inventory")
    inventory = Inventory(problems, at=first)
    for path in listed:
        for file in _files(path, problems):
            if _is_program(file):
                add_script(file, inventory, run=run_script, problems=problems)
            else:
                _add_file(file, inventory, problems=problems)
    inventory.settle()
    return inventory


def _is_program(path: Path) -> bool:
    """Return whether a file is run: it may be, and is no YAML by its name, or begins with `#!`."""
    try:
        if not path.is_file() or not path.stat().st_mode & 0o111:
            return False
        with path.open("rb") as file:
            return path.suffix not in SUFFIXES or file.read(2) == b"#!"
    except OSError:
        return False


def _files(path: Path, problems: Problems) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = tuple(_files_in(path, problems))
    if not found:
        at = Origin(file=str(path))
        summary, hint = "this directory holds no inventory", "put a `.yaml` file in it"
        problems.add(problem("empty-inventory", summary, at=at, hint=hint))
    yield from found


def _files_in(directory: Path, problems: Problems) -> Iterator[Path]:
    try:
        entries = sorted(directory.iterdir())
    except OSError:
        at, hint = Origin(file=str(directory)), "check its permissions"
        problems.add(problem("unreadable", "this directory is not readable", at=at, hint=hint))
        return
    for entry in entries:
        if _PASSED_OVER.fullmatch(entry.name):
            continue
        if entry.is_dir():
            yield from _files_in(entry, problems)
        elif entry.suffix in SUFFIXES or _is_program(entry):
            yield entry


def _add_file(path: Path, inventory: Inventory, *, problems: Problems) -> None:
    """Add what one file of text says."""
    told = len(problems)
    text = read_text(path, problems)
    if text is None:
        return
    hint = _other_kind(text)
    tree = None if hint else parse_text(text, file=str(path), problems=problems)
    if isinstance(tree, MarkedMap):
        add_tree(tree, inventory, problems=problems)
    elif tree is not None or len(problems) == told:
        summary, at = "this file holds no YAML mapping of groups", Origin(file=str(path))
        hint = hint or "start with `all:`"
        problems.add(problem("not-an-inventory", summary, at=at, hint=hint))


def _other_kind(text: str) -> str:
    """Return what to do about a file that is no YAML by its first line."""
    lines = (line.strip() for line in text[:10_000].splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    if text.startswith("#!"):
        return "a program must be executable, as after `chmod +x`"
    return "start with `all:`, INI is not read" if _INI_SECTION.fullmatch(first) else ""
