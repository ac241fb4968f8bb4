"""The keys of the language that are read whole but cannot be carried out yet."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import eq
from typing import Any

from runner.model.spec import UnsupportedKey
from runner.playbook.tree import MarkedMap

_LATER_CHANNELS = ("partner_center", "azure_billing")


def _is_given(_: Any) -> bool:
    return True


def _is_later_channel(value: Any) -> bool:
    return value in _LATER_CHANNELS


_LATER: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "play": {"maintenance_window": _is_given},
    "pace": {"serial": _is_given, "max_fail_percentage": bool},
    "subscription": {
        "state": partial(eq, "renewal_off"),
        "when": partial(eq, "end_of_term"),
        "channel": _is_later_channel,
    },
    "variables": {
        "channel": _is_later_channel,
        "partner_center": _is_given,
        "azure_billing": _is_given,
        "wave": _is_given,
    },
}


def unsupported_in(part: str, rendered: MarkedMap) -> tuple[UnsupportedKey, ...]:
    """Return the keys of a rendered entry whose effect comes with a later version."""
    return tuple(
        UnsupportedKey(key=_spelled(key, rendered[key]), where=rendered.keys_at[key])
        for key, is_later in _LATER.get(part, {}).items()
        if key in rendered and is_later(rendered[key])
    )


def _spelled(key: str, value: Any) -> str:
    is_choice = isinstance(value, str) and key in ("state", "when", "channel")
    return f"{key}: {value}" if is_choice else key
