"""What a rule asks of a plan: a condition or a JSON Schema, and what is said where it refuses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry

from runner.model.findings import Finding, Origin, Severity
from runner.playbook.complaints import shown
from runner.playbook.templates import Template, TemplateProblem

Objection = Callable[[Mapping[str, Any]], str | None]
"""Answers why a rule refuses, an empty text where its message says all, or None."""

MOST_TOLD = 400
MOST_CHECKS = 1_000_000
"""Keywords of a JSON Schema that are applied to one tenant: references can multiply without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A rule as it is asked of one tenant; whatever cannot be answered refuses."""

    code: str
    message: Template
    objection: Objection
    hint: str
    is_acceptable: bool
    at: Origin

    def __call__(self, facts: Mapping[str, Any]) -> Finding | None:
        """Return what the rule has against a tenant."""
        try:
            objection = self.objection(facts)
            if objection is None:
                return None
            said = _line(str(self.message.render(facts)))
        except TemplateProblem as wrong:
            return self._refusal(
                f"this rule cannot be judged: {wrong.summary}",
                hint="mend the rule, and plan again",
                is_acceptable=False,
            )
        accepting = f"accept it once with `--accept {self.code}`" if self.is_acceptable else ""
        hint = ", or ".join(each for each in (self.hint, accepting) if each)
        return self._refusal(
            f"{said}: {objection}" if objection else said,
            hint=hint or "change the plan: this rule cannot be accepted",
            is_acceptable=self.is_acceptable,
        )

    def _refusal(self, summary: str, *, hint: str, is_acceptable: bool) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            code=self.code,
            summary=summary,
            hint=hint,
            where=str(self.at),
            is_acceptable=is_acceptable,
        )


def _line(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(clean.split())[:MOST_TOLD] or "this rule refuses the plan"


def condition(asked: Template) -> Objection:
    """Return the question whether a condition is true; anything but true and false refuses."""

    def objection(facts: Mapping[str, Any]) -> str | None:
        value = asked.render(facts)
        if not isinstance(value, bool):
            said = f"its condition gives {shown(value)}, not true or false"
            raise TemplateProblem("not-a-condition", said)
        return "" if value else None

    return objection


def fitting(schema: Mapping[str, Any]) -> Objection:
    """Return the question whether a tenant's plan fits a JSON Schema; nothing is fetched for it."""

    def objection(facts: Mapping[str, Any]) -> str | None:
        validator = _bounded()(schema, registry=Registry())
        try:
            error = next(validator.iter_errors(facts["tenant"]), None)
        except Exception as wrong:
            said = f"its schema cannot be used: {_first_words(wrong)}"
            raise TemplateProblem("schema", said) from wrong
        if error is None:
            return None
        asked = f"`{error.validator}: {shown(error.validator_value)}`"
        return f"{error.json_path} is {shown(error.instance)}, the schema asks for {asked}"

    return objection


def _bounded() -> Any:
    """Return a kind of validator that ends, however often a schema refers to itself."""
    turns = iter(range(MOST_CHECKS))

    def counted(check: Callable[..., Any]) -> Callable[..., Any]:
        def apply(*call: Any) -> Any:
            if next(turns, None) is None:
                raise TemplateProblem("schema", f"more than {MOST_CHECKS:,} checks")
            return check(*call)

        return apply

    checks = {name: counted(each) for name, each in Draft202012Validator.VALIDATORS.items()}
    return extend(Draft202012Validator, validators=checks)  # type: ignore[no-untyped-call]


def _first_words(error: Exception) -> str:
    return re.split(r"[\n:]", str(error).strip())[0][:80].lower() or type(error).__name__.lower()
