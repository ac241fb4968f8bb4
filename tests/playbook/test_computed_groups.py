"""Groups that are computed: from variables at once, from facts when a pattern names them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from runner.model.customers import Owned, TenantFacts
from runner.model.findings import Finding, PlaybookError, ProviderError, Severity
from runner.model.ids import sku_id
from runner.model.spec import Tenant
from runner.playbook import load, load_inventory, validate
from tests.playbook.files import E4, E5, codes, options

STATIC = """\
all:
  vars: {seats: 10, wave_of: later}
  children:
    emea: {tenants: {contoso: {seats: 500}, fabrikam: {}}}
  tenants: {acme: {wave_of: first}}
"""
PLAY = """\
- tenants: "TENANTS"
  desired_state:
    subscriptions: [{sku: ENTERPRISEPREMIUM, state: renewal_off}]
"""
E4_OWNED = Owned(sku=sku_id(E4), part_number="ENTERPRISEWITHSCAL", seats=120, used=7)
E5_OWNED = Owned(sku=sku_id(E5), part_number="ENTERPRISEPREMIUM", seats=3, used=3)
ENDED = Owned(sku=sku_id(E4), part_number="ENTERPRISEWITHSCAL", seats=0, used=0)
FACTS = {
    "contoso": TenantFacts(owned=(E4_OWNED, E5_OWNED), channel="partner"),
    "fabrikam": TenantFacts(owned=(E5_OWNED,), channel="direct"),
    "acme": TenantFacts(owned=(ENDED,), channel="none"),
}
Write = Callable[[str, str], Path]


class Tenants:
    """Answers facts and remembers of whom."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, tenants: Sequence[Tenant]) -> Mapping[str, TenantFacts]:
        """Return the facts of each."""
        self.asked += [each.name for each in tenants]
        return {each.name: FACTS[each.name] for each in tenants}


@pytest.fixture
def computed(write: Write) -> Callable[..., Path]:
    """Return a function that writes an inventory with computed groups into a directory."""

    def start(**groups: str) -> Path:
        write("tenants/static.yaml", STATIC)
        lines = [f"  {name}: {text!r}\n" for name, text in groups.items()]
        write("tenants/computed.yaml", "plugin: constructed\ngroups:\n" + "".join(lines))
        return Path("tenants")

    return start


def _in(inventory: Path, pattern: str, **more: object) -> list[str]:
    chosen = options(inventory, **({"read_facts": Tenants()} | more))
    return [each.name for each in load_inventory(chosen, tenants=(pattern,))]


def _codes(inventory: Path, pattern: str, **more: object) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        _in(inventory, pattern, **more)
    return codes(caught.value.problems)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("seats > 100", ["contoso"]),
        ("wave_of == 'first' or 'emea' in tenant.groups", ["contoso", "fabrikam", "acme"]),
        ("tenant.name.startswith('con')", ["contoso"]),
        ("facts.owns('ENTERPRISEWITHSCAL')", ["contoso"]),
        ("facts.owns('Office 365 E5')", ["contoso", "fabrikam"]),
        (f"facts.owns('{E5}') and seats < 100", ["fabrikam"]),
        ("facts.skus['ENTERPRISEWITHSCAL'].seats > 100", ["contoso"]),
        ("facts.skus['ENTERPRISEWITHSCAL'].used == 0", ["fabrikam", "acme"]),
        ("facts.skus.ENTERPRISEPREMIUM.seats == 3", ["contoso", "fabrikam"]),
        ("facts.skus.values() | map(attribute='seats') | sum > 122", ["contoso"]),
        ("facts.channel == 'partner'", ["contoso"]),
        ("not facts.owns('ENTERPRISEPREMIUM')", ["acme"]),
    ],
)
def test_a_condition_decides_who_is_in_the_group(
    computed: Callable[..., Path], condition: str, names: list[str]
) -> None:
    assert _in(computed(chosen=condition), "chosen") == names


def test_a_group_of_variables_is_a_group_like_any_other(
    write: Write, computed: Callable[..., Path]
) -> None:
    inventory = computed(large="seats > 100", named="'large' in tenant.groups")
    write("tenants/group_vars/large.yaml", "timezone: Europe/Rome\n")
    found = {each.name: each for each in load_inventory(options(inventory))}
    assert found["contoso"].timezone == "Europe/Rome"
    assert set(found["contoso"].groups) == {"emea", "large", "named", "all"}
    assert found["fabrikam"].groups == ("emea", "all")
    assert _in(inventory, "emea:!large") == ["fabrikam"]


def test_computed_tenants_may_join_a_group_of_the_inventory(computed: Callable[..., Path]) -> None:
    assert _in(computed(emea="wave_of == 'first'"), "emea") == ["contoso", "fabrikam", "acme"]


def test_tenants_are_read_once_and_only_when_a_pattern_names_the_group(
    write: Write, computed: Callable[..., Path]
) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')", paid="facts.channel != 'none'")
    tenants = Tenants()
    assert _in(inventory, "all:!acme", read_facts=tenants) == ["contoso", "fabrikam"]
    assert tenants.asked == []
    plays = PLAY.replace("TENANTS", "e5:&paid") + (
        PLAY.replace("TENANTS", "paid:!contoso").replace("PREMIUM", "WITHSCAL")
    )
    play = write("play.yaml", plays)
    load([play], options=options(inventory, read_facts=tenants))
    assert sorted(tenants.asked) == ["acme", "contoso", "fabrikam"]


