"""Patterns of tenants, as Ansible's patterns of hosts: unions, exclusions, ranges, expressions."""

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from runner.model.findings import Origin
from runner.playbook.inventory import Inventory
from runner.playbook.problems import Problems, nearest, or_list, problem, short
from runner.playbook.text import read_text

FAILED = "failed"
"""The name after `@` that means the tenants of the last run that failed, never a file."""

_BETWEEN_COLONS = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\]|[\[\]])+")
_NUMBERED = re.compile(r"(.+)\[(?:(-?\d{1,9})|(\d{1,9})([:-])(\d{0,9}))\]", re.ASCII)
_BUILT_IN = ("all", "ungrouped")


AskGroup = Callable[[str], Collection[str] | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The terms of a pattern and the place that wrote it."""

    terms: tuple[str, ...]
    at: Origin


class Selector:
    """Answers which tenants a pattern means; a term that matches nothing is a problem.

    `ask` answers for groups whose tenants are not known before they are named, None for others.
    Source: ansible-core 2.19, `inventory/manager.py`, read 2026-11-23.
    """

    def __init__(
        self,
        inventory: Inventory,
        *,
        named_sets: Mapping[str, frozenset[str]],
        ask: AskGroup = lambda _: None,
        problems: Problems,
    ) -> None:
        self._inventory = inventory
        self._named_sets = named_sets
        self._ask = ask
        self._problems = problems
        self._known: dict[str, list[str]] = {}

    def select(self, pattern: Pattern) -> dict[str, None]:
        """Return the tenants in the order of the terms: unions, then intersections, exclusions."""
        terms = [each for term in pattern.terms for each in self._expanded(term, pattern.at)]
        if not terms:
            return {}
        chosen: dict[str, None] = {}
        for term in [term for term in terms if term[0] not in "&!"] or ["all"]:
            chosen.update(dict.fromkeys(self._term(term, pattern.at)))
        for mark in "&!":
            for term in [term[1:] for term in terms if term[0] == mark]:
                meant = set(self._term(term, pattern.at))
                chosen = {name: None for name in chosen if (name in meant) == (mark == "&")}
        return chosen

    def _expanded(self, term: str, at: Origin) -> Iterator[str]:
        """Yield the patterns in a file, one in each line; any other term as it is."""
        if not term.startswith("@") or term == f"@{FAILED}":
            yield term
            return
        text = read_text(Path(at.file).parent / term[1:], self._problems)
        yield from (line.strip() for line in (text or "").splitlines() if line.strip())

    def _term(self, term: str, at: Origin) -> list[str]:
        told = len(self._problems)
        found = self._known.get(term) or self._find(term, at)
        if len(self._problems) == told:
            self._known[term] = found
        return found

    def _find(self, term: str, at: Origin) -> list[str]:
        if term == f"@{FAILED}":
            return self._failed(at)
        numbered = None if term.startswith("~") else _NUMBERED.fullmatch(term)
        if not numbered:
            return self._matches(term, term, at=at)
        expression, index, first, sign, last = numbered.groups()
        if sign == "-":
            summary = f"`{short(term)}` may number tenants or characters"
            hint = f"write `[{first}:{last}]` for tenants, or list the characters, as `[012]`"
            self._tell("pattern", summary, at=at, hint=hint)
            return []
        found = self._matches(expression, term, at=at)
        chosen = found[int(first) : int(last) + 1 if last else None] if first else found
        if index:
            place = int(index)
            chosen = found[place:][:1] if -len(found) <= place else []
        if found and not chosen:
            summary = f"`{short(term)}` is beyond the {len(found)} it counts"
            self._tell("no-such-tenant", summary, at=at, hint="the first is `[0]`, the last `[-1]`")
        return chosen

    def _matches(self, expression: str, term: str, *, at: Origin) -> list[str]:
        """Return the tenants of every group that fits, then the tenants that fit by themselves.

        An expression with a wildcard never means `all` or `ungrouped`, or `a*` were everybody.
        """
        tenants, groups = self._inventory.tenants, self._inventory.groups
        if expression in tenants:
            return [expression]
        told = len(self._problems)
        fits = self._matcher(expression, at)
        is_wide = expression.startswith("~") or any(sign in expression for sign in "*?[")
        built_in = _BUILT_IN if is_wide and expression != "*" else ()
        fitting = [name for name in groups if name not in built_in and fits(name)]
        found = [tenant for name in fitting for tenant in self._in(name)]
        if is_wide or not fitting:
            found += filter(fits, tenants)
        if not found and not fitting and len(self._problems) == told:
            self._tell_unknown(term, at)
        return found

    def _in(self, group: str) -> Collection[str]:
        asked = self._ask(group)
        return self._inventory.members(group) if asked is None else asked

    def _matcher(self, expression: str, at: Origin) -> Callable[[str], object]:
        is_regular = expression.startswith("~")
        try:
            with warnings.catch_warnings(action="ignore"):
                return re.compile(expression[1:] if is_regular else translate(expression)).match
        except (re.error, RecursionError, OverflowError) as error:
            summary = f"`{short(expression)}` is no regular expression: {error}"
            hint = "between commas and colons stands one expression"
            self._tell("pattern", summary, at=at, hint=hint)
            return lambda _: None

    def _failed(self, at: Origin) -> list[str]:
        if FAILED not in self._named_sets:
            summary = f"`@{FAILED}` is not known here"
            hint = "it names the tenants of a playbook's last run that failed"
            self._tell("no-such-tenant", summary, at=at, hint=hint)
        meant = self._named_sets.get(FAILED, ())
        return [name for name in self._inventory.tenants if name in meant]

    def _tell_unknown(self, term: str, at: Origin) -> None:
        if self._inventory.is_open:
            return
        known = [*self._inventory.groups, *self._inventory.tenants]
        close = nearest(term, known)
        hint = f"did you mean {or_list(close)}" if close else "`all` names every tenant"
        if ":" in term and "[" not in term:
            hint = "colons do not separate where commas do, write commas only"
        summary = f"`{short(term)}` is neither a tenant nor a group of the inventory"
        self._tell("no-such-tenant", summary, at=at, hint=hint)

    def _tell(self, code: str, summary: str, *, at: Origin, hint: str) -> None:
        self._problems.add(problem(code, summary, at=at, hint=hint))


def pattern_of(texts: Iterable[str], at: Origin) -> Pattern:
    """Return the pattern of one or several texts, each a list with commas, else with colons.

    Source: ansible-core 2.19, `split_host_pattern`, read 2026-11-23; tenants have no ports, and a
    bracket without its partner is kept, so that its term is told instead of meaning more.
    """
    terms = (term.strip() for text in texts for term in _terms(text))
    return Pattern(tuple(term for term in terms if term), at)


def _terms(text: str) -> list[str]:
    return text.split(",") if "," in text else _BETWEEN_COLONS.findall(text)
