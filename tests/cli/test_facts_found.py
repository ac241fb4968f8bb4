"""Prove what `facts` counts of users, and how it says it."""

from dataclasses import replace

from runner.cli.facts_found import Findings, count_holders, find_in, is_holder
from runner.cli.facts_shown import facts_lines, finding_lines
from runner.model.state import Holding, User
from tests.builders import E1, E3, E4, E5, catalog, holding, license, tenant_state, user
from tests.catalog.products import sku as sku_named

AUDIO = sku_named("MCOMEETADV")
SALES = "sales"


def in_error(reason: str | None, of: object = E4, *, status: str = "Error") -> Holding:
    return replace(holding(of, by_group=SALES, status=status), error=reason)  # type: ignore[arg-type]


def found_in(*users: User) -> Findings:
    return find_in(tenant_state(users=users), catalog())


def said_of(*users: User) -> list[str]:
    state = tenant_state(users=users)
    return list(finding_lines(find_in(state, catalog()), state, catalog()))


def test_holders_are_counted_by_how_the_license_came_to_them() -> None:
    held = count_holders(
        [
            user("a", E4),
            user("b", holding(E4, by_group=SALES)),
            user("c", E4, holding(E4, by_group=SALES)),
            user("d", license(E4, "SWAY"), location=None),
            user("e", E5, is_guest=True),
            user("f", E4, is_guest=True, is_enabled=False),
        ]
    )[E4]
    assert (held.direct, held.by_group, held.both) == (3, 1, 1)
    assert (held.customised, held.without_location, held.guests, held.blocked) == (1, 1, 1, 1)
    assert (held.in_error, held.reasons) == (0, {})


def test_a_license_in_error_is_none_but_one_that_still_works_is() -> None:
    held = count_holders(
        [
            user("a", in_error("CountViolation")),
            user("b", in_error("CountViolation"), E4),
            user("c", in_error("DependencyViolation", status="ActiveWithError")),
            user("d", in_error(None)),
        ]
    )[E4]
    assert (held.direct, held.by_group, held.both) == (1, 1, 0)
    assert held.in_error == 4
    assert held.reasons == {"CountViolation": 2, "DependencyViolation": 1, "Other": 1}


def test_who_has_only_what_could_not_be_given_is_no_holder() -> None:
    assert not is_holder(user("a", in_error("CountViolation")))
    assert is_holder(user("b", in_error("CountViolation"), E5))
    assert not is_holder(user("c"))


def test_nobody_with_findings_says_nothing() -> None:
    state = tenant_state(users=[user("a", E4), user("b", E5)])
    assert said_of(user("a", E4), user("b", E5)) == []
    assert not [line for line in facts_lines("contoso", state, catalog()) if "findings" in line]


def test_each_kind_of_finding_is_one_line_with_its_number() -> None:
    assert said_of(
        user("a", in_error("CountViolation")),
        user("b", in_error("CountViolation")),
        user("c", in_error("DependencyViolation")),
        user("d", E4, location=None),
        user("e", E4, location=None),
        user("f", E4, is_guest=True),
        user("g", E4, is_guest=True),
        user("h", E4, is_enabled=False),
        user("i", E1, E3),
        user("j", E5, AUDIO),
    ) == [
        "3 users in error: 2 CountViolation, 1 DependencyViolation",
        "2 users have no usage location",
        "2 guests",
        "1 blocked account, shared mailboxes included",
        "1 user holds plans that exclude each other: SHAREPOINTENTERPRISE, SHAREPOINTSTANDARD",
        "1 user holds MCOMEETADV, which ENTERPRISEPREMIUM already contains",
    ]


def test_a_plan_that_is_off_excludes_no_other() -> None:
    held = (license(E1, "SHAREPOINTSTANDARD"), E3)
    assert found_in(user("a", *held)).excluding == {}
    assert sum(found_in(user("a", E1, E3), user("b", E1, E3)).excluding.values()) == 2


def test_an_add_on_does_something_while_its_service_is_off_in_the_suite() -> None:
    assert found_in(user("a", license(E5, "MCOMEETADV"), AUDIO)).redundant == {}
    assert found_in(user("a", E5, AUDIO), user("b", E4, AUDIO)).redundant == {(AUDIO, E5): 1}


def test_what_could_not_be_given_is_neither_redundant_nor_excludes() -> None:
    found = found_in(user("a", E5, in_error("Other", AUDIO)), user("b", E1, in_error("Other", E3)))
    assert (found.redundant, found.excluding) == ({}, {})


def test_a_member_who_holds_nothing_is_no_finding() -> None:
    assert said_of(user("a", location=None, is_guest=True)) == []
