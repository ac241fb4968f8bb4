"""Understand the `$filter` of a list and find what it selects without looking at everyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from runner.simulator.errors import GraphError, bad_request, unsupported_query

Test = Callable[[Any], bool]
Getter = Callable[[Any], Any]
Index = Callable[[str], Set[int]]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+)(?![\w-])|(?P<word>[A-Za-z_$@][\w$./@-]*)|(?P<sign>[(),:]))"
)
_WORDS = {"true": True, "false": False, "null": None}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schema:
    """Hold which properties and collections of a type can be filtered."""

    type_name: str
    fields: Mapping[str, Getter]
    collections: Mapping[str, Callable[[Any], Iterable[Mapping[str, Any]]]]
    advanced_collections: Set[str] = frozenset()
    guids: Set[str] = frozenset({"skuId", "servicePlanId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Hold a test, whether it needs the advanced index, and the SKUs that narrow it down."""

    test: Test
    is_advanced: bool = False
    skus: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: Any


def parse_filter(text: str, schema: Schema) -> Filter:
    """Return the filter a query asks for.

    Raises: GraphError 400 when it is malformed or not served for this type.
    """
    parser = _Parser(_tokens(text), schema)
    found = parser.either()
    if parser.peek().kind != "end":
        raise _invalid(text)
    return found


def _invalid(text: str) -> GraphError:
    return bad_request(f"Invalid filter clause: syntax error in '{text}'.")


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _invalid(text)
        kind, value = match.lastgroup, match[match.lastgroup]
        at = match.end()
        if kind == "text":
            found.append(_Token("literal", value[1:-1].replace("''", "'")))
        elif kind == "guid":
            found.append(_Token("guid", value.lower()))
        elif kind == "number":
            found.append(_Token("literal", int(value)))
        elif value in _WORDS:
            found.append(_Token("literal", _WORDS[value]))
        else:
            found.append(_Token(kind, value))
    return found


class _Parser:
    def __init__(self, tokens: list[_Token], schema: Schema) -> None:
        self._tokens = [*tokens, _Token("end", "")]
        self._at = 0
        self._schema = schema
        self._variable: str | None = None

    def peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _take(self, value: str | None = None) -> _Token:
        token = self.peek()
        if value is not None and token.value != value:
            raise bad_request(f"Invalid filter clause: '{value}' expected at '{token.value}'.")
        self._at += 1
        return token

    def either(self) -> Filter:
        parts = [self._both()]
        while self.peek().value == "or" and self.peek().kind == "word":
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _both(self) -> Filter:
        parts = [self._single()]
        while self.peek().value == "and" and self.peek().kind == "word":
            self._take()
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _single(self) -> Filter:
        token = self.peek()
        if token.kind == "sign" and token.value == "(":
            self._take()
            found = self.either()
            self._take(")")
            return found
        if token.kind != "word":
            raise bad_request(f"Invalid filter clause: a property expected at '{token.value}'.")
        if token.value == "not":
            self._take()
            inner = self._single()
            return Filter(test=lambda thing: not inner.test(thing), is_advanced=True)
        if token.value.lower() in _FUNCTIONS and self.peek(1).value == "(":
            return self._function()
        if token.value.endswith("/any"):
            return self._exists()
        return self._comparison()

    def _function(self) -> Filter:
        name = self._take().value.lower()
        self._take("(")
        get = self._getter(self._take().value)
        self._take(",")
        wanted = str(self._take().value).lower()
        self._take(")")
        holds = _FUNCTIONS[name]
        return Filter(
            test=lambda thing: holds(str(get(thing) or "").lower(), wanted),
            is_advanced=name == "endswith",
        )

    def _exists(self) -> Filter:
        name = self._take().value.removesuffix("/any")
        items = self._schema.collections.get(name)
        if items is None:
            raise self._unsupported(name)
        self._take("(")
        self._variable = self._take().value
        self._take(":")
        inner = self.either()
        self._take(")")
        self._variable = None
        return Filter(
            test=lambda thing: any(inner.test(item) for item in items(thing)),
            is_advanced=name in self._schema.advanced_collections,
            skus=inner.skus if name == "assignedLicenses" else None,
        )

    def _comparison(self) -> Filter:
        path = self._take().value
        operator = self._take().value
        if path.endswith("/$count"):
            return self._emptiness(path.removesuffix("/$count"), operator)
        get = self._getter(path)
        if operator == "in":
            return self._membership(path, get)
        wanted = self._literal(path)
        if operator not in ("eq", "ne"):
            raise self._unsupported(path)
        is_equal = operator == "eq"
        narrowed = is_equal and self._variable is not None and path.endswith("/skuId")
        return Filter(
            test=lambda thing: _same(get(thing), wanted) is is_equal,
            is_advanced=not is_equal or wanted is None,
            skus=frozenset({wanted}) if narrowed else None,
        )

    def _membership(self, path: str, get: Getter) -> Filter:
        self._take("(")
        wanted = [self._literal(path)]
        while self.peek().value == ",":
            self._take()
            wanted.append(self._literal(path))
        self._take(")")
        return Filter(test=lambda thing: any(_same(get(thing), one) for one in wanted))

    def _emptiness(self, name: str, operator: str) -> Filter:
        items = self._schema.collections.get(name)
        if items is None or self._take().value != 0 or operator not in ("eq", "ne"):
            raise self._unsupported(f"{name}/$count")
        is_empty = operator == "eq"
        return Filter(
            test=lambda thing: any(True for _ in items(thing)) is not is_empty, is_advanced=True
        )

    def _literal(self, path: str) -> Any:
        token = self._take()
        is_guid = path.rpartition("/")[2] in self._schema.guids
        if token.kind not in ("literal", "guid"):
            raise bad_request(f"Invalid filter clause: a value expected at '{token.value}'.")
        if is_guid != (token.kind == "guid"):
            kinds = "'Edm.Guid' and 'Edm.String'" if is_guid else "'Edm.String' and 'Edm.Guid'"
            raise bad_request(
                "A binary operator with incompatible types was detected. Found operand types "
                f"{kinds} for operator kind 'Equal'."
            )
        return token.value

    def _getter(self, path: str) -> Getter:
        if self._variable is not None:
            variable, _, name = path.partition("/")
            if variable != self._variable or not name:
                raise self._unsupported(path)
            return lambda item: item.get(name)
        found = self._schema.fields.get(path)
        if found is None:
            raise self._unsupported(path)
        return found

    def _unsupported(self, path: str) -> GraphError:
        return unsupported_query(
            f"Unsupported or invalid query filter clause specified for property '{path}' of "
            f"resource '{self._schema.type_name}'."
        )


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def _all_of(parts: list[Filter]) -> Filter:
    return Filter(
        test=lambda thing: all(part.test(thing) for part in parts),
        is_advanced=any(part.is_advanced for part in parts),
        skus=next((part.skus for part in parts if part.skus is not None), None),
    )


def _any_of(parts: list[Filter]) -> Filter:
    skus = [part.skus for part in parts if part.skus is not None]
    return Filter(
        test=lambda thing: any(part.test(thing) for part in parts),
        is_advanced=any(part.is_advanced for part in parts),
        skus=frozenset().union(*skus) if len(skus) == len(parts) else None,
    )
