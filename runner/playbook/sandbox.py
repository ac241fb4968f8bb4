"""The sandbox of templates: no single operation makes something large or runs for long."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from math import isfinite
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_TEXT = 8_192
MOST_ITEMS = 100_000
REFUSED = (
    nodes.Macro,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Extends,
    nodes.Block,
    nodes.With,
)
_FILTERS = frozenset(
    [
        "abs",
        "bool",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "first",
        "float",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
    ]
)
METHODS = frozenset(
    [
        "capitalize",
        "endswith",
        "find",
        "get",
        "isdigit",
        "items",
        "keys",
        "lower",
        "lstrip",
        "owns",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
        "values",
    ]
)


class TooMuch(TemplateError):
    """A template that would make something too large."""


class _Bounded(ImmutableSandboxedEnvironment):
    """A sandbox in which no single operation makes something large."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise TooMuch("`**` is not available")
        if operator == "%" and isinstance(left, str):
            raise TooMuch("`%` formats no text here")
        if operator == "*" and not _is_number(left, right):
            raise TooMuch("`*` multiplies numbers only")
        return bounded_value(super().call_binop(context, operator, left, right))


def _is_number(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


def bounded_value(value: Any) -> Any:
    """Return a value that is not too large.

    Raises: TooMuch when it is.
    """
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise TooMuch(f"more than {MOST_TEXT} characters come out")
    if isinstance(value, list | tuple | dict) and len(value) > MOST_ITEMS:
        raise TooMuch(f"more than {MOST_ITEMS} items come out")
    if isinstance(value, int) and value.bit_length() > 64:
        raise TooMuch("a number of more than 64 bits comes out")
    if isinstance(value, float) and not isfinite(value):
        raise TooMuch("a number without end comes out")
    return value


def _join(items: Iterable[Any], separator: str = "") -> str:
    """Join without ever building more than a value may hold."""
    texts = [str(item) for item in Loops()(items)]
    _expect_room(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _replace(text: str, *change: str) -> str:
    text, (old, new) = str(text), change
    _expect_room(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _round(number: float, digits: int = 0) -> float:
    """Round in the plain way only: Jinja2's own computes powers of ten of any size."""
    return round(number, digits or None)


def _expect_room(length: int) -> None:
    if length > MOST_TEXT:
        raise TooMuch(f"more than {MOST_TEXT} characters come out")


def _bounding(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        return bounded_value(function(*args, **kwargs))

    return bounded


class Loops:
    """Counts the turns of all loops of one rendering."""

    def __init__(self) -> None:
        self.left = MOST_ITEMS

    def __call__(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield the items, counting each."""
        for item in items:
            self.left -= 1
            if self.left < 0:
                raise TooMuch(f"more than {MOST_ITEMS} turns of loops")
            yield item


def make_environment() -> Environment:
    """Return the environment in which every template is parsed and rendered."""
    environment = _Bounded(undefined=StrictUndefined, autoescape=False, cache_size=0)
    environment.globals.clear()
    environment.filters = {
        name: _bounding(function)
        for name, function in environment.filters.items()
        if name in _FILTERS
    }
    environment.filters.update(join=_join, replace=_replace, round=_round)
    return environment
