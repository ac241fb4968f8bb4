"""How long, how wide and how named the parts of a file may be."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Function, Module, decorators, functions

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
MOST_PARAMETERS = 5
MOST_BY_POSITION = 3
REFUSED_NAMES = {
    "manager", "managers", "handler", "handlers", "helper", "helpers", "util", "utils",
    "utility", "utilities", "common", "base", "misc", "data", "info",
}  # fmt: skip
# The step kinds' table calls these by position: the house's own example of a kind has this form.
FIXED_BY_TABLE = {"steps": {"plan", "check", "perform"}}
# Methods that a library calls by position: Jinja2's sandbox.
FIXED_BY_LIBRARY = {"call_binop", "call_unop"}
# A tenant has up to a million of these, made by the thousand: keywords would cost a second.
COMPACT_ROWS = {"User"}
BANNER = re.compile(r"^\s*#\s*[-=#*~_]{3,}")
WORDS_IN_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def size_offences(of: Module) -> Iterator[str]:
    """Yield files and functions beyond their ceilings."""
    lines = of.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{of.place}: {lines} lines, the limit is {LONGEST_FILE}"
    for function in functions(of):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{of.at(function)}: {function.name} has {length} lines, not {LONGEST_FUNCTION}"


def _by_position(function: Function) -> list[ast.arg]:
    found = [*function.args.posonlyargs, *function.args.args]
    return found[1:] if found and found[0].arg in {"self", "cls", "mcs"} else found


def _is_fixed_from_outside(of: Module, function: Function) -> bool:
    is_command = any(
        name.split(".")[-1]
        in {"command", "group", "option", "argument", "pass_context", "override"}
        for name in decorators(function)
    )
    is_magic = function.name.startswith("__") and function.name != "__init__"
    fixed = FIXED_BY_LIBRARY | FIXED_BY_TABLE.get(of.room, set())
    return is_command or is_magic or function.name in fixed


def parameter_offences(of: Module) -> Iterator[str]:
    """Yield functions with too many parameters, or too many that are known by position only."""
    for function in functions(of):
        if _is_fixed_from_outside(of, function):
            continue
        by_position = _by_position(function)
        count = len(by_position) + len(function.args.kwonlyargs)
        if count > MOST_PARAMETERS:
            yield f"{of.at(function)}: {function.name} has {count} parameters"
        elif len(by_position) > MOST_BY_POSITION:
            yield f"{of.at(function)}: {function.name} takes {len(by_position)} by position"


def _named(of: Module) -> Iterator[tuple[str, str]]:
    yield of.place, of.stem
    for node in ast.walk(of.tree):
        if isinstance(node, Function | ast.ClassDef):
            yield of.at(node), node.name


def name_offences(of: Module) -> Iterator[str]:
    """Yield modules, classes and functions whose name has a word that says nothing."""
    for place, name in _named(of):
        for word in WORDS_IN_NAME.findall(name):
            if word.lower() in REFUSED_NAMES:
                yield f"{place}: {name}: the word {word!r} says nothing"


def comment_offences(of: Module) -> Iterator[str]:
    """Yield section banners."""
    for number, line in enumerate(of.text.splitlines(), start=1):
        if BANNER.match(line):
            yield f"{of.place}:{number}: a section banner"


def global_offences(of: Module) -> Iterator[str]:
    """Yield functions that change a global."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Global):
            yield f"{of.at(node)}: changes the global {', '.join(node.names)}"


def noun_offences(of: Module) -> Iterator[str]:
    """Yield dataclasses of the nouns and the steps that are not frozen, slotted, keyword-only."""
    if of.room not in {"model", "ports", "steps"}:
        return
    for node in ast.walk(of.tree):
        if isinstance(node, ast.ClassDef) and "dataclass" in decorators(node):
            options = {
                keyword.arg
                for item in node.decorator_list
                if isinstance(item, ast.Call)
                for keyword in item.keywords
                if isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            }
            wanted = {"frozen", "slots"} | ({"kw_only"} if node.name not in COMPACT_ROWS else set())
            if not options >= wanted:
                yield f"{of.at(node)}: {node.name} is not frozen, slotted and keyword-only"
