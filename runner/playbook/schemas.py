"""The JSON Schemas of people's files, found in the installed package or in the repository."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

TEMPLATE_REF = {"$ref": "#/$defs/template"}


@cache
def read_schema(name: str) -> dict[str, Any]:
    """Return the schema `NAME.schema.json`, from the package or from the repository.

    Raises: FileNotFoundError when neither has it (a broken installation).
    """
    schema: dict[str, Any] = json.loads(schema_text(name))
    return schema


def schema_text(name: str) -> str:
    """Return the schema as the file that editors read.

    Raises: FileNotFoundError when neither package nor repository has it.
    """
    file_name = f"{name}.schema.json"
    packaged = resources.files("runner").joinpath("_schemas", file_name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    repository = Path(__file__).resolve().parents[2]
    return (repository / "schemas" / file_name).read_text(encoding="utf-8")


@cache
def validator(name: str, *, part: str = "", is_rendered: bool = False) -> Any:
    """Return the validator of a schema, or of one of its definitions.

    Before rendering a template may stand for any value; after it (`is_rendered`) none may.
    """
    schema = read_schema(name)
    definitions = schema["$defs"]
    if is_rendered:
        definitions = {**definitions, "template": False}
    if part:
        schema = {"$ref": f"#/$defs/{part}"}
    return _STRICT({**schema, "$defs": definitions})


def _pattern(*call: Any) -> Iterator[ValidationError]:
    """Match as ECMA 262 does: `$` is the end of the text, not also before a last line break."""
    _, pattern, text, _ = call
    strict = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(text, str) and not re.search(strict, text):
        yield ValidationError(f"does not match {pattern}")


def _is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_STRICT: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
