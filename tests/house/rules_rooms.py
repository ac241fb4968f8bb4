"""What a file may import, and which parts of the world its room may touch."""

import ast
from collections.abc import Iterator

from tests.house.rooms import ROOMS, may_import
from tests.house.source import Module, dotted, functions

PARTS = {
    "time": {"time", "sched", "datetime.now", "datetime.utcnow", "date.today", "asyncio.sleep"},
    "chance": {"random", "secrets", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4"},
    "network": {"socket", "ssl", "http", "httpx", "urllib.request", "aiohttp", "requests"},
    "disk": {
        "open", "io.open", "shutil", "tempfile", "sqlite3", "read_text", "read_bytes",
        "write_text", "write_bytes", "mkdir", "unlink", "iterdir", "rglob", "glob",
    },
    "environment": {"environ", "getenv", "Path.home", "Path.cwd", "expanduser"},
    "screen": {"print", "input", "sys.stdout", "sys.stderr", "sys.stdin", "click"},
    "process": {"os", "subprocess", "signal", "threading", "multiprocessing", "platform"},
}  # fmt: skip

# Modules are seen where they are imported; their names may be those of attributes.
NAMES_OF_MODULES = {
    "time", "sched", "random", "secrets", "socket", "ssl", "http", "httpx", "aiohttp", "requests",
    "shutil", "tempfile", "sqlite3", "os", "subprocess", "signal", "threading", "multiprocessing",
    "platform", "click",
}  # fmt: skip


def imported(of: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the dotted name of every module the file imports, and of every name taken from it."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def import_offences(of: Module) -> Iterator[str]:
    """Yield imports of rooms that are not above the file's own."""
    for node, name in imported(of):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "runner" and other in ROOMS and not may_import(of.room, other):
            yield f"{of.at(node)}: {of.room} may not import {other}"


def _used(of: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield `.a.b.c` for every attribute, and the builtins that reach outside."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Attribute):
            yield node, f".{dotted(node) or node.attr}"
        elif isinstance(node, ast.Name) and node.id in {"open", "print", "input"}:
            yield node, f".{node.id}"


def _touched(of: Module, *, part: str) -> Iterator[tuple[ast.AST, str]]:
    words = PARTS[part]
    for node, name in imported(of):
        if any(f"{name}.".startswith(f"{word}.") for word in words):
            yield node, name
    for node, name in _used(of):
        if any(name.endswith(f".{word}") for word in words - NAMES_OF_MODULES):
            yield node, name[1:]


def world_offences(of: Module) -> Iterator[str]:
    """Yield what a file touches of the world although its room does not."""
    if of.room not in ROOMS:
        return
    for part in sorted(PARTS.keys() - ROOMS[of.room].world):
        for node, name in _touched(of, part=part):
            yield f"{of.at(node)}: {of.room} may not touch {part}: {name}"


def async_offences(of: Module) -> Iterator[str]:
    """Yield asynchronous code in rooms of plain functions, and event loops outside `cli`."""
    if of.room not in ROOMS:
        return
    if not ROOMS[of.room].is_async:
        found = (node for node in functions(of) if isinstance(node, ast.AsyncFunctionDef))
        yield from (f"{of.at(node)}: {of.room} has no async functions" for node in found)
        asyncio = (node for node, name in imported(of) if name.split(".")[0] == "asyncio")
        yield from (f"{of.at(node)}: {of.room} does not import asyncio" for node in asyncio)


def loops(of: Module) -> Iterator[str]:
    """Yield every place that starts an event loop."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in {"asyncio.run", "asyncio.Runner"}:
            yield of.at(node)
