"""Decide which service plans exclude each other and which need one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from runner.simulator.products import load_products
from runner.simulator.scenario import RulesEntry, ScenarioError

RELAXED = ("Exchange", "SharePoint", "Skype")
CONFLICTS: Mapping[str, tuple[str, ...]] = {
    "SharePoint": (
        "5dbe027f-2339-4123-9542-606e4d348a72",
        "c7699d2e-19aa-44de-8edf-1736da088ca1",
        "902b47e5-dcb2-4fdc-858b-c63a90a2bdb9",
        "a1f3d0a8-84c0-4ae0-bae4-685917b8ab48",
        "afcafa6a-d966-4462-918c-ec0b4e0fe642",
        "a361d6e2-509e-4e25-a8ad-950060064ef4",
        "63038b2c-28d0-45f6-bc36-33062963b498",
        "6b5b6a67-fc72-4a1f-a2b5-beecf05de761",
        "0a4983bb-d3e5-4a09-95d8-b2d0127b3df5",
        "4c9efd0c-8de7-4c71-8295-9f5fdb0dd048",
    ),
    "Exchange": (
        "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "90927877-dcff-4af6-b346-2332c0b15bb7",
        "da040e0a-b393-4bea-bb76-928b3fa1cf5a",
        "4a82b400-a79f-41a4-b4e2-e94f5787b113",
        "1126bef5-da20-4f07-b45e-ad25d2581aa8",
        "fc52cc4b-ed7d-472d-bbe7-b081c23ecc56",
    ),
    "Skype": (
        "0feaeb32-d00e-4d66-bd5a-43b5b83db82c",
        "afc06cb0-b4f4-4473-8286-d644f70d8faf",
        "70710b6b-3ab4-4a38-9f6d-9f169461650a",
        "b2669e95-76ef-4e7e-a367-002f60a39f3e",
    ),
    "PSTN": (
        "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8",
        "5a10155d-f5c1-411a-a8ec-e99aae125390",
        "54a152dc-90de-4996-93d2-bc47e670fc06",
    ),
    "Yammer": (
        "7547a3fe-08ee-4ccb-b430-5077c5041653",
        "2078e8df-cff6-4290-98cb-5408261a760a",
        "41bf139a-4e60-409f-9346-a1361efc6dfb",
    ),
    "RMS": (
        "bea4c11e-220a-4e6d-8eb8-8ea15d019f90",
        "6a76346d-5d6e-4051-9fe3-ed3f312b5597",
    ),
    "Intune": (
        "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
        "3e170737-c728-4eae-bbb9-3f3360f7184c",
        "2dc63b8a-df3d-448f-b683-8655877c9360",
    ),
}
DEPENDENCIES: Mapping[str, tuple[str, ...]] = {
    "fe71d6c3-a2ea-4499-9778-da042bf08063": ("5dbe027f-2339-4123-9542-606e4d348a72",),
}


class Rules:
    """Hold the conflicts and dependencies that one tenant enforces.

    Source: Microsoft Entra, "Product names and service plan identifiers for licensing", last
    section, read 2026-11-22; the dependency of SHAREPOINT_PROJECT is a captured answer.
    """

    def __init__(self, entry: RulesEntry) -> None:
        on = {} if entry.profile == "off" else CONFLICTS
        without = RELAXED if entry.profile == "relaxed" else ()
        sets = [members for service, members in on.items() if service not in without]
        self._conflicts = [frozenset(members) for members in sets]
        self._conflicts += [_plan_ids(words) for words in entry.conflicts]
        needs = {} if entry.profile == "off" else DEPENDENCIES
        self._needs = {plan: frozenset(needed) for plan, needed in needs.items()}
        for word, words in entry.dependencies.items():
            self._needs |= dict.fromkeys(_plan_ids([word]), _plan_ids(words))
        self.switches_off_dependents = entry.dependents == "switch_off"
        self.violations = lru_cache(maxsize=4096)(self._violations)

    def dependents_of(self, disabled: frozenset[str], among: frozenset[str]) -> frozenset[str]:
        """Return the plans among these that nothing they need is left on for."""
        found = set(disabled)
        while True:
            more = {
                plan
                for plan, needed in self._needs.items()
                if plan in among
                and plan not in found
                and needed & among
                and needed & among <= found
            }
            if not more:
                return frozenset(found - disabled)
            found |= more

    def _violations(self, plans: frozenset[str]) -> tuple[str, ...]:
        found = []
        for members in self._conflicts:
            both = sorted(members & plans)
            if len(both) > 1:
                found.append(
                    "License assignment failed because service plans "
                    f"{', '.join(both)} are mutually exclusive."
                )
        for plan, needed in self._needs.items():
            if plan in plans and not needed & plans:
                found.append(
                    f"License assignment failed because service plan {plan} depends on "
                    f"the service plan(s) {', '.join(sorted(needed))}"
                )
        return tuple(found)


@lru_cache(maxsize=4096)
def plans_left_on(sku_id: str, disabled: tuple[str, ...]) -> frozenset[str]:
    """Return the service plans of a product that are not switched off."""
    return frozenset(load_products().by_id[sku_id].plans) - frozenset(disabled)


def _plan_ids(words: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset(load_products().plan_id(word) for word in words)
    except LookupError as error:
        raise ScenarioError(f"rules: {error}") from None
