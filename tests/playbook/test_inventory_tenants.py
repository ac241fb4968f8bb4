"""What a right inventory becomes: tenants, variables by precedence, patterns."""

import pytest

from runner.model.findings import Origin, PlaybookError
from runner.model.spec import Auth, Channel, SecretRef
from runner.playbook import load, load_inventory
from tests.playbook.files import codes, options

GUID = "8f14e45f-ceea-467f-a0e6-0d1f0c8b3a11"
NESTED = """\
all:
  vars: {timezone: UTC, where: all}
  children:
    europe:
      vars: {where: parent}
      children:
        italy:
          vars: {where: child}
          tenants:
            contoso: {where: tenant}
            fabrikam:
    pilot:
      tenants: {contoso: , acme: }
"""
PLAY = """\
- tenants: all
  name: "{{ where }}"
  desired_state: {subscriptions: []}
"""


def names(inventory, *patterns, **more):
    return [each.name for each in load_inventory(options(inventory, **more), tenants=patterns)]


PATTERNS = [
    ("all", ["contoso", "acme", "fabrikam"]),
    ("*", ["contoso", "acme", "fabrikam"]),
    ("italy", ["contoso", "fabrikam"]),
    ("europe", ["contoso", "fabrikam"]),
    ("pilot:fabrikam", ["contoso", "acme", "fabrikam"]),
    ("fabrikam,pilot", ["fabrikam", "contoso", "acme"]),
    ("europe:!contoso", ["fabrikam"]),
    ("europe:&pilot", ["contoso"]),
    ("!pilot", ["fabrikam"]),
    ("con*", ["contoso"]),
    ("acme : fabrikam", ["acme", "fabrikam"]),
    ("acme fabrikam", ["acme", "fabrikam"]),
    ("[ac]*o", ["contoso"]),
    ("?cme", ["acme"]),
    ("a*", ["acme"]),
    ("~.*o$", ["contoso"]),
    ("~(con|fab)", ["contoso", "fabrikam"]),
    ("~p[a-z]+,!~acme", ["contoso"]),
    ("europe[0]", ["contoso"]),
    ("europe[-1]", ["fabrikam"]),
    ("all[0:1]", ["contoso", "acme"]),
    ("all[1:]", ["acme", "fabrikam"]),
    ("all[1:]:!pilot[0]", ["acme", "fabrikam"]),
    ("&pilot", ["contoso", "acme"]),
    ("@lists/some.txt", ["fabrikam", "contoso"]),
    ("@lists/some.txt:!fabrikam", ["contoso"]),
    ("all:&@failed", ["acme"]),
    ("@failed", ["acme"]),
    ("ungrouped:acme", ["acme"]),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
def test_pattern_means_tenants(write, pattern, expected):
    inventory, more = write("i.yaml", NESTED), {"named_sets": {"failed": frozenset({"acme"})}}
    write("lists/some.txt", "fabrikam\n\n  italy[0]  \n")
    assert names(inventory, pattern, **more) == expected
    assert set(names(inventory, "all", limit=(pattern,), **more)) == set(expected)


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("contsoo", "no-such-tenant"),
        ("europe:!contsoo", "no-such-tenant"),
        ("x*", "no-such-tenant"),
        ("pilot:!pilot", "no-such-tenant"),
        ("", "no-such-tenant"),
        (",", "no-such-tenant"),
        ("~x.*", "no-such-tenant"),
        ("~(con", "pattern"),
        ("~[", "pattern"),
        ("europe[", "no-such-tenant"),
        ("europe]:acme", "no-such-tenant"),
        ("europe[0-2]", "pattern"),
        ("europe[2]", "no-such-tenant"),
        ("europe[-3]", "no-such-tenant"),
        ("europe[1:0]", "no-such-tenant"),
        ("all[5:7]", "no-such-tenant"),
        ("acme:contoso,fabrikam", "no-such-tenant"),
        ("ungrouped", "no-such-tenant"),
        ("!", "no-such-tenant"),
        ("u*", "no-such-tenant"),
        ("@missing.txt", "missing-file"),
        ("@failed", "no-such-tenant"),
    ],
)
def test_pattern_without_meaning_is_told(write, pattern, code):
    inventory = write("i.yaml", NESTED)
    for chosen, tenants in (((), (pattern,)), ((pattern,), ("all",))):
        with pytest.raises(PlaybookError) as caught:
            load_inventory(options(inventory, limit=chosen), tenants=tenants)
        assert {each.code for each in caught.value.problems} == {code}


