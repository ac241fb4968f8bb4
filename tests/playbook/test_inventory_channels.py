"""Settings of Partner Center and Azure billing: what they become, and what is wrong with them."""

import pytest

from runner.catalog import is_country
from runner.model.findings import Origin, PlaybookError
from runner.model.ids import sku_id, tenant_id
from runner.model.spec import Auth, AzureBilling, Channel, PartnerCenter, SecretRef
from runner.playbook import load, load_inventory, validate
from tests.playbook.files import E4, E5, codes, options, problems_of

PARTNER = "8F14E45F-CEEA-467F-A0E6-0D1F0C8B3A11"
SECRET = "hunter2-Correct-Horse"
GOOD = """\
all:
  vars:
    port: 8080
    auth: {method: azure_cli}
    partner_center:
      tenant_id: 8F14E45F-CEEA-467F-A0E6-0D1F0C8B3A11
      auth: {method: token, token: {env: "{{ tenant.name | upper }}_TOKEN"}}
      endpoint: "http://127.0.0.1:{{ port }}/partner/"
      country: "IT"
      products: {Office 365 E5: "CFQ7TTC0LF8S:0002", ENTERPRISEWITHSCAL: "{{ old }}"}
    old: "X1:001L"
  tenants:
    contoso:
      azure_billing:
        endpoint: https://billing.example.com
        writes: "{{ port == 8080 }}"
        billing_account: 5e98e158-0000-0000-0000-000000000001:5e98e158_2019-05-31
        billing_profile: BP-1
        invoice_section: IS_1
        products: {1392051D-0CB9-4B7A-88D5-621FEE5E8711: "XYZ:1"}
    fabrikam: {azure_billing: {}}
    acme: {partner_center: {auth: {method: default}}}
"""


def tenants_of(inventory):
    found = load_inventory(options(inventory, is_country=is_country))
    return {each.name: each for each in found}


def problems(inventory):
    with pytest.raises(PlaybookError) as caught:
        load_inventory(options(inventory, is_country=is_country))
    return caught.value.problems


def test_settings_of_partner_center_are_read_whole(write):
    contoso = tenants_of(write("inv/i.yaml", GOOD))["contoso"]
    assert contoso.partner_center == PartnerCenter(
        auth=Auth(
            method="token",
            token=SecretRef(env="CONTOSO_TOKEN"),
            where=Origin(file="inv/i.yaml", line=7, column=13),
        ),
        tenant_id=tenant_id(PARTNER),
        endpoint="http://127.0.0.1:8080/partner",
        country="IT",
        products={sku_id(E5): "CFQ7TTC0LF8S:0002", sku_id(E4): "X1:001L"},
        where=Origin(file="inv/i.yaml", line=6, column=7),
    )


def test_settings_of_azure_billing_are_read_whole_and_sign_in_as_the_tenant_does(write):
    contoso = tenants_of(write("i.yaml", GOOD))["contoso"]
    assert contoso.auth.method == "azure_cli"
    assert contoso.azure_billing == AzureBilling(
        auth=contoso.auth,
        endpoint="https://billing.example.com",
        writes=True,
        billing_account="5e98e158-0000-0000-0000-000000000001:5e98e158_2019-05-31",
        billing_profile="BP-1",
        invoice_section="IS_1",
        products={sku_id(E4): "XYZ:1"},
        where=Origin(file="i.yaml", line=15, column=9),
    )


def test_settings_have_defaults_and_those_of_a_tenant_replace_those_of_its_group(write):
    tenants = tenants_of(write("i.yaml", GOOD))
    billing = tenants["fabrikam"].azure_billing
    assert billing == AzureBilling(auth=tenants["fabrikam"].auth, where=billing.where)
    assert not billing.writes
    partner = tenants["acme"].partner_center
    assert partner == PartnerCenter(
        auth=Auth(method="default", where=partner.auth.where), where=partner.where
    )
    assert tenants["acme"].azure_billing is None


def test_a_whole_mapping_may_come_from_a_variable(write):
    text = "{tenants: {contoso: {pc: {auth: {method: token, token: {file: t}}, country: 'IT'},"
    inventory = write("inv/i.yaml", "all: " + text + ' partner_center: "{{ pc }}"}}}')
    partner = tenants_of(inventory)["contoso"].partner_center
    assert partner.country == "IT"
    assert partner.auth.token == SecretRef(file="inv/t")