def test_tenants_that_the_limit_leaves_out_are_not_read(computed: Callable[..., Path]) -> None:
    inventory, tenants = computed(e5="facts.owns('ENTERPRISEPREMIUM')"), Tenants()
    assert _in(inventory, "e5", limit=("all:!contoso",), read_facts=tenants) == ["fabrikam"]
    assert sorted(tenants.asked) == ["acme", "fabrikam"]


def test_the_limit_may_name_a_computed_group(computed: Callable[..., Path]) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')", large="seats > 100")
    assert _in(inventory, "all", limit=("e5:!large",)) == ["fabrikam"]


def test_a_group_of_facts_is_not_among_the_groups_of_a_tenant(
    computed: Callable[..., Path],
) -> None:
    chosen = options(computed(e5="facts.owns('ENTERPRISEPREMIUM')"), read_facts=Tenants())
    (contoso, _) = load_inventory(chosen, tenants=("e5",))
    assert contoso.groups == ("emea", "all")


def _mute(tenants: Sequence[Tenant]) -> Mapping[str, TenantFacts | Finding]:
    """Return the facts of each; contoso gives no answer."""
    silent = Finding(severity=Severity.ERROR, code="unreachable", summary="no answer")
    return {each.name: silent if each.name == "contoso" else FACTS[each.name] for each in tenants}


@pytest.mark.parametrize("pattern", ["e5", "all:!e5", "all:&e5", "!e5"])
def test_a_tenant_that_cannot_be_read_is_in_no_list_unnoticed(
    computed: Callable[..., Path], pattern: str
) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')")
    with pytest.raises(ProviderError, match="nobody knows whether `e5` has it: no answer"):
        _in(inventory, pattern, read_facts=_mute)
    with pytest.raises(ProviderError, match="nobody knows"):
        _in(inventory, "all", limit=(pattern,), read_facts=_mute)
    assert "contoso" not in _in(inventory, pattern, limit=("all:!contoso",), read_facts=_mute)


@pytest.mark.parametrize(
    ("pattern", "known"),
    [("e5", ["fabrikam"]), ("all:!e5", ["acme"]), ("contoso:e5", ["fabrikam"])],
)
def test_a_playbook_goes_on_without_a_tenant_that_cannot_be_read_and_says_so(
    write: Write, computed: Callable[..., Path], pattern: str, known: list[str]
) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')")
    play = write("play.yaml", PLAY.replace("TENANTS", pattern))
    found = load([play], options=options(inventory, read_facts=_mute))
    assert [each.tenant.name for each in found.specs] == known
    assert {name: why.code for name, why in found.unread.items()} == {"contoso": "unreachable"}
    assert "--limit 'all:!contoso'" in found.unread["contoso"].hint


def test_a_tenant_that_is_named_first_and_cannot_be_read_then_is_left_out_of_all_plays(
    write: Write, computed: Callable[..., Path]
) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')")
    plays = PLAY.replace("TENANTS", "contoso,acme") + (
        PLAY.replace("TENANTS", "e5").replace("PREMIUM", "WITHSCAL")
    )
    found = load([write("play.yaml", plays)], options=options(inventory, read_facts=_mute))
    assert [each.tenant.name for each in found.specs] == ["acme", "fabrikam"]
    assert list(found.unread) == ["contoso"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("seats >", "template"),
        ("seats + 1", "not-a-condition"),
        ("{{ seats }}", "template"),
        ("nobody == 1", "undefined-variable"),
        ("facts.nothing == 1", "undefined-variable"),
        ("facts.owns('Office 366')", "unknown-sku"),
        ("facts.skus['E5'].seats > 1", "ambiguous-sku"),
        ("facts.skus['ENTERPRISEPREMIUM'].price > 1", "undefined-variable"),
        ("facts.clear()", "template"),
        ("facts.__class__ == 1", "template"),
        ("facts", "template"),
    ],
)
def test_a_condition_that_decides_nothing_is_a_problem(
    computed: Callable[..., Path], condition: str, code: str
) -> None:
    found = set(_codes(computed(chosen=condition), "chosen"))
    assert found == {f"{code} tenants/computed.yaml:3:11"}


def test_a_group_of_facts_has_one_definition_and_no_variables(
    write: Write, computed: Callable[..., Path]
) -> None:
    inventory = computed(emea="facts.channel == 'direct'")
    assert _codes(inventory, "all") == ["group-twice tenants/computed.yaml:3:9"]
    inventory = computed(direct="facts.channel == 'direct'")
    write("tenants/group_vars/direct.yaml", "timezone: Europe/Rome\n")
    assert _codes(inventory, "all") == ["group-variables tenants/group_vars/direct.yaml:1:1"]


def test_a_group_that_facts_leave_empty_matches_no_tenant(computed: Callable[..., Path]) -> None:
    inventory = computed(none="facts.channel == 'mixed'")
    assert _codes(inventory, "none") == ["no-such-tenant the command line"]


def test_validate_reads_no_tenant_and_says_what_is_found_later(
    write: Write, computed: Callable[..., Path]
) -> None:
    inventory = computed(e5="facts.owns('ENTERPRISEPREMIUM')", large="seats > 100")
    tenants, play = Tenants(), write("play.yaml", PLAY.replace("TENANTS", "e5:!large"))
    found = validate([play], options(inventory, read_facts=tenants))
    assert codes(found) == ["found-later tenants/computed.yaml:3:7"]
    assert tenants.asked == []
    wrong = write("wrong.yaml", PLAY.replace("TENANTS", "e6"))
    assert codes(validate([wrong], options(inventory))) == ["no-such-tenant wrong.yaml:1:12"]
    fine = write("fine.yaml", PLAY.replace("TENANTS", "large"))
    assert validate([fine], options(inventory)) == ()