def test_unknown_tenant_is_answered_with_the_nearest(write):
    with pytest.raises(PlaybookError) as caught:
        load_inventory(options(write("i.yaml", NESTED)), tenants=["contsoo"])
    assert caught.value.problems[0].hint == "did you mean `contoso`"


def test_limit_that_leaves_nothing_of_the_playbook_is_told(write):
    playbook = write("p.yaml", PLAY.replace("all", "acme"))
    with pytest.raises(PlaybookError) as caught:
        load([playbook], options=options(write("i.yaml", NESTED), limit=("fabrikam",)))
    assert codes(caught.value.problems) == ["no-such-tenant --limit"]


LAYERS = [
    ("where", "i.yaml", "where: nothing", {"contoso": "tenant", "fabrikam": "child"}),
    ("group", "group_vars/italy.yaml", "where: file", {"contoso": "tenant", "fabrikam": "file"}),
    ("all", "group_vars/all.yml", "where: file", {"contoso": "tenant", "fabrikam": "file"}),
    ("plain", "group_vars/italy", "where: file", {"fabrikam": "file"}),
    ("json", "group_vars/italy.json", '{"where": "file"}', {"fabrikam": "file"}),
    ("dir", "group_vars/italy/one.yaml", "where: file", {"fabrikam": "file"}),
    ("tenant", "tenant_vars/contoso.yaml", "where: file", {"contoso": "file"}),
    ("near", "plays/tenant_vars/contoso.yaml", "where: near", {"contoso": "near"}),
    ("near group", "plays/group_vars/italy.yaml", "where: near", {"fabrikam": "near"}),
]


@pytest.mark.parametrize(("_", "name", "content", "expected"), LAYERS)
def test_the_nearer_variable_wins(write, _, name, content, expected):
    write(name, content)
    inventory = write("i.yaml", NESTED)
    loaded = load([write("plays/p.yaml", PLAY)], options=options(inventory))
    found = {spec.tenant.name: spec.plays[0] for spec in loaded.specs}
    assert expected.items() <= found.items()


def test_files_of_inner_groups_win_over_files_of_all_wherever_they_stand(write):
    write("group_vars/italy.yaml", "where: italy\n")
    write("plays/group_vars/all.yaml", "where: all\n")
    play = PLAY.replace("all", "fabrikam")
    loaded = load([write("plays/p.yaml", play)], options=options(write("i.yaml", NESTED)))
    assert loaded.specs[0].plays == ("italy",)


def test_files_beside_the_playbook_win_over_files_beside_the_inventory(write):
    write("tenant_vars/acme.yaml", "where: far\nother: kept\n")
    write("plays/tenant_vars/acme.yaml", "where: near\n")
    play = PLAY.replace("{{ where }}", "{{ where }} {{ other }}").replace("all", "acme")
    loaded = load([write("plays/p.yaml", play)], options=options(write("i.yaml", NESTED)))
    assert loaded.specs[0].plays == ("near kept",)


def test_play_variables_win_over_tenants_and_extra_variables_over_all(write):
    inventory = write("i.yaml", NESTED)
    playbook = write("p.yaml", PLAY + "  vars: {where: play}\n")
    assert load([playbook], options=options(inventory)).specs[0].plays == ("play",)
    chosen = options(inventory, extra_vars=("where=extra",))
    assert load([playbook], options=chosen).specs[0].plays == ("extra",)


