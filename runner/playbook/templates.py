"""Jinja2 in scalar values: sandboxed, strict, bounded, and native for a lone expression."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import (
    StrictUndefined,
    TemplateAssertionError,
    TemplateError,
    UndefinedError,
    meta,
    nodes,
)

from runner.playbook.sandbox import (
    METHODS,
    MOST_TEXT,
    REFUSED,
    Loops,
    TooMuch,
    bounded_value,
    make_environment,
)

MOST_SOURCE = 4_096
_MARKS = ("{{", "{%", "{#")
_NOT_DEFINED = re.compile(r"'(\w+)' is undefined")
_NO_ATTRIBUTE = re.compile(r".* has no attribute '(\w+)'")
_ENVIRONMENT = make_environment()


class TemplateProblem(Exception):
    """A template that gives no value, and why."""

    def __init__(self, code: str, summary: str) -> None:
        super().__init__(summary)
        self.code = code
        self.summary = summary


class Told(TemplateProblem):
    """A template that gives no value, and the problem is told already."""

    def __init__(self) -> None:
        super().__init__("", "")


class Template:
    """One parsed template: the names it reads, the paths from them, and how to render it."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_SOURCE:
            raise TemplateProblem(
                "template", f"a template of {len(text)} characters, the limit is {MOST_SOURCE}"
            )
        try:
            tree = _ENVIRONMENT.parse(text)
            _check(tree)
            self.names = frozenset(meta.find_undeclared_variables(tree))
            self.paths = frozenset(_paths(tree))
            self._expression = _lone_expression(tree, text)
            self._compiled: Any = (
                _ENVIRONMENT.compile_expression(self._expression, undefined_to_none=False)
                if self._expression
                else _ENVIRONMENT.from_string(_counted(tree))
            )
        except TemplateProblem:
            raise
        except TemplateError as error:
            raise TemplateProblem("template", f"not a template: {_syntax(error)}") from None
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            raise TemplateProblem("template", "not a template: too much for one value") from None

    def render(self, variables: Mapping[str, Any]) -> Any:
        """Return the value: native for a lone expression, else text.

        Raises: TemplateProblem when a variable is undefined or the result is unusable.
        """
        try:
            if self._expression:
                return _plain(self._compiled(dict(variables)))
            return _joined(self._compiled.generate(dict(variables), bounded_loop=Loops()))
        except UndefinedError as error:
            raise TemplateProblem("undefined-variable", _undefined(error)) from None
        except TemplateProblem:
            raise
        except Exception as error:
            raise TemplateProblem("template", f"no value: {_first_line(error)}") from None


def is_template(text: str) -> bool:
    """Return whether a text holds anything for Jinja2 to do."""
    return any(mark in text for mark in _MARKS)


@lru_cache(maxsize=4096)
def template(text: str) -> Template:
    """Return the parsed template of a text.

    Raises: TemplateProblem when it is none.
    """
    return Template(text)


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if isinstance(node, REFUSED) or (isinstance(node, nodes.For) and node.recursive):
            word = type(node).__name__.lower()
            raise TemplateProblem("template", f"`{word}` is not available in a value")
        if isinstance(node, nodes.Call) and not _is_allowed_call(node):
            raise TemplateProblem("template", "only simple methods of text can be called")


def _paths(tree: nodes.Template) -> Iterator[tuple[str, ...]]:
    """Yield what is read of a name by names alone: of `a.b['c']` `a`, `b` and `c`."""
    for found in tree.find_all((nodes.Getattr, nodes.Getitem)):
        node: nodes.Node = found
        names: list[str] = []
        while isinstance(node, nodes.Getattr | nodes.Getitem):
            name = node.attr if isinstance(node, nodes.Getattr) else _constant(node.arg)
            names = [str(name), *names] if name is not None else []
            node = node.node
        if isinstance(node, nodes.Name) and names:
            yield (node.name, *names)


def _constant(node: nodes.Node) -> Any:
    return node.value if isinstance(node, nodes.Const) else None


def _is_allowed_call(node: nodes.Call) -> bool:
    return isinstance(node.node, nodes.Getattr) and node.node.attr in METHODS


def _lone_expression(tree: nodes.Template, text: str) -> str:
    """Return the expression when the text is nothing else, as Ansible's native values."""
    stripped = text.strip()
    is_lone = (
        text == stripped
        and stripped.startswith("{{")
        and stripped.endswith("}}")
        and len(tree.body) == 1
        and isinstance(tree.body[0], nodes.Output)
        and len(tree.body[0].nodes) == 1
        and not isinstance(tree.body[0].nodes[0], nodes.TemplateData)
    )
    return stripped[2:-2].strip("-+ \n") if is_lone else ""


def _counted(tree: nodes.Template) -> nodes.Template:
    for loop in tree.find_all(nodes.For):
        counter = nodes.Name("bounded_loop", "load", lineno=loop.lineno)
        loop.iter = nodes.Call(counter, [loop.iter], [], None, None, lineno=loop.lineno)
    return tree


def _joined(pieces: Iterator[str]) -> str:
    text: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > MOST_TEXT:
            raise TooMuch(f"more than {MOST_TEXT} characters come out")
        text.append(piece)
    return "".join(text)


def _plain(value: Any) -> Any:
    """Return a value made of YAML's kinds only."""
    if value is None or isinstance(value, str | bool | int | float):
        return bounded_value(value)
    if isinstance(value, StrictUndefined):
        raise UndefinedError(value._undefined_message)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Iterable):
        return [_plain(each) for each in Loops()(value)]
    raise TemplateProblem("template", f"no value: it gives a {type(value).__name__}")


def _syntax(error: TemplateError) -> str:
    """Return what is wrong with a template, without the words of the template itself."""
    said = _first_line(error)
    return said if isinstance(error, TemplateAssertionError) else said.split(", ")[0].split(" '")[0]


def _undefined(error: UndefinedError) -> str:
    said = _first_line(error)
    if match := _NOT_DEFINED.fullmatch(said):
        return f"`{match[1]}` is not defined"
    if match := _NO_ATTRIBUTE.fullmatch(said):
        return f"there is no `{match[1]}` in it"
    return "a part of it is not defined"


def _first_line(error: Exception) -> str:
    text = str(error).split("\n", 1)[0].strip().rstrip(".")
    return f"{text[:1].lower()}{text[1:200]}" or type(error).__name__.lower()
