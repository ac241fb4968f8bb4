"""Generate directories with licenses from every source, and playbooks that move their users."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

from hypothesis import strategies as st

from runner.simulator.products import load_products
from runner.simulator.rules import EXCLUDED, Rules, plans_left_on
from runner.simulator.scenario import RulesEntry
from tests.journeys.stage import moving, play, world_of

SUITES = (
    "STANDARDPACK",
    "ENTERPRISEPACK",
    "ENTERPRISEWITHSCAL",
    "ENTERPRISEPREMIUM",
    "DESKLESSPACK",
    "M365_F1",
    "SPE_E3",
    "SPE_E5",
    "Office_365_w/o_Teams_Bundle_E5",
)
BESIDE = (
    "EMS",
    "EMSPREMIUM",
    "EXCHANGESTANDARD",
    "EXCHANGEENTERPRISE",
    "SHAREPOINTSTANDARD",
    "SHAREPOINTENTERPRISE",
    "MCOSTANDARD",
    "MCOIMP",
    "PROJECTPROFESSIONAL",
    "VISIOCLIENT",
    "MCOEV",
    "MCOMEETADV",
    "MCOPSTN1",
    "INTUNE_A",
    "WORKPLACE_ANALYTICS",
)
UNLIKE = ("MCOEVSMB", "MCOPSTN6")
"""Plans of which the simulator and the catalogue say different things on purpose."""

DEPARTMENTS = ("Sales", "Rome")
GROUPS = ("Alpha", "Beta", "Gamma")
AMPLE = 60

License = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A tenant and the assignments wanted of it."""

    tenant: dict[str, Any]
    assignments: list[dict[str, Any]]

    def world(self) -> dict[str, Any]:
        """Return the scenario."""
        return world_of({"contoso": self.tenant})

    def roomy(self) -> dict[str, Any]:
        """Return the scenario with seats for everybody."""
        bought = [{**each, "seats": 1000} for each in self.tenant["subscriptions"]]
        return world_of({"contoso": self.tenant | {"subscriptions": bought}})

    def play(self) -> dict[str, Any]:
        """Return the play."""
        return play(assignments=self.assignments)


@cache
def _strict() -> Rules:
    return Rules(RulesEntry(profile="strict"))


@cache
def plans(sku: str) -> list[str]:
    """Return the service plans of a product, those first that a rule is about."""
    found = load_products().find(sku).plans
    return sorted(found, key=lambda plan: (plan not in _ruled(), plan))


@cache
def _ruled() -> frozenset[str]:
    rules = _strict()
    products = load_products().by_id.values()
    every = frozenset(plan for product in products for plan in product.plans)
    return frozenset(p for found in rules.violations(every) for p in found.plans) & every


def is_allowed(licenses: Iterable[License], *, is_strict: bool = True) -> bool:
    """Return whether the strict rules let somebody hold these licenses together.

    Otherwise two plans of a service may exclude each other. Of three the simulator refuses a change
    that leaves two, and the forecast does not: both let pass what was broken before, each its way.
    """
    off: dict[str, set[str]] = {}
    for each in licenses:
        sku, disabled = load_products().find(each["sku"]).sku_id, set(each["disabled"])
        off[sku] = off[sku] & disabled if sku in off else disabled
    left = (plans_left_on(sku, tuple(sorted(disabled))) for sku, disabled in off.items())
    broken = _strict().violations(frozenset[str]().union(*left))
    if is_strict:
        return not broken
    return all(each.kind != EXCLUDED or len(each.plans) < 3 for each in broken)


@st.composite
def _licenses(draw: st.DrawFn, sku: str) -> dict[str, Any]:
    """Draw a license: whole, without a few services, or without what rules are about."""
    known = plans(sku)
    ruled = [plan for plan in known if plan in _ruled()]
    off = draw(
        st.one_of(
            st.just([]),
            st.just([]),
            st.lists(st.sampled_from(known), max_size=3, unique=True),
            st.lists(st.sampled_from(ruled or known), max_size=4, unique=True),
        )
    )
    return {"sku": sku, "disabled": sorted(off)}


