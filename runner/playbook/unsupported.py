"""The keys of the language that are read whole but cannot be carried out yet."""

from collections.abc import Callable, Mapping
from typing import Any

from runner.model.spec import UnsupportedKey
from runner.playbook.tree import MarkedMap


def _is_given(_: Any) -> bool:
    return True


_LATER: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "play": {"maintenance_window": _is_given},
    "pace": {"serial": _is_given, "max_fail_percentage": bool},
    "variables": {"wave": _is_given},
}


def unsupported_in(part: str, rendered: MarkedMap) -> tuple[UnsupportedKey, ...]:
    """Return the keys of a rendered entry whose effect comes with a later version."""
    return tuple(
        UnsupportedKey(key=key, where=rendered.keys_at[key])
        for key, is_later in _LATER.get(part, {}).items()
        if key in rendered and is_later(rendered[key])
    )
