"""Collect what is found in many tenants: each thing once, with counts, an example and names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.render.spreads import templated
from runner.render.words import counted, named

NAMED = 40
"""How many tenants are named for each reason; the others are counted."""

_OF_ONE_CALL = re.compile(
    r"\(request-id [^)]*\)|[0-9a-f]{8}-[0-9a-f-]{27}|https?://\S+|\b\d+ s\b", re.IGNORECASE
)
"""What differs between answers that say the same."""


@dataclass(slots=True)
class _Reason:
    """One thing that was found: the worst example, and in which tenants."""

    example: Mapping[str, Any]
    example_in: str = ""
    worst: int = -1
    total: int = 0
    noun: str = ""
    tenants: list[str] = field(default_factory=list)
    texts: set[tuple[str, str]] = field(default_factory=set)
    places: set[str] = field(default_factory=set)

    def add(self, tenant: str, finding: Mapping[str, Any]) -> None:
        counts = [part for part in templated(finding["summary"])[1] if isinstance(part[1], int)]
        noun, number = counts[0] if counts else ("", 0)
        self.noun, self.total = noun, self.total + int(number)
        if int(number) > self.worst:
            self.worst, self.example, self.example_in = int(number), finding, tenant
        self.tenants.append(tenant)
        self.texts.add((finding["summary"], finding["hint"]))
        self.places.add(finding["where"])

    def finding(self, tenants: int, *, names_everybody: bool) -> Mapping[str, Any]:
        """Return the finding that stands for all of them."""
        summary = self.example["summary"]
        many = len(self.tenants)
        each = f", {counted(self.worst, self.noun)} each" if self.noun and many > 1 else ""
        if len(self.texts) > 1:
            total = f", {counted(self.total, self.noun)} in all" if self.noun else ""
            such = f"{'most in' if self.noun else 'such as'} {self.example_in}"
            summary = f"{counted(many, 'tenant')}{total}, {such}: {summary}"
        elif many < tenants:
            summary = f"{many:,} of {counted(tenants, 'tenant')}{each}: {summary}"
        elif each:
            summary = f"{counted(many, 'tenant')}{each}: {summary}"
        where = self.example["where"] if len(self.places) == 1 else ""
        is_some = len(self.tenants) < tenants
        names = named(self.tenants, limit=NAMED) if names_everybody or is_some else ""
        return {**self.example, "summary": summary, "where": where, "tenants": names}


def _alike(text: str, tenant: str) -> tuple[str, ...]:
    """Return a text without what differs between tenants with the same trouble."""
    return templated(_OF_ONE_CALL.sub("\0", text).replace(tenant, "\0"))[0]


class Reasons:
    """What was found in the tenants of one shape, in the order it came."""

    def __init__(self, *, names_everybody: bool) -> None:
        self._names_everybody = names_everybody
        self._reasons: dict[Any, _Reason] = {}

    def add(self, tenant: str, finding: Mapping[str, Any]) -> None:
        """Add what was found in one tenant."""
        key = [finding["code"], finding["severity"], finding["accepted"]]
        if self._names_everybody:
            key += [_alike(finding[each], tenant) for each in ("summary", "hint")]
        self._reasons.setdefault(tuple(key), _Reason(finding)).add(tenant, finding)

    def findings(self, tenants: int) -> Sequence[Mapping[str, Any]]:
        """Return each thing once, of so many tenants in all."""
        return [
            each.finding(tenants, names_everybody=self._names_everybody)
            for each in self._reasons.values()
        ]