@cache
def troublesome(source: str, target: str) -> list[str]:
    """Return the products that go together with one product and not with another."""
    return [
        sku
        for sku in (*SUITES, *BESIDE)
        if sku not in (source, target)
        and is_allowed(_whole(source, sku))
        and not is_allowed(_whole(target, sku))
    ]


@cache
def excluding() -> list[tuple[str, str]]:
    """Return the pairs of suites that do not go together."""
    return [pair for pair in permutations(SUITES, 2) if not is_allowed(_whole(*pair))]


def _whole(*skus: str) -> list[License]:
    return [{"sku": sku, "disabled": ()} for sku in skus]


@st.composite
def _held(
    draw: st.DrawFn, skus: list[str], given: list[License], *, most: int, is_valid: bool
) -> list[dict[str, Any]]:
    """Draw licenses that go together with those given, or any at all."""
    found: list[dict[str, Any]] = []
    wished = [draw(st.sampled_from(skus)) for _ in range(draw(st.integers(0, most - 1)))]
    wished += [skus[0]] if not wished or draw(st.sampled_from([True, True, False])) else []
    for sku in dict.fromkeys(wished):
        each = draw(_licenses(sku))
        if is_allowed([*given, *found, each], is_strict=is_valid):
            found.append(each)
    return found


@st.composite
def _users(
    draw: st.DrawFn, skus: list[str], groups: list[dict[str, Any]], *, is_valid: bool
) -> dict[str, Any]:
    names: list[str] = []
    given: list[License] = []
    for group in groups:
        if draw(st.booleans()):
            together = [*given, *group["licenses"]]
            if is_allowed(together, is_strict=is_valid):
                names.append(group["name"])
                given = together
    location = draw(st.sampled_from(["IT", "IT", "IT", "DE", None]))
    return {
        "count": draw(st.integers(1, 3)),
        "licenses": draw(_held(skus, given, most=3, is_valid=is_valid)),
        "groups": names,
        "account_enabled": draw(st.sampled_from([True, True, True, False])),
        "user_type": draw(st.sampled_from(["Member", "Member", "Member", "Guest"])),
        "department": draw(st.sampled_from([*DEPARTMENTS, None])),
        **({"usage_location": location} if location else {}),
    }