def test_extra_variables_reach_reserved_variables(write):
    chosen = options(write("i.yaml", NESTED), extra_vars=("timezone=Europe/Rome",))
    assert {each.timezone for each in load_inventory(chosen)} == {"Europe/Rome"}


def test_several_inventories_and_directories_are_merged_the_later_winning(write, tmp_path):
    write("dir/a.yaml", "all: {tenants: {contoso: {cloud: global}}}")
    write("dir/b.yml", "all: {tenants: {fabrikam: }}")
    write("dir/notes.txt", "no inventory")
    write("dir/group_vars/all.yaml", "timezone: Europe/Rome")
    later = write("later.yaml", "emea: {tenants: {contoso: {cloud: china}}}")
    contoso, fabrikam = load_inventory(options(tmp_path / "dir", later))
    assert (contoso.cloud, contoso.timezone, contoso.groups) == (
        "china",
        "Europe/Rome",
        ("all", "emea"),
    )
    assert fabrikam.cloud == "global"


def test_tenant_has_defaults_and_a_place(write):
    (tenant,) = load_inventory(options(write("i.yaml", "all: {tenants: {contoso: }}")))
    assert (tenant.tenant_id, tenant.cloud, tenant.auth) == (None, "global", Auth())
    assert (tenant.channel, tenant.timezone, tenant.graph_endpoint) == (Channel.AUTO, "UTC", None)
    assert tenant.where == Origin(file="i.yaml", line=1, column=17)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("http://127.0.0.1:8080/v1.0/", "http://127.0.0.1:8080/v1.0"),
        ("http://localhost:8080/beta", "http://localhost:8080/beta"),
        ("http://[::1]:8080/v1.0", "http://[::1]:8080/v1.0"),
        ("https://graph.example.com/x/v1.0", "https://graph.example.com/x/v1.0"),
        ("http://127.0.0.1:{{ port }}/v1.0", "http://127.0.0.1:8080/v1.0"),
    ],
)
def test_graph_endpoint_is_taken(write, said, expected):
    text = f'all: {{vars: {{port: 8080}}, tenants: {{contoso: {{graph_endpoint: "{said}"}}}}}}'
    (tenant,) = load_inventory(options(write("i.yaml", text)))
    assert tenant.graph_endpoint == expected


METHODS = [
    ("method: default", Auth()),
    ("method: azure_cli", Auth(method="azure_cli")),
    ("method: managed_identity", Auth(method="managed_identity")),
    (f"method: device_code, client_id: {GUID}", Auth(method="device_code", client_id=GUID)),
    (
        f"method: workload_identity, client_id: {GUID}, token_file: t",
        Auth(method="workload_identity", client_id=GUID, token_file="inv/t"),
    ),
    (
        f"method: client_secret, client_id: {GUID}, client_secret: {{file: s/x}}",
        Auth(method="client_secret", client_id=GUID, client_secret=SecretRef(file="inv/s/x")),
    ),
    (
        f"method: certificate, client_id: {GUID}, certificate: {{file: /etc/c.pem}},"
        " certificate_password: {env: PW}",
        Auth(
            method="certificate",
            client_id=GUID,
            certificate=SecretRef(file="/etc/c.pem"),
            certificate_password=SecretRef(env="PW"),
        ),
    ),
    (
        'method: token, token: {env: "{{ tenant.name | upper }}_TOKEN"}',
        Auth(method="token", token=SecretRef(env="CONTOSO_TOKEN")),
    ),
]


@pytest.mark.parametrize(("said", "expected"), METHODS)
def test_every_way_to_sign_in_is_read(write, said, expected):
    inventory = write("inv/i.yaml", f"all: {{tenants: {{contoso: {{auth: {{{said}}}}}}}}}")
    auth = load_inventory(options(inventory))[0].auth
    same_place = Auth(
        **{name: getattr(expected, name) for name in Auth.__slots__ if name != "where"},
        where=auth.where,
    )
    assert auth == same_place
