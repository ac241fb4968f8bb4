"""What a JSON Schema finds, said in the program's own words with the place in the file."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from runner.model.findings import Finding
from runner.playbook.problems import nearest, or_list, problem, short
from runner.playbook.schemas import TEMPLATE_REF
from runner.playbook.tree import place

MOST_PROBLEMS = 1_000


def schema_problems(value: Any, validator: Any) -> Iterator[Finding]:
    """Yield what a schema finds wrong with a tree that was read from a file, up to a bound."""
    for error in islice(validator.iter_errors(value), MOST_PROBLEMS):
        for inner in _narrowed(error):
            yield from _said(inner, value)


def _narrowed(error: Any) -> Iterator[Any]:
    """Yield what is wrong inside the one alternative that was meant, else the error itself."""
    if error.validator != "anyOf":
        yield error
        return
    branches: dict[int, list[Any]] = {}
    for inner in error.context or ():
        index = inner.schema_path[0]
        if isinstance(index, int) and error.validator_value[index] != TEMPLATE_REF:
            branches.setdefault(index, []).append(inner)
    meant = [errors for errors in branches.values() if not _is_other_kind(errors, error)]
    if len(meant) != 1:
        yield error
        return
    for inner in meant[0]:
        yield from _narrowed(inner)


def _is_other_kind(errors: list[Any], parent: Any) -> bool:
    depth = len(parent.absolute_path)
    kinds = ("type", "const") if len(errors) == 1 else ("type",)
    return any(e.validator in kinds and len(e.absolute_path) == depth for e in errors)


def _said(error: Any, root: Any) -> Iterator[Finding]:
    is_secret = _is_secret(error)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        yield from _unknown_keys(error, root, is_secret=is_secret)
    elif error.validator in ("required", "dependentRequired"):
        yield from _missing_keys(error, root)
    elif "propertyNames" in error.absolute_schema_path:
        yield _wrong_key(error, root, key=error.instance)
    elif is_secret:
        yield problem(
            "literal-secret",
            f"`{_name(error)}` is not {_title(error)}",
            at=place(root, error.absolute_path),
            hint="write `{env: NAME}` or `{file: PATH}`, never the secret itself",
        )
    else:
        yield _wrong_value(error, root)


def _unknown_keys(error: Any, root: Any, *, is_secret: bool) -> Iterator[Finding]:
    allowed = tuple(error.schema.get("properties", {}))
    for key in error.instance:
        if key in allowed:
            continue
        close = nearest(key, allowed, most=1)
        hint = f"did you mean `{close[0]}`" if close else f"the keys here are {or_list(allowed)}"
        shown = "a key" if is_secret else f"`{short(key)}`"
        yield problem(
            "unknown-key",
            f"{shown} is not a key of {error.schema.get('title', 'this')}",
            at=place(root, error.absolute_path, key=key),
            hint=hint,
        )


def _missing_keys(error: Any, root: Any) -> Iterator[Finding]:
    needed = error.validator_value
    if error.validator == "dependentRequired":
        needed = [k for key, others in needed.items() if key in error.instance for k in others]
    for key in needed:
        if key not in error.instance:
            yield problem(
                "missing-key",
                f"`{key}` is missing",
                at=place(root, error.absolute_path),
                hint=f"add `{key}`",
            )


def _wrong_key(error: Any, root: Any, *, key: str) -> Finding:
    allowed = error.schema.get("enum", ())
    hint = f"the keys here are {or_list(allowed)}" if allowed else f"write {_title(error)}"
    return problem(
        "wrong-key",
        f"`{short(key)}` does not belong here",
        at=place(root, error.absolute_path, key=key),
        hint=hint,
    )


def _wrong_value(error: Any, root: Any) -> Finding:
    if error.validator == "minItems":
        summary = f"`{_name(error)}` is an empty list"
    elif error.validator == "uniqueItems":
        summary = f"`{_name(error)}` names something twice"
    elif error.validator in ("minProperties", "maxProperties"):
        summary = f"`{_name(error)}` holds {len(error.instance)} keys"
    elif "auth" in error.absolute_path:
        summary = (
            f"`{_name(error)}` is not {_title(error)}"
            if _titled(error)
            else (f"`{_name(error)}` is none of those that can be written here")
        )
    else:
        summary = f"`{_name(error)}` is {shown(error.instance)}"
    return problem(
        "wrong-value",
        summary,
        at=place(root, error.absolute_path),
        hint=f"write {_expected(error)}",
    )


def _expected(error: Any) -> str:
    if error.validator == "minProperties":
        return f"at least one of {or_list(error.schema.get('properties', ['all']))}"
    words = list(error.schema.get("enum", ()))
    for branch in error.schema.get("anyOf", ()):
        words += branch.get("enum", ())
    return or_list(map(str, words)) if words else _title(error)


def _titled(error: Any) -> bool:
    return isinstance(error.schema, dict) and "title" in error.schema


def _title(error: Any) -> str:
    return str(error.schema["title"]) if _titled(error) else "something else"


def _name(error: Any) -> str:
    """Return the last key of the path, the file itself when there is none."""
    names = [step for step in error.absolute_path if isinstance(step, str)]
    return names[-1] if names else "the file"


def _is_secret(error: Any) -> bool:
    return isinstance(error.schema, dict) and error.schema.get("writeOnly") is True


def shown(value: Any) -> str:
    """Return a value as it may stand in a message: short, and containers by kind only."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "empty"
    return short(json.dumps(value, ensure_ascii=False))
