"""Every kind of wrong inventory is told with its place, and no secret is ever told."""

import pytest

from runner.model.findings import PlaybookError
from runner.playbook import load_inventory
from tests.playbook.files import codes, options

SECRET = "hunter2-Correct-Horse"
GUID = "8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"


def problems(chosen, **more):
    with pytest.raises(PlaybookError) as caught:
        load_inventory(chosen, **more)
    return caught.value.problems


TENANTS = [
    ("tenant_id: contoso", "wrong-value 1:38"),
    ("cloud: mars", "wrong-value 1:34"),
    ("channel: phone", "wrong-value 1:36"),
    ("timezone: Europe/Roma", "timezone 1:37"),
    ("timezone: ''", "wrong-value 1:37"),
    ('timezone: "a\\0b"', "timezone 1:37"),
    ("wave: 0", "wrong-value 1:33"),
    ("region-name: x", "wrong-key 1:27"),
    ("tenant: {name: x}", "wrong-key 1:27"),
    ("auth: {}", "missing-key 1:33"),
    ("auth: {method: password}", "wrong-value 1:42"),
    ("graph_endpoint: graph.microsoft.com/v1.0", "graph-endpoint 1:43"),
    ("graph_endpoint: http://graph.example.com/v1.0", "graph-endpoint 1:43"),
    ("graph_endpoint: http://127.0.0.1.example.com/v1.0", "graph-endpoint 1:43"),
    ("graph_endpoint: https://graph.microsoft.com", "graph-endpoint 1:43"),
    ("graph_endpoint: https://graph.microsoft.com/v1.0?x=1", "graph-endpoint 1:43"),
    ("graph_endpoint: https://x@graph.microsoft.com/v1.0", "graph-endpoint 1:43"),
    ("graph_endpoint: 'http://[::1/v1.0'", "graph-endpoint 1:43"),
    ("graph_endpoint: 'http://localhost:99999/v1.0'", "graph-endpoint 1:43"),
    ("tenant_id: '{{ nowhere }}'", "undefined-variable 1:38"),
    ("vars: no", "ambiguous-scalar 1:33"),
]


@pytest.mark.parametrize(("variable", "expected"), TENANTS)
def test_wrong_variable_of_a_tenant_is_told(write, variable, expected):
    inventory = write("i.yaml", "all: {tenants: {contoso: {%s}}}".replace("%s", variable))
    code, place = expected.split()
    assert codes(problems(options(inventory))) == [f"{code} i.yaml:{place}"]


FILES = [
    ("", "not-an-inventory"),
    ("[]", "not-an-inventory"),
    ("[production]\ncontoso tenant_id=x\n", "not-an-inventory"),
    ("# comment\n\n[production]\ncontoso\n", "not-an-inventory"),
    ("#!/bin/sh\necho '{}'\n", "not-an-inventory"),
    ("all: {hosts: {}}", "unknown-key"),
    ("all: []", "wrong-value"),
    ("{}", "wrong-value"),
    ("a b: {}", "wrong-key"),
    ("all: {children: {a: {children: {b: {children: {a: }}}}}}", "group-cycle"),
    ("all: {children: {a: {children: {all: }}}}", "group-cycle"),
    ("all: {tenants: {contoso: {}, contoso: {}}}", "duplicate-key"),
    (b"\x00", "not-text"),
]


@pytest.mark.parametrize(("content", "code"), FILES)
def test_file_that_is_no_inventory_is_told(write, content, code):
    found = problems(options(write("hosts", content)))
    assert found[0].code == code
    assert found[0].hint


def test_ansible_word_for_tenants_lists_the_right_keys(write):
    (found,) = problems(options(write("i.yaml", "all: {hosts: {}}")))
    assert "`tenants`" in found.hint


