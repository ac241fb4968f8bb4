"""Patterns of tenants: names, groups, globs, unions, exclusions and intersections."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from runner.model.findings import Origin
from runner.playbook.inventory import Inventory
from runner.playbook.problems import Problems, nearest, or_list, problem, short

_SEPARATORS = re.compile(r"[,:]")
_LATER = {"~": "regular expressions", "@": "files of names"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """The terms of a pattern and the place that wrote it."""

    terms: tuple[str, ...]
    at: Origin


AskGroup = Callable[[str], Collection[str] | None]


class Selector:
    """Answers which tenants a pattern means; a term that matches nothing is a problem.

    `ask` answers for groups whose tenants are not known before they are named, None for others.
    """

    def __init__(self, inventory: Inventory, problems: Problems, *, ask: AskGroup) -> None:
        self._inventory = inventory
        self._ask = ask
        self._problems = problems
        self._members: dict[str, dict[str, None]] = {name: {} for name in inventory.groups}
        for tenant in inventory.tenants.values():
            for group in inventory.ancestors(tenant.parents):
                self._members[group][tenant.name] = None

    def select(self, pattern: Pattern) -> dict[str, None]:
        """Return the tenants in inventory order: unions, then intersections, then exclusions."""
        if not pattern.terms:
            return {}
        included: set[str] = set()
        narrowed: list[set[str]] = []
        excluded: set[str] = set()
        has_union = False
        for term in pattern.terms:
            if term.startswith("!"):
                excluded |= self._term(term[1:], pattern.at)
            elif term.startswith("&"):
                narrowed.append(self._term(term[1:], pattern.at))
            else:
                has_union = True
                included |= self._term(term, pattern.at)
        chosen = included if has_union else set(self._inventory.tenants)
        chosen = chosen.intersection(*narrowed) - excluded
        return {name: None for name in self._inventory.tenants if name in chosen}

    def _term(self, term: str, at: Origin) -> set[str]:
        if term[:1] in _LATER or "[" in term:
            kind = _LATER.get(term[:1], "ranges")
            hint = "name tenants and groups instead"
            summary = f"{kind} in patterns are not supported yet"
            self._problems.add(problem("unsupported-pattern", summary, at=at, hint=hint))
            return set()
        groups = [name for name in self._members if fnmatchcase(name, term)]
        is_glob = "*" in term or "?" in term
        found = {tenant for group in groups for tenant in self._in(group)}
        if is_glob or not groups:
            found |= {name for name in self._inventory.tenants if fnmatchcase(name, term)}
        if not found and not groups:
            self._tell_unknown(term, at)
        return found

    def _in(self, group: str) -> Collection[str]:
        asked = self._ask(group)
        return self._members[group] if asked is None else asked

    def _tell_unknown(self, term: str, at: Origin) -> None:
        if self._inventory.is_open:
            return
        known = [*self._inventory.groups, *self._inventory.tenants]
        close = nearest(term, known)
        hint = f"did you mean {or_list(close)}" if close else "`all` names every tenant"
        summary = f"`{short(term)}` is neither a tenant nor a group of the inventory"
        self._problems.add(problem("no-such-tenant", summary, at=at, hint=hint))


def pattern_of(texts: Iterable[str], at: Origin) -> Pattern:
    """Return the pattern of one or several texts, each a list with commas or colons."""
    terms = (term.strip() for text in texts for term in _terms(text))
    return Pattern(tuple(term for term in terms if term), at)


def _terms(text: str) -> list[str]:
    is_whole = text.startswith(("~", "@")) or "[" in text
    return [text] if is_whole else _SEPARATORS.split(text)