@st.composite
def _sharing(
    draw: st.DrawFn, source: str, drawn: st.SearchStrategy[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw two groups with the source, quiet in one, and somebody in both who holds it directly."""
    whole = {"sku": source, "disabled": []}
    quiet = {"sku": source, "disabled": [plan for plan in plans(source) if plan in _ruled()]}
    licenses = draw(st.permutations([whole, quiet]))
    groups = [
        {"name": name, "licenses": [each]} for name, each in zip(GROUPS, licenses, strict=False)
    ]
    both = {"licenses": [whole], "groups": [each["name"] for each in groups]}
    others = [
        {
            "licenses": [],
            "groups": [each["name"]],
            "user_type": "Guest" if each["licenses"] == [quiet] else "Member",
        }
        for each in groups
    ]
    plain = {"account_enabled": True, "user_type": "Member"}
    return groups, [draw(drawn) | plain | each for each in (both, *others)]


@st.composite
def _who(draw: st.DrawFn, groups: list[str]) -> Any:
    """Draw whom an assignment covers; users are named by their principal names."""
    upns = [f"user{number:06}@contoso.onmicrosoft.com" for number in range(1, 3)]
    kinds = ["everyone", "everyone", "everyone", "users", "filter", "except"]
    kind = draw(st.sampled_from([*kinds, "groups", "groups"] if groups else kinds))
    some = st.lists(st.sampled_from(upns), min_size=1, max_size=3, unique=True)
    if kind == "everyone":
        return kind
    if kind == "users":
        return {"users": draw(some)}
    if kind == "filter":
        return {"filter": f"department eq '{draw(st.sampled_from(DEPARTMENTS))}'"}
    if kind == "groups":
        named = st.lists(st.sampled_from(groups), min_size=1, unique=True)
        return {"groups": draw(named)}
    return {"filter": "accountEnabled eq true", "except": {"users": draw(some)}}


@st.composite
def _assignments(draw: st.DrawFn, skus: list[str], groups: list[str]) -> list[dict[str, Any]]:
    """Draw one assignment, or two that share a source, a target, or exchange products."""
    source, target, other = skus[:3]
    pairs = draw(
        st.sampled_from(
            [
                [(source, target)],
                [(source, target)],
                [([source, other], target)],
                [(source, target), (source, other)],
                [(source, target), (other, target)],
                [(source, target), (target, source)],
            ]
        )
    )
    found = []
    for sources, to in pairs:
        more: dict[str, Any] = {
            "service_plans": draw(st.sampled_from(["keep", "keep", "reset"])),
            "new_services": draw(st.sampled_from(["enable", "enable", "disable"])),
            "included_add_ons": draw(st.sampled_from(["keep", "keep", "remove"])),
            "guests": draw(st.sampled_from(["move", "move", "leave"])),
            "blocked_accounts": draw(st.sampled_from(["move", "move", "leave"])),
            "who": draw(_who(groups)),
        }
        if draw(st.booleans()):
            more["usage_location"] = "IT"
        found.append(moving(source=sources, target=to, **more))
    if len(pairs) == 2 and pairs[0][0] == pairs[1][1]:
        for each, department in zip(found, DEPARTMENTS, strict=True):
            each["who"] = {"filter": f"department eq '{department}'"}
    return found


def _seats(tenant: Mapping[str, Any], sku: str) -> int:
    """Return how many users hold a product."""
    giving = {
        group["name"]
        for group in tenant["groups"]
        if any(each["sku"] == sku for each in group["licenses"])
    }
    return sum(
        user["count"]
        for user in tenant["users"]
        if giving & set(user["groups"]) or any(each["sku"] == sku for each in user["licenses"])
    )


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Draw a tenant with users and groups, and a playbook for it."""
    suites = draw(st.lists(st.sampled_from(SUITES), min_size=3, max_size=3, unique=True))
    is_sharing = draw(st.integers(0, 5)) == 0
    if is_sharing:
        pair = draw(st.sampled_from(excluding()))
        suites = [*pair, *(each for each in suites if each not in pair)][:3]
    elif draw(st.integers(0, 4)) == 0:
        suites[0] = draw(st.sampled_from(BESIDE))
    beside = draw(st.lists(st.sampled_from(BESIDE), min_size=1, max_size=3, unique=True))
    if (harmful := troublesome(suites[0], suites[1])) and draw(st.booleans()):
        beside = [draw(st.sampled_from(harmful))] * 2
    skus = list(dict.fromkeys([*suites, *beside]))
    often = [*skus[:1], *skus, *beside]
    is_valid = draw(st.integers(0, 7)) > 0
    groups, users = [], []
    for name in GROUPS[: draw(st.sampled_from([0, 1, 2, 2, 3]))]:
        given = draw(_held(often, [], most=2, is_valid=is_valid))
        groups.append({"name": name, "licenses": given})
    if is_sharing:
        groups, users = draw(_sharing(suites[0], _users(often, [], is_valid=is_valid)))
    drawn = _users(often, [] if users else groups, is_valid=is_valid)
    profile = draw(st.sampled_from(["strict"] * 6 + ["relaxed", "off"]))
    tenant: dict[str, Any] = {
        "country": "IT",
        "groups": groups,
        "users": users + [draw(drawn) for _ in range(draw(st.integers(2, 6)))],
        "rules": {"profile": profile},
        "lag": {"usage_location": 0},
        "group_licensing": {"rate": "instant"},
    }
    spare = st.sampled_from([AMPLE, AMPLE, AMPLE, AMPLE, 0, 1, 2])
    tenant["subscriptions"] = [
        {"sku": sku, "seats": _seats(tenant, sku) + draw(spare)} for sku in skus
    ]
    names = [each["name"] for each in groups]
    assignments = draw(_assignments(suites, names))
    return Directory(tenant=tenant, assignments=assignments)
