"""Files of variables: which are read, when, and what is wrong with them."""

import pytest

from runner.model.findings import PlaybookError
from runner.playbook import load, load_inventory, validate
from tests.playbook.files import codes, options

INVENTORY = """\
all:
  children:
    emea: {tenants: {contoso: , fabrikam: }}
    apac: {tenants: {acme: }}
"""
PLAY = "- tenants: contoso\n  desired_state: {subscriptions: []}\n"
BROKEN = ("tenant_vars/fabrikam.yaml", "tenant_vars/acme/a.yaml", "group_vars/apac.yaml")


@pytest.mark.parametrize("broken", BROKEN)
def test_files_of_tenants_that_are_not_selected_are_not_read(write, broken):
    inventory, playbook = write("i.yaml", INVENTORY), write("p.yaml", PLAY)
    write(broken, "{ this is no YAML")
    assert [each.tenant.name for each in load([playbook], options=options(inventory)).specs] == [
        "contoso"
    ]
    assert load_inventory(options(inventory, limit=("contoso",)))
    assert codes(validate([playbook], options(inventory)))
    with pytest.raises(PlaybookError):
        load_inventory(options(inventory))


def problems(inventory):
    with pytest.raises(PlaybookError) as caught:
        load_inventory(options(inventory))
    return codes(caught.value.problems)


def test_two_files_for_one_name_are_an_error(write):
    write("group_vars/emea.yml", "x: 1\n")
    write("group_vars/emea/a.yaml", "x: 2\n")
    assert problems(write("i.yaml", INVENTORY)) == ["variable-files group_vars/emea.yml:1:1"]


def test_file_that_holds_no_variables_is_an_error(write):
    write("tenant_vars/acme.yaml", "[1, 2]\n")
    assert problems(write("i.yaml", INVENTORY)) == ["not-variables tenant_vars/acme.yaml:1:1"]


def test_files_of_a_directory_are_read_in_order_and_backups_are_not(write):
    write("tenant_vars/acme/10.yaml", "wave: 1\ntimezone: Europe/Rome\n")
    write("tenant_vars/acme/more/20.yml", "wave: 2\n")
    for backup in (".10.yaml", "30.yaml~", "30.bak"):
        write(f"tenant_vars/acme/{backup}", "{ this is no YAML")
    inventory = write("i.yaml", INVENTORY)
    assert load_inventory(options(inventory, limit=("acme",)))[0].timezone == "Europe/Rome"


RANGES = [
    ("t[1:3]", ["t1", "t2", "t3"]),
    ("t[01:10:4]-x", ["t01-x", "t05-x", "t09-x"]),
    ("[a:c].x", ["a.x", "b.x", "c.x"]),
    ("t[:1][y:z]", ["t0y", "t0z", "t1y", "t1z"]),
    ("t[9:11]", ["t9", "t10", "t11"]),
]


@pytest.mark.parametrize(("name", "expected"), RANGES)
def test_range_names_several_tenants(write, name, expected):
    inventory = write("i.yaml", f'all: {{tenants: {{"{name}": {{timezone: Europe/Rome}}}}}}')
    found = load_inventory(options(inventory))
    assert [each.name for each in found] == expected
    assert {each.timezone for each in found} == {"Europe/Rome"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("t[3:1]", "tenant-range"),
        ("t[z:a]", "tenant-range"),
        ("t[01:100]", "tenant-range"),
        ("t[1:3:0]", "tenant-range"),
        ("t[0:999999999][0:999999999]", "tenant-range"),
        ("t[a:9]", "wrong-key"),
        ("t[1-3]", "wrong-key"),
        ("t[1:]", "wrong-key"),
        ("t[1:2", "wrong-key"),
        (".t[1:2]", "wrong-key"),
    ],
)
def test_range_that_names_nothing_is_an_error(write, name, code):
    inventory = write("i.yaml", f'all: {{tenants: {{"{name}": }}}}')
    assert problems(inventory) == [f"{code} i.yaml:1:17"]


def test_name_of_a_tenant_and_a_group_is_an_error(write):
    inventory = write("i.yaml", "all: {children: {acme: {tenants: {acme: }}}}")
    assert problems(inventory) == ["name-twice i.yaml:1:35"]
