"""The schemas are strict, described, and usable by editors as they are."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.playbook import read_schema

NAMES = ("playbook", "inventory")


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object inside a schema."""
    if isinstance(schema, dict):
        if "properties" in schema and "type" in schema:
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_a_schema(name):
    Draft202012Validator.check_schema(read_schema(name))
    assert read_schema(name)["$id"].startswith("urn:")


@pytest.mark.parametrize("name", NAMES)
def test_unknown_keys_are_refused_everywhere_but_in_variables(name):
    open_ones = {"a mapping of variables", "the pace of a play"}
    for schema in objects(read_schema(name)):
        assert schema.get("additionalProperties") is False or schema["title"] in open_ones


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described_for_editors(name):
    definitions = read_schema(name)["$defs"]
    for schema in objects(read_schema(name)):
        for key, inner in schema["properties"].items():
            part = definitions.get(inner.get("$ref", "").rsplit("/", 1)[-1], {})
            is_pace = inner.get("$ref", "").startswith("#/$defs/pace")
            assert inner.get("description") or part.get("description") or is_pace, key


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_the_schemas_are_right(name):
    schema = read_schema(name)
    for example in schema["examples"]:
        assert Draft202012Validator(schema).is_valid(example)


def test_templates_may_stand_where_numbers_do():
    play = {
        "tenants": "all",
        "limits": {"users": "{{ most }}"},
        "desired_state": {
            "subscriptions": [{"sku": "{{ x }}", "state": "{{ s }}", "seats": "{{ n }}"}]
        },
    }
    assert Draft202012Validator(read_schema("playbook")).is_valid([play])
