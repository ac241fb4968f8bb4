"""JSON that a program printed, as a tree whose every value stands in that program's file."""

import json
from typing import Any, NoReturn

from runner.model.findings import Origin
from runner.playbook.tree import MarkedList, MarkedMap

MOST_DEPTH = 64


def parse_json(text: str, at: Origin) -> MarkedMap | None:
    """Return the one object in a text.

    Raises: ValueError saying what is wrong when it is no JSON object, or holds a key twice.
    """
    try:
        said = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        what = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise ValueError(f"{what} in line {error.lineno} of it") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(said, dict):
        raise ValueError("it is no mapping of groups")
    tree = _marked(said, at, depth=0)
    return tree if isinstance(tree, MarkedMap) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands there twice in one mapping")
    return made


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _marked(value: Any, at: Origin, *, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise ValueError("it is nested too deep")
    if isinstance(value, dict):
        tree = MarkedMap(at)
        for key, inner in value.items():
            tree.put(key, _marked(inner, at, depth=depth + 1), key_at=at, value_at=at)
        return tree
    if isinstance(value, list):
        items = MarkedList(at)
        items.extend(_marked(inner, at, depth=depth + 1) for inner in value)
        items.items_at.extend(at for _ in value)
        return items
    return value
