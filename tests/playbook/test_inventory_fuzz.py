"""Whatever stands in a pattern, in a name or in what a program prints is told, never a crash."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.findings import Origin
from runner.playbook.inventory import Inventory
from runner.playbook.inventory_scripts import add_script
from runner.playbook.inventory_tree import add_tree
from runner.playbook.options import ScriptAnswer
from runner.playbook.patterns import Selector, pattern_of
from runner.playbook.problems import Problems
from runner.playbook.tree import MarkedMap

AT = Origin(file="i.yaml")
SIGNS = st.text("ab1-2:,[]*?!&~@(){}^$|\\ .\n", max_size=20)
WORDS = st.sampled_from(["all", "hosts", "tenants", "children", "vars", "_meta", "hostvars", "a"])
SAID = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | SIGNS, inner, max_size=4),
    max_leaves=12,
)


def small_inventory(problems: Problems) -> Inventory:
    inventory = Inventory(problems, at=AT)
    inventory.add_group("ab", at=AT)
    inventory.add_tenant("a1", at=AT, inside="ab")
    inventory.add_tenant("b2", at=AT, inside="all")
    inventory.settle()
    return inventory


@settings(max_examples=300, deadline=None)
@given(SIGNS | st.text(max_size=20))
def test_any_text_is_a_pattern_or_a_problem(text):
    problems = Problems()
    inventory = small_inventory(problems)
    selector = Selector(inventory, named_sets={"failed": frozenset({"a1"})}, problems=problems)
    assert set(selector.select(pattern_of([text], AT))) <= {"a1", "b2"}
    assert all(each.hint for each in problems.all())


@settings(max_examples=300, deadline=None)
@given(SIGNS)
def test_any_key_names_tenants_or_is_a_problem(key):
    problems, tree, group, tenants = Problems(), MarkedMap(AT), MarkedMap(AT), MarkedMap(AT)
    tenants.put(key, None, key_at=AT, value_at=AT)
    group.put("tenants", tenants, key_at=AT, value_at=AT)
    tree.put("all", group, key_at=AT, value_at=AT)
    inventory = Inventory(problems, at=AT)
    add_tree(tree, inventory, problems=problems)
    assert bool(inventory.tenants) != bool(len(problems))


@settings(max_examples=500, deadline=None)
@given(SAID.map(json.dumps) | st.text(max_size=20))
def test_whatever_a_program_prints_is_taken_or_told(tmp_path_factory, text):
    problems = Problems()
    inventory = Inventory(problems, at=AT)
    path = tmp_path_factory.getbasetemp() / "program"
    add_script(path, inventory, run=lambda *_: ScriptAnswer(text=text), problems=problems)
    for tenant in inventory.tenants.values():
        tenant.all_pieces()
    inventory.settle()
    assert all(each.hint for each in problems.all())
