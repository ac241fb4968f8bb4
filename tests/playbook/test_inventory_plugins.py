"""Tenants that a plugin finds: which of a partner's customers, their names, what they get."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.model.customers import Customer
from runner.model.findings import Finding, PlaybookError, ProviderError, Severity
from runner.model.ids import tenant_id
from runner.model.spec import Auth, Tenant
from runner.playbook import load, load_inventory, validate
from tests.playbook.files import codes, options, problems_of

PARTNER = "45c48cce-2e2d-4fbd-a1aa-fc51c7c6ad26"
FINDER = """\
plugin: partner_center_customers
partner_center:
  tenant_id: 45c48cce-2e2d-4fbd-a1aa-fc51c7c6ad26
  auth: {method: azure_cli}
"""
PLAY = """\
- name: "{{ customer.name }}"
  tenants: TENANTS
  desired_state:
    subscriptions: [{sku: ENTERPRISEPREMIUM, state: renewal_off}]
"""


def _customer(number: int, domain: str, **more: str) -> Customer:
    fields = {"name": f"Company {number}", "relationship": "reseller"} | more
    return Customer(tenant_id=tenant_id(_guid(number)), domain=domain, **fields)


def _guid(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


SEVERAL = (
    _customer(1, "contoso.onmicrosoft.com"),
    _customer(2, "fabrikam.onmicrosoft.com", name="Fabrikam SA", relationship="advisor"),
    _customer(3, "acme.test", name="Acme"),
)


class Partner:
    """Answers customers and remembers who asked."""

    def __init__(self, *customers: Customer) -> None:
        self.customers = customers or SEVERAL
        self.asked: list[Tenant] = []

    def __call__(self, partner: Tenant) -> tuple[Customer, ...]:
        """Return the customers."""
        self.asked.append(partner)
        return self.customers


Write = Callable[[str, str], Path]


def _found(inventory: Path, *, find: Any = None, **more: Any) -> dict[str, Tenant]:
    chosen = options(inventory, find_customers=find or Partner(), **more)
    return {each.name: each for each in load_inventory(chosen)}


def _problems(inventory: Path, **more: Any) -> tuple[Finding, ...]:
    with pytest.raises(PlaybookError) as caught:
        _found(inventory, **more)
    return caught.value.problems


def test_every_customer_is_a_tenant_called_by_its_domain(write: Write) -> None:
    partner = Partner()
    found = _found(write("customers.yaml", f"{FINDER}groups: [customers]\n"), find=partner)
    assert [(name, each.tenant_id) for name, each in found.items()] == [
        ("contoso", _guid(1)),
        ("fabrikam", _guid(2)),
        ("acme", _guid(3)),
    ]
    assert found["acme"].groups == ("customers", "all")
    (asked,) = partner.asked
    assert asked.partner_center is not None
    assert asked.partner_center.tenant_id == PARTNER
    assert asked.partner_center.auth.method == "azure_cli"


def test_contracts_are_asked_for_with_the_partners_own_sign_in(write: Write) -> None:
    text = (
        "plugin: graph_contracts\n"
        "cloud: china\n"
        "partner:\n"
        "  tenant_id: '{{ partner }}'\n"
        "  auth: {method: azure_cli}\n"
        "  graph_endpoint: http://127.0.0.1:1/v1.0\n"
    )
    partner = Partner()
    _found(write("contracts.yaml", text), find=partner, extra_vars=(f"partner={PARTNER}",))
    (asked,) = partner.asked
    assert (asked.tenant_id, asked.cloud, asked.auth.method) == (PARTNER, "china", "azure_cli")
    assert (asked.graph_endpoint, asked.partner_center) == ("http://127.0.0.1:1/v1.0", None)


def test_variables_see_the_customer_and_what_it_is_called_is_text(write: Write) -> None:
    variables = (
        "vars:\n"
        "  graph_endpoint: 'http://127.0.0.1/{{ customer.domain }}/v1.0'\n"
        "  title: '{{ customer.name }}'\n"
    )
    inventory = write("customers.yaml", FINDER + variables)
    find = Partner(_customer(1, "a.test", name="{{ tenant.name }} {% raw"))
    assert _found(inventory, find=find)["a"].graph_endpoint == "http://127.0.0.1/a.test/v1.0"
    play = write("play.yaml", PLAY.replace("TENANTS", "all").replace("customer.name", "title"))
    (spec,) = load([play], options=options(inventory, find_customers=find)).specs
    assert spec.plays == ("{{ tenant.name }} {% raw",)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ("domain: '*.onmicrosoft.com'", ["contoso", "fabrikam"]),
        ("domain: onmicrosoft.com", []),
        ("domain: [ACME.test, 'f*']", ["fabrikam", "acme"]),
        ("name: '~^company \\d$'", ["contoso"]),
        ("relationship: reseller", ["contoso", "acme"]),
        ("relationship: reseller, name: 'a*'", ["acme"]),
        ("include: [Acme, 00000002-0000-4000-8000-000000000000]", ["fabrikam", "acme"]),
        ("exclude: ['*.test', Fabrikam SA]", ["contoso"]),
        ("domain: '{{ wanted }}'", ["acme"]),
    ],
)
def test_filters_take_the_customers_that_fit_all(
    write: Write, filters: str, names: list[str]
) -> None:
    inventory = write("customers.yaml", f"{FINDER}filters: {{{filters}}}\n")
    chosen = options(inventory, find_customers=Partner(), extra_vars=("wanted=acme.*",))
    if not names:
        with pytest.raises(PlaybookError, match="1 problem"):
            load_inventory(chosen)
        return
    assert [each.name for each in load_inventory(chosen)] == names


def test_labels_that_are_shared_or_taken_get_a_stable_end(write: Write) -> None:
    write("tenants/static.yaml", "all: {tenants: {taken: {}}, children: {pilot: {}}}\n")
    write("tenants/found.yaml", FINDER)
    write("tenants/groups.yaml", "plugin: constructed\ngroups: {big: 'false'}\n")
    shared = (_customer(1, "contoso.test"), _customer(2, "contoso.example"))
    others = ("taken.test", "pilot.test", "all.test", "big.test", "Ünique.test", "")
    rest = tuple(_customer(10 + place, domain) for place, domain in enumerate(others))
    expected = {
        "taken",
        "contoso-00000001",
        "contoso-00000002",
        "taken-00000010",
        "pilot-00000011",
        "all-00000012",
        "big-00000013",
        "nique",
        _guid(15),
    }
    for customers in (shared + rest, (*rest, *reversed(shared))):
        assert set(_found(Path("tenants"), find=Partner(*customers))) == expected


def test_two_customers_never_become_one_tenant(write: Write) -> None:
    first = Customer(tenant_id=tenant_id(_guid(1)), name="", domain="a.test", relationship="")
    near = _guid(1)[:-1] + "1"
    second = Customer(tenant_id=tenant_id(near), name="", domain="a.test", relationship="")
    third = _customer(3, "a-00000001.test")
    found = _found(write("found.yaml", FINDER), find=Partner(first, second, third))
    assert {each.tenant_id for each in found.values()} == {_guid(1), near, _guid(3)}


def test_what_the_inventory_says_of_a_tenant_stays_its_name_too(write: Write) -> None:
    write(
        "tenants/z.yaml",
        f"all: {{tenants: {{special: {{tenant_id: '{_guid(1)}', timezone: Europe/Rome}}}}}}\n",
    )
    write("tenants/a.yaml", f"{FINDER}groups: [customers]\nvars: {{timezone: Asia/Tokyo}}\n")
    found = _found(Path("tenants"))
    assert list(found) == ["special", "fabrikam", "acme"]
    assert found["special"].timezone == "Europe/Rome"
    assert found["special"].groups == ("all", "customers")
    assert found["acme"].timezone == "Asia/Tokyo"


def test_two_plugins_that_find_the_same_customers_find_them_once(write: Write) -> None:
    write("tenants/a.yaml", f"{FINDER}groups: [sold]\n")
    write("tenants/b.yaml", "plugin: graph_contracts\npartner: {}\ngroups: [known]\n")
    found = _found(Path("tenants"))
    assert list(found) == ["contoso", "fabrikam", "acme"]
    assert set(found["acme"].groups) == {"sold", "known", "all"}


def test_group_vars_and_tenant_vars_reach_found_tenants(write: Write) -> None:
    write("group_vars/customers.yaml", "timezone: Europe/Rome\n")
    write("tenant_vars/acme.yaml", "timezone: Asia/Tokyo\n")
    found = _found(write("customers.yaml", f"{FINDER}groups: [customers]\n"))
    zones = {name: each.timezone for name, each in found.items()}
    assert zones == {"contoso": "Europe/Rome", "fabrikam": "Europe/Rome", "acme": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plugin: partner_centre\n", "wrong-value found.yaml:1:9"),
        ("plugin: partner_center_customers\n", "missing-key found.yaml:1:1"),
        ("plugin: graph_contracts\n", "missing-key found.yaml:1:1"),
        (f"{FINDER}partner: {{}}\n", "wrong-key found.yaml:5:1"),
        (f"{FINDER}groups: {{a: 'true'}}\n", "wrong-value found.yaml:5:9"),
        (f"{FINDER}filters: {{country: IT}}\n", "unknown-key found.yaml:5:11"),
        (f"{FINDER}filters: {{name: '~('}}\n", "regular-expression found.yaml:5:17"),
        (f"{FINDER}filters: {{name: '{{{{ nobody }}}}'}}\n", "undefined-variable found.yaml:5:17"),
        (f"{FINDER}vars: {{cloud: mars}}\n", "wrong-value found.yaml:5:15"),
        (
            "plugin: graph_contracts\npartner: {graph_endpoint: 'http://a.test/v1.0'}\n",
            "graph-endpoint found.yaml:2:27",
        ),
    ],
)
def test_what_is_wrong_with_a_plugin_is_told_and_nobody_is_asked(
    write: Write, text: str, expected: str
) -> None:
    partner = Partner()
    inventory = write("found.yaml", text)
    assert codes(_problems(inventory, find=partner)) == [expected]
    play = write("play.yaml", PLAY.replace("TENANTS", "all"))
    found = validate([play], options(inventory))
    assert codes(tuple(each for each in found if each.severity is Severity.ERROR)) == [expected]
    assert partner.asked == []


def test_a_list_that_cannot_be_read_ends_the_command(write: Write) -> None:
    def broken(partner: Tenant) -> tuple[Customer, ...]:
        raise ProviderError(f"half of it, for {partner.where}")

    with pytest.raises(ProviderError, match="half of it"):
        _found(write("found.yaml", FINDER), find=broken)


def test_validate_asks_nobody_and_says_what_is_found_later(write: Write) -> None:
    partner = Partner()
    inventory = write("found.yaml", f"{FINDER}groups: [customers]\n")
    plays = PLAY.replace("TENANTS", "customers:&contoso:!acme") + PLAY.replace("TENANTS", "all")
    found = validate([write("play.yaml", plays)], options(inventory, find_customers=partner))
    assert codes(found) == ["found-later found.yaml:1:1"]
    assert found[0].severity is Severity.INFO
    assert partner.asked == []
    wrong = write("wrong.yaml", PLAY.replace("TENANTS", "all").replace("PREMIUM", "PREMIO"))
    assert codes(validate([wrong], options(inventory))) == [
        "unknown-sku wrong.yaml:4:27",
        "found-later found.yaml:1:1",
    ]


def test_a_name_that_is_nobodys_is_a_problem_once_customers_are_found(write: Write) -> None:
    inventory = write("found.yaml", FINDER)
    play = write("play.yaml", PLAY.replace("TENANTS", "acmee"))
    chosen = options(inventory, find_customers=Partner())
    assert codes(problems_of(play, chosen)) == ["no-such-tenant play.yaml:2:12"]


def test_nobody_is_asked_for_a_playbook_that_is_wrong(write: Write) -> None:
    inventory, partner = write("found.yaml", f"{FINDER}groups: [customers]\n"), Partner()
    wrong = PLAY.replace("TENANTS", "customers:!acme").replace("state: renewal_off", "state: off")
    play = write("play.yaml", wrong)
    found = problems_of(play, options(inventory, find_customers=partner))
    assert {each.where.split(":")[0] for each in found} == {"play.yaml"}
    assert "no-such-tenant" not in {each.code for each in found}
    assert partner.asked == []


def test_a_static_group_may_be_called_plugin(write: Write) -> None:
    found = _found(write("static.yaml", "plugin: {tenants: {contoso: {auth: {method: default}}}}"))
    assert found["contoso"].groups == ("plugin", "all")
    assert found["contoso"].auth == Auth(where=found["contoso"].auth.where)
