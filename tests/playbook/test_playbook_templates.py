"""Templates fill values, after the YAML is read, and can neither escape nor run away."""

import time

import pytest

from runner.model.spec import SeatsExactly
from runner.playbook import load
from tests.playbook.files import E5, INVENTORY, codes, options, problems_of

PLAY = """\
- tenants: contoso
  name: for {{ tenant.name }}
  vars: {a: "{{ b }}", b: 3, loop1: "{{ loop2 }}", loop2: "{{ loop1 }}"}
  desired_state:
    subscriptions:
      - sku: Office 365 E5
        state: active
        purchase: {term: annual, billing: monthly}
        seats: VALUE
"""


def seats(write, value, **more):
    playbook = write("p.yaml", PLAY.replace("VALUE", value))
    loaded = load([playbook], options=options(write("i.yaml", INVENTORY), **more))
    return loaded.specs[0].subscriptions[0].seats


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"{{ a + 1 }}"', 4),
        ("\"{{ a if tenant.name == 'contoso' else 0 }}\"", 3),
        ('"{{ missing | default(7) }}"', 7),
        ('"{{ tenant.groups | length }}"', 3),
    ],
)
def test_lone_expression_keeps_its_kind(write, value, expected):
    assert seats(write, value) == SeatsExactly(seats=expected)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [("b=9", 9), ("{b: 9}", 9), ('{"b": 9}', 9), ("a=8 b=9", 8), ("@vars.yaml", 12)],
)
def test_extra_variables_win(write, extra, expected):
    write("vars.yaml", "b: 12\n")
    assert seats(write, '"{{ a }}"', extra_vars=(extra,)) == SeatsExactly(seats=expected)


@pytest.mark.parametrize("extra", ["b", "=5", "{b", "[1]", "@none.yaml", "tenant=x", "b-c=1", ""])
def test_wrong_extra_variables_are_told(write, extra):
    playbook = write("p.yaml", PLAY.replace("VALUE", "5"))
    chosen = options(write("i.yaml", INVENTORY), extra_vars=(extra,))
    assert problems_of(playbook, chosen)


def test_text_around_an_expression_makes_text(write):
    text = PLAY.replace("VALUE", "5").replace("Office 365 E5", "Office {{ 360 + 5 }} E{{ a + 2 }}")
    loaded = load([write("p.yaml", text)], options=options(write("i.yaml", INVENTORY)))
    assert loaded.specs[0].subscriptions[0].sku == E5
    assert loaded.specs[0].plays == ("for contoso",)


def test_a_variable_cannot_add_keys(write):
    text = PLAY.replace("VALUE", "5").replace("Office 365 E5", '"{{ x }}"')
    chosen = options(write("i.yaml", INVENTORY), extra_vars=('{x: "E5}\\n      - {sku: y"}',))
    (found,) = problems_of(write("p.yaml", text), chosen)
    assert found.code == "unknown-sku"


WRONG = [
    ("'{{ sets }}'", "undefined-variable"),
    ("'{{ tenant.nmae }}'", "undefined-variable"),
    ("'{{ loop1 }}'", "variable-cycle"),
    ("'{{ a '", "template"),
    ("'{{ a | nofilter }}'", "template"),
    ("'{{ 1 / 0 }}'", "template"),
    ("'{{ a.__class__.__mro__ }}'", "template"),
    ("'{{ \"\".format }}'", "template"),
    ("'{{ \"%999999999d\" % 1 }}'", "template"),
    ("'{{ \"x\" * 999999999 }}'", "template"),
    ("'{{ 9 ** 999999999 }}'", "template"),
    ("'{{ range(999999999) | list }}'", "template"),
    ("'{{ 1.5 | round(999999999, \"ceil\") }}'", "template"),
    ("'{% set x = 1 %}{{ x }}'", "template"),
    ("'{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'", "template"),
    ("'{% include \"x\" %}'", "template"),
    ("'{{ \"{}\".format(1) }}'", "template"),
    ("'{{ tenant.clear() }}'", "template"),
    ("'{{ a }} seats'", "wrong-value"),
]


@pytest.mark.parametrize(("value", "code"), WRONG)
def test_template_without_a_value_is_told_at_its_place(write, value, code):
    playbook = write("p.yaml", PLAY.replace("VALUE", value))
    found = problems_of(playbook, options(write("i.yaml", INVENTORY)))
    line = "3:59" if code == "variable-cycle" else "9:16"
    assert codes(found) == [f"{code} p.yaml:{line}"]


def test_loops_have_a_budget(write):
    text = "{% for a in x %}" * 8 + "y" + "{% endfor %}" * 8
    chosen = options(write("i.yaml", INVENTORY), extra_vars=(f"{{x: [{', '.join('1' * 40)}]}}",))
    started = time.monotonic()
    found = problems_of(write("p.yaml", PLAY.replace("VALUE", f"'{text}'")), chosen)
    assert [each.code for each in found] == ["template"]
    assert time.monotonic() - started < 20


def test_filters_cannot_build_large_text(write):
    grown = "'aaaaaaaaaaaaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')" * 40
    playbook = write("p.yaml", PLAY.replace("VALUE", f'"{{{{ {grown} }}}}"'))
    found = problems_of(playbook, options(write("i.yaml", INVENTORY)))
    assert [each.code for each in found] == ["template"]


def test_simple_loops_are_available(write):
    text = PLAY.replace("VALUE", "5").replace(
        "for {{ tenant.name }}", "'{% for g in tenant.groups %}{{ g }} {% endfor %}'"
    )
    loaded = load([write("p.yaml", text)], options=options(write("i.yaml", INVENTORY)))
    assert loaded.specs[0].plays == ("production pilot all ",)
