"""What docstrings, messages and texts may say."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Function, Module

REFUSED_IN_MESSAGES = re.compile(
    r"\b(failed to|unable to|error while|please)\b|[a-z]!(?=\s|$)", re.IGNORECASE
)
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Sentences may open with a name of the outside world, which keeps its own spelling.
NAMES = {"Microsoft", "Graph", "Entra", "Office", "Windows", "Jinja2", "Python", "Partner"}
MESSAGE_KEYWORDS = {"summary", "hint"}


def _docstrings(of: Module) -> set[ast.expr]:
    return {
        node.body[0].value
        for node in ast.walk(of.tree)
        if isinstance(node, ast.Module | ast.ClassDef | Function)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def docstring_offences(of: Module) -> Iterator[str]:
    """Yield modules whose docstring does not open with one sentence on one line."""
    first, _, rest = (ast.get_docstring(of.tree) or "").partition("\n")
    if not first.endswith(".") or ". " in first:
        yield f"{of.place}: the module's docstring is not one sentence on its first line"
    if rest and not rest.startswith("\n"):
        yield f"{of.place}: the first sentence of the module runs over its line"


def message_word_offences(of: Module) -> Iterator[str]:
    """Yield words that no message may use; the simulator speaks with Microsoft's."""
    if of.room == "simulator":
        return
    skipped = _docstrings(of)
    for node in ast.walk(of.tree):
        if not isinstance(node, ast.Constant) or node in skipped or not isinstance(node.value, str):
            continue
        if found := REFUSED_IN_MESSAGES.search(node.value):
            yield f"{of.at(node)}: {found.group()!r} in a message"


def _opening_and_ending(value: ast.expr) -> tuple[str, str]:
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    texts = [
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""
        for part in parts
    ]
    return (texts[0], texts[-1]) if texts else ("", "")


def _is_raised_error(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name.endswith("Error") or name in {"PlanRefused", "TenantLocked", "NotAllowed"}


def _messages(of: Module) -> Iterator[ast.expr]:
    for node in ast.walk(of.tree):
        if not isinstance(node, ast.Call):
            continue
        yield from (item.value for item in node.keywords if item.arg in MESSAGE_KEYWORDS)
        if _is_raised_error(node):
            yield from node.args[:1]


def message_form_offences(of: Module) -> Iterator[str]:
    """Yield messages that open with a capital or end with a full stop."""
    if of.room == "simulator":
        return
    for value in _messages(of):
        opening, ending = _opening_and_ending(value)
        word = re.split(r"\W", opening, maxsplit=1)[0]
        if word[:1].isupper() and not word.isupper() and word not in NAMES:
            yield f"{of.at(value)}: a message opens with a capital: {opening[:40]!r}"
        if ending.endswith("."):
            yield f"{of.at(value)}: a message ends with a full stop: {ending[-40:]!r}"


def code_offences(of: Module) -> Iterator[str]:
    """Yield codes of findings that are not lower-case words joined by hyphens."""
    if of.room == "simulator":
        return
    for node in ast.walk(of.tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            if isinstance(value, str) and not CODE.fullmatch(value):
                yield f"{of.at(node.value)}: the code {value!r} is not lower-case-with-hyphens"
