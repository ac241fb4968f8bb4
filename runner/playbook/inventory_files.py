"""The files of all inventories in their order, each read as what it is."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.model.findings import Origin
from runner.playbook.inventory import Inventory
from runner.playbook.inventory_tree import add_tree
from runner.playbook.parse import parse_text
from runner.playbook.problems import Problems, problem
from runner.playbook.text import read_text
from runner.playbook.tree import MarkedMap

SUFFIXES = (".yaml", ".yml", ".json")
_PASSED_OVER = re.compile(r"\..*|(group|host|tenant)_vars|.*(~|\.(bak|cfg|orig|retry|swp))")
"""Source: ansible-core 2.19, `INVENTORY_IGNORE_EXTS`, read 2026-11-23."""

_INI_SECTION = re.compile(r"\[[^\]]*\]")


def read_inventory(paths: Iterable[Path], problems: Problems) -> Inventory:
    """Return the groups and tenants of all inventories together, the later ones winning."""
    listed = tuple(paths)
    first = Origin(file=str(listed[0]) if listed else "no inventory")
    inventory = Inventory(problems, at=first)
    for path in listed:
        for file in _files(path, problems):
            _read_file(file, inventory, problems=problems)
    inventory.settle()
    return inventory


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
        elif entry.suffix in SUFFIXES:
            yield entry


def _read_file(path: Path, inventory: Inventory, *, problems: Problems) -> None:
    """Add what one file says, whatever kind of inventory it is."""
    told = len(problems)
    text = read_text(path, problems)
    if text is None:
        return
    tree = None if _is_ini_or_script(text) else parse_text(text, file=str(path), problems=problems)
    if isinstance(tree, MarkedMap):
        add_tree(tree, inventory, problems=problems)
    elif tree is not None or len(problems) == told:
        summary = "this file holds no YAML mapping of groups"
        hint = "start with `all:`; INI files and scripts are not read"
        at = Origin(file=str(path))
        problems.add(problem("not-an-inventory", summary, at=at, hint=hint))


def _is_ini_or_script(text: str) -> bool:
    lines = (line.strip() for line in text[:10_000].splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return text.startswith("#!") or bool(_INI_SECTION.fullmatch(first))
