"""Decide which service plans exclude each other and which need one another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from runner.simulator.products import load_products
from runner.simulator.scenario import RulesEntry, ScenarioError

EXCLUDED = "MutuallyExclusiveViolation"
MISSING = "DependencyViolation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Hold why licenses cannot be as asked: the word of a group's member, the text of a call."""

    kind: str
    message: str
    plans: frozenset[str] = frozenset()
    sku_id: str | None = None


class Rules:
    """Hold the exclusions and dependencies that one tenant enforces.

    Source: Microsoft Entra, "Product names and service plan identifiers for licensing", last
    section, read 2026-11-22; each dependency names its own in `rules.json`.
    """

    def __init__(self, entry: RulesEntry) -> None:
        table = {} if entry.profile == "off" else _load_table()
        without = table.get("relaxed", ()) if entry.profile == "relaxed" else ()
        sets = table.get("exclusions", {}).items()
        self._exclusions = [
            frozenset(plans.values()) for service, plans in sets if service not in without
        ]
        self._exclusions += [_plan_ids(words) for words in entry.conflicts]
        self._needs: dict[str, frozenset[str]] = {}
        for rule in table.get("dependencies", ()):
            needed = frozenset(rule["needs"].values())
            self._needs |= dict.fromkeys(rule["plan"].values(), needed)
        for word, words in entry.dependencies.items():
            self._needs |= dict.fromkeys(_plan_ids([word]), _plan_ids(words))
        kindly = "refuse" if entry.profile == "strict" else "switch_off"
        self._switches_off = (entry.dependents or kindly) == "switch_off"
        self.violations = lru_cache(maxsize=4096)(self._violations)

    def disabled_with_dependents(
        self, sku_id: str, disabled: tuple[str, ...], *, others: frozenset[str]
    ) -> tuple[str, ...]:
        """Return the plans to switch off: those asked for and, if rules say so, their dependents.

        Order: a plan goes along when its own product has what it needs, switched off, and no
        other license leaves that on; what the product never had is a violation instead.
        """
        if not self._switches_off:
            return disabled
        own = plans_left_on(sku_id, ())
        left = own - frozenset(disabled)
        while gone := {plan for plan in left if self._is_stranded(plan, own, left | others)}:
            left -= gone
        return tuple(sorted({*disabled, *(own - left)}))

    def _is_stranded(self, plan: str, own: frozenset[str], left: frozenset[str]) -> bool:
        needed = self._needs.get(plan)
        return needed is not None and bool(needed & own) and not needed & left

    def _violations(self, plans: frozenset[str]) -> tuple[Violation, ...]:
        return (*self._excluded(plans), *self._missing(plans))

    def _excluded(self, plans: frozenset[str]) -> Iterable[Violation]:
        for members in self._exclusions:
            both = members & plans
            if len(both) > 1:
                text = ", ".join(sorted(both))
                yield Violation(
                    kind=EXCLUDED,
                    message="License assignment failed because service plans "
                    f"{text} are mutually exclusive.",
                    plans=both,
                )

    def _missing(self, plans: frozenset[str]) -> Iterable[Violation]:
        for plan, needed in self._needs.items():
            if plan in plans and not needed & plans:
                yield Violation(
                    kind=MISSING,
                    message=f"License assignment failed because service plan {plan} depends on "
                    f"the service plan(s) {', '.join(sorted(needed))}",
                    plans=needed | {plan},
                )


@lru_cache(maxsize=4096)
def plans_left_on(sku_id: str, disabled: tuple[str, ...]) -> frozenset[str]:
    """Return the service plans of a product that are not switched off."""
    return frozenset(load_products().by_id[sku_id].plans) - frozenset(disabled)


@cache
def _load_table() -> Mapping[str, Any]:
    text = resources.files("runner.simulator").joinpath("rules.json").read_text("utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def _plan_ids(words: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(load_products().plan_id(word) for word in words)
    except LookupError as error:
        raise ScenarioError(f"rules: {error}") from None
