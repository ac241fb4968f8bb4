"""YAML as plain mappings and lists that remember where every key and value stands."""

from collections.abc import Iterable
from typing import Any

from runner.model.findings import Origin


class MarkedMap(dict[str, Any]):
    """A mapping with the place of itself, of each key and of each value."""

    __slots__ = ("at", "keys_at", "values_at")

    def __init__(self, at: Origin) -> None:
        super().__init__()
        self.at = at
        self.keys_at: dict[str, Origin] = {}
        self.values_at: dict[str, Origin] = {}

    def put(self, key: str, value: Any, *, key_at: Origin, value_at: Origin) -> None:
        """Set a key and remember the places of it and of its value."""
        self[key] = value
        self.keys_at[key] = key_at
        self.values_at[key] = value_at

    def take(self, other: "MarkedMap", keys: Iterable[str]) -> None:
        """Take keys of another mapping over, with their places."""
        for key in keys:
            self.put(key, other[key], key_at=other.keys_at[key], value_at=other.values_at[key])


class MarkedList(list[Any]):
    """A list with the place of itself and of each item."""

    __slots__ = ("at", "items_at")

    def __init__(self, at: Origin) -> None:
        super().__init__()
        self.at = at
        self.items_at: list[Origin] = []


def place(
    root: MarkedMap | MarkedList, path: Iterable[str | int], *, key: str | None = None
) -> Origin:
    """Return where the value at a path stands, or where a key of that value stands.

    What was not read from a file stands where the nearest thing around it stands.
    """
    node: Any = root
    at = root.at
    for step in path:
        at = _child_at(node, step, default=at)
        node = node[step]
    if key is not None and isinstance(node, MarkedMap):
        return node.keys_at.get(key, at)
    return at


def _child_at(node: Any, step: str | int, *, default: Origin) -> Origin:
    if isinstance(node, MarkedMap):
        return node.values_at.get(str(step), default)
    if isinstance(node, MarkedList) and isinstance(step, int) and step < len(node.items_at):
        return node.items_at[step]
    return default
