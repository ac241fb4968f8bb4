"""Filters of a partner's customers: by domain, name, relationship, or one by one."""

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import Any

from runner.model.customers import Customer
from runner.model.findings import Origin
from runner.playbook.problems import Problems, problem, short
from runner.playbook.tree import MarkedMap, place

Fits = Callable[[Customer], bool]
_ASPECTS: dict[str, Callable[[Customer], tuple[str, ...]]] = {
    "domain": lambda customer: (customer.domain,),
    "name": lambda customer: (customer.name,),
    "relationship": lambda customer: (customer.relationship,),
    "include": lambda customer: (customer.tenant_id, customer.domain, customer.name),
    "exclude": lambda customer: (customer.tenant_id, customer.domain, customer.name),
}


def filter_of(settings: MarkedMap, problems: Problems) -> Fits:
    """Return what says whether a customer fits every filter; case does not matter."""
    said = settings.get("filters") or {}
    rules = [(key, _patterns(said[key], settings, key=key, problems=problems)) for key in said]

    def fits(customer: Customer) -> bool:
        return all(
            any(pattern.search(text) for pattern in patterns for text in _ASPECTS[key](customer))
            != (key == "exclude")
            for key, patterns in rules
        )

    return fits


def _patterns(
    said: Any, settings: MarkedMap, *, key: str, problems: Problems
) -> tuple[re.Pattern[str], ...]:
    texts = [said] if isinstance(said, str) else said
    at = place(settings, ["filters", key])
    return tuple(each for text in texts for each in _compiled(text, at, problems=problems))


def _compiled(text: str, at: Origin, *, problems: Problems) -> Iterator[re.Pattern[str]]:
    """Yield the pattern of a text: a regular expression after `~`, else a name with `*` and `?`."""
    try:
        yield re.compile(
            text[1:] if text.startswith("~") else rf"\A{translate(text)}", re.IGNORECASE
        )
    except re.error as error:
        summary = f"`{short(text)}` is no regular expression: {error.msg}"
        hint = "correct what stands behind `~`"
        problems.add(problem("regular-expression", summary, at=at, hint=hint))