BAD = [
    ("partner_center: §yes please", "wrong-value"),
    ("partner_center: {tenant_id: §contoso}", "wrong-value"),
    ("partner_center: {country: §it}", "wrong-value"),
    ("partner_center: {country: §XX}", "unknown-country"),
    ("partner_center: {auth: {method: §password}}", "wrong-value"),
    ("partner_center: {auth: §{}}", "missing-key"),
    ("partner_center: {§contry: IT}", "unknown-key"),
    ("partner_center: {§writes: true}", "unknown-key"),
    ("partner_center: {products: §[E5]}", "wrong-value"),
    ("partner_center: {products: {Office 365 E5: §CFQ7TTC0LF8S}}", "wrong-value"),
    ("partner_center: {products: {Office 365 E5: §'A:1:x'}}", "wrong-value"),
    ("partner_center: {products: {§Ofice 365 E5: 'A:1'}}", "unknown-sku"),
    ("partner_center: {products: {§E5: 'A:1'}}", "ambiguous-sku"),
    (
        "partner_center: {products: {Office 365 E5: 'A:1', §ENTERPRISEPREMIUM: 'B:1'}}",
        "same-sku",
    ),
    ("partner_center: {endpoint: §partner.example.com}", "channel-endpoint"),
    ("partner_center: {endpoint: §'http://partner.example.com'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'http://localhost.example.com'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'https://partner.example.com/v1'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'https://partner.example.com/v1.0/'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'https://x@partner.example.com'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'https://partner.example.com?x=1'}", "channel-endpoint"),
    ("partner_center: {endpoint: §'http://[::1'}", "channel-endpoint"),
    ("partner_center: {country: §'{{ nowhere }}'}", "undefined-variable"),
    ("azure_billing: {writes: §1}", "wrong-value"),
    ("azure_billing: {§write: true}", "unknown-key"),
    ("azure_billing: {§tenant_id: x}", "unknown-key"),
    ("azure_billing: {billing_account: §a/../b}", "wrong-value"),
    ("azure_billing: {billing_profile: §''}", "wrong-value"),
    ("azure_billing: {invoice_section: §[a]}", "wrong-value"),
    ("azure_billing: {endpoint: §'http://management.example.com'}", "channel-endpoint"),
    ("azure_billing: {products: {§Ofice 365 E5: 'A:1'}}", "unknown-sku"),
    ("channel: §partner_center", "channel-unconfigured"),
    ("channel: §azure_billing, partner_center: {}", "channel-unconfigured"),
    ("channel: §'{{ c }}', c: partner_center", "channel-unconfigured"),
]


@pytest.mark.parametrize(("settings", "code"), BAD)
def test_wrong_settings_are_told_with_their_place(write, settings, code):
    marked = f"all: {{tenants: {{contoso: {{{settings}}}}}}}"
    found = problems(write("i.yaml", f"# one line above\n{marked.replace('§', '')}"))
    assert codes(found) == [f"{code} i.yaml:2:{marked.index('§') + 1}"]
    assert found[0].hint


def test_the_nearest_key_and_the_nearest_product_are_named(write):
    inventory = write("i.yaml", "all: {tenants: {a: {partner_center: {contry: IT}}}}")
    assert problems(inventory)[0].hint == "did you mean `country`"
    inventory = write("i.yaml", "all: {tenants: {a: {azure_billing: {products: {Ofice: 'A:1'}}}}}")
    assert "`ENTERPRISEPREMIUM`" in problems(inventory)[0].hint


@pytest.mark.parametrize("channel", ["partner_center", "azure_billing"])
def test_a_secret_of_a_channel_is_a_reference_and_never_repeated(write, channel):
    text = "all: {tenants: {a: {%s: {auth: {method: token, token: " + SECRET + "}}}}}"
    found = problems(write("i.yaml", text.replace("%s", channel)))
    assert [each.code for each in found] == ["literal-secret"]
    assert SECRET not in repr(found)


def test_a_wrong_value_that_several_tenants_share_is_told_once(write):
    text = "all: {vars: {c: phone, channel: '{{ c }}'}, tenants: {contoso: , fabrikam: }}"
    assert codes(problems(write("i.yaml", text))) == ["wrong-value i.yaml:1:33"]


ENTRY = """\
- tenants: all
  desired_state:
    subscriptions:
      - sku: ENTERPRISEWITHSCAL
        state: cancelled
        channel: CHANNEL
"""


@pytest.mark.parametrize("channel", ["partner_center", "azure_billing"])
def test_an_entry_that_states_a_channel_needs_its_settings_in_every_tenant(write, channel):
    has = f"all: {{tenants: {{contoso: {{{channel}: {{}}}}, fabrikam: , acme: }}}}"
    playbook = write("p.yaml", ENTRY.replace("CHANNEL", channel))
    found = problems_of(playbook, options(write("i.yaml", has)))
    assert codes(found) == ["channel-unconfigured p.yaml:6:18"] * 2
    said = found[0].summary + found[1].summary
    assert "fabrikam" in said
    assert "acme" in said
    assert "contoso" not in said
    assert f"{channel}: {{" in found[0].hint


def test_an_entry_may_state_a_channel_of_which_there_are_settings(write):
    inventory = write("i.yaml", "all: {tenants: {a: {channel: manual, partner_center: {}}}}")
    playbook = write("p.yaml", ENTRY.replace("CHANNEL", "partner_center"))
    (spec,) = load([playbook], options=options(inventory)).specs
    assert spec.subscriptions[0].channel is Channel.PARTNER_CENTER
    assert spec.tenant.channel is Channel.MANUAL


def test_a_playbook_without_an_inventory_may_state_any_channel(write):
    playbook = write("p.yaml", ENTRY.replace("CHANNEL", "partner_center"))
    assert validate([playbook], options()) == ()