LITERALS = [
    f"{{method: client_secret, client_id: {GUID}, client_secret: {SECRET}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: '{{{{ secret }}}}'}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: {{env: '{SECRET} x'}}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: {{value: {SECRET}}}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: {{{SECRET}: env}}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: [{SECRET}]}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: {{env: [{SECRET}]}}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: !vault {SECRET}}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: !{SECRET} x}}",
    f"{{method: client_secret, client_id: {GUID}, client_secret: *{SECRET}}}",
    f'{{method: client_secret, client_id: {GUID}, client_secret: "\\q{SECRET}"}}',
    f"{{method: client_secret, client_id: {GUID}, client_secret: {{env: '{{{{ {SECRET}'}}}}",
    f"{{method: client_secret, client_id: {SECRET}, client_secret: {{env: A}}}}",
    f"{{method: certificate, client_id: {GUID}, certificate: {SECRET}}}",
    f"{{method: token, token: {SECRET}}}",
    f"{{method: {SECRET}}}",
    f"{SECRET}",
    f"[{SECRET}]",
    "{method: token, token: '{{ secret }}'}",
    "'{{ signin }}'",
]


@pytest.mark.parametrize("auth", LITERALS)
def test_literal_secret_is_refused_and_never_told(write, auth):
    inventory = write("i.yaml", f"all: {{tenants: {{contoso: {{auth: {auth}}}}}}}")
    extra = (f"secret={SECRET}", f"{{signin: {{method: token, token: {SECRET}}}}}")
    found = problems(options(inventory, extra_vars=extra))
    assert found
    assert SECRET not in repr(found)
    assert "hunter2" not in repr(found).lower()


METHODS = [
    ("{method: client_secret}", ["missing-key", "missing-key"]),
    (f"{{method: certificate, client_id: {GUID}}}", ["missing-key"]),
    ("{method: token}", ["missing-key"]),
    (f"{{method: azure_cli, client_id: {GUID}}}", ["wrong-key"]),
    ("{method: default, token: {env: A}}", ["wrong-key"]),
    ("{method: token, token: {env: A, file: b}}", ["literal-secret"]),
    ("{method: token, token: {env: A}, tokn: x}", ["unknown-key"]),
]


@pytest.mark.parametrize(("auth", "expected"), METHODS)
def test_every_method_has_its_own_keys(write, auth, expected):
    inventory = write("i.yaml", f"all: {{tenants: {{contoso: {{auth: {auth}}}}}}}")
    found = {(each.code, each.summary): each.code for each in problems(options(inventory))}
    assert set(expected) <= set(found.values())


def test_sibling_groups_that_disagree_name_both_places(write):
    inventory = write(
        "i.yaml",
        "all:\n  children:\n"
        "    a: {vars: {cloud: global}, tenants: {contoso: }}\n"
        "    b: {vars: {cloud: china}, tenants: {contoso: }}\n",
    )
    (found,) = problems(options(inventory))
    assert codes((found,)) == ["variable-conflict i.yaml:4:16"]
    assert "i.yaml:3" in found.summary


def test_the_tenant_settles_what_groups_disagree_on(write):
    inventory = write(
        "i.yaml",
        "all:\n  children:\n"
        "    a: {vars: {cloud: global}, tenants: {contoso: {cloud: china}}}\n"
        "    b: {vars: {cloud: us_gov_dod}, tenants: {contoso: }}\n",
    )
    assert load_inventory(options(inventory))[0].cloud == "china"


def test_two_values_for_one_tenant_in_one_file_are_told(write):
    inventory = write(
        "i.yaml",
        "all:\n  children:\n"
        "    a: {tenants: {contoso: {cloud: global}}}\n"
        "    b: {tenants: {contoso: {cloud: china}}}\n",
    )
    assert codes(problems(options(inventory))) == ["variable-conflict i.yaml:4:29"]


def test_wrong_variable_files_are_told(write):
    inventory = write("i.yaml", "all: {children: {a: {tenants: {contoso: }}}}")
    write("group_vars/a.yaml", "cloud: mars\n")
    write("tenant_vars/contoso.yml", "- list\n")
    assert codes(problems(options(inventory))) == [
        "wrong-value group_vars/a.yaml:1:8",
        "not-variables tenant_vars/contoso.yml:1:1",
    ]


def test_missing_inventory_and_empty_directory_are_told(write, tmp_path):
    write("empty/notes.txt", "x")
    found = problems(options(tmp_path / "none.yaml", tmp_path / "empty"))
    assert sorted(each.code for each in found) == ["empty-inventory", "missing-file"]
    (none,) = problems(options())
    assert none.code == "no-inventory"
