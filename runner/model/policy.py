"""What a rule of a repository is to a plan: a code and what it has against a tenant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.model.findings import Finding

Judge = Callable[[Mapping[str, Any]], Finding | None]
"""Answers what a rule has against `tenant` and `plan`, plain JSON values, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a policy; `is_acceptable` says whether a person may let it pass by its code."""

    code: str
    is_acceptable: bool
    judge: Judge
