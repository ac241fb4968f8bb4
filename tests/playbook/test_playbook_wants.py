"""What a right playbook becomes in the model."""

from pathlib import Path

from runner.model.findings import Origin
from runner.model.spec import (
    CancelWhen,
    Channel,
    Limits,
    MaintenanceWindow,
    Purchase,
    SeatsExactly,
    SeatsMatch,
    SeatsNeeded,
    SubscriptionGoal,
    Who,
)
from runner.playbook import load
from tests.playbook.files import E4, E5, INVENTORY, codes, options, problems_of

EXAMPLE = """\
- name: Move from Office 365 E4 to Office 365 E5
  tenants: production:!acme
  vars: {headroom: 5}
  serial: [1, "25%", "100%"]
  max_fail_percentage: 0
  tags: [e4]
  limits:
    users: 30%
    seats_bought: 300
  maintenance_window: {days: [sat, sun], from: "20:00", to: "06:00", timezone: Europe/Rome}
  desired_state:
    subscriptions:
      - sku: ENTERPRISEPREMIUM
        state: active
        seats: {match: ENTERPRISEWITHSCAL}
        purchase: {term: annual, billing: monthly}
      - sku: ENTERPRISEWITHSCAL
        state: cancelled
        when: soonest
        soak: 72h
    assignments:
      - from: ENTERPRISEWITHSCAL
        to: ENTERPRISEPREMIUM
        who: everyone
        service_plans: keep
        new_services: enable
"""
STATE = """\
- tenants: contoso
  desired_state:
"""


def specs_of(write, text: str, **more):
    loaded = load([write("p.yaml", text)], options=options(write("i.yaml", INVENTORY), **more))
    return loaded.specs


def test_the_example_of_the_language_becomes_the_model(write):
    contoso, fabrikam = specs_of(write, EXAMPLE)
    assert (contoso.tenant.name, fabrikam.tenant.name) == ("contoso", "fabrikam")
    buy, cancel = contoso.subscriptions
    assert (buy.sku, buy.goal, buy.seats) == (E5, SubscriptionGoal.ACTIVE, SeatsMatch(sku=E4))
    assert buy.purchase == Purchase(term="annual", billing="monthly")
    assert buy.where == Origin(file="p.yaml", line=13, column=9)
    assert (cancel.goal, cancel.when) == (SubscriptionGoal.CANCELLED, CancelWhen.SOONEST)
    assert cancel.soak_s == 72 * 3600
    (move,) = contoso.assignments
    assert (move.sources, move.target, move.who) == ((E4,), E5, Who(is_everyone=True))
    assert move.keeps_service_plans
    assert move.enables_new_services
    assert move.where.line == 22


def test_limits_and_windows_are_read(write):
    spec = specs_of(write, EXAMPLE)[0]
    at = Origin(file="p.yaml", line=8, column=5)
    assert spec.limits == (Limits(users_percent=30.0, seats_bought=300, where=at),)
    (window,) = spec.windows
    assert window == MaintenanceWindow(
        days=("sat", "sun"),
        from_time="20:00",
        to_time="06:00",
        timezone="Europe/Rome",
        where=window.where,
    )


def test_keys_for_later_are_kept_and_listed(write):
    text = (
        STATE
        + """\
    subscriptions:
      - {sku: ENTERPRISEWITHSCAL, state: renewal_off, channel: manual}
      - {sku: ENTERPRISEPREMIUM, state: cancelled, when: end_of_term}
    assignments:
      - from: ENTERPRISEWITHSCAL
        to: ENTERPRISEPREMIUM
        who: {groups: [Sales], except: {users: [anna@contoso.com]}}
        included_add_ons: remove
        usage_location: IT
  serial: 1
  max_fail_percentage: 10
  maintenance_window: {from: "20:00", to: "06:00"}
"""
    )
    (spec,) = specs_of(write, text)
    assert spec.assignments[0].who.except_users == ("anna@contoso.com",)
    assert spec.assignments[0].who.groups == ("Sales",)
    assert spec.assignments[0].usage_location == "IT"
    assert not spec.assignments[0].keeps_included_add_ons
    assert [(each.goal, each.when) for each in spec.subscriptions] == [
        (SubscriptionGoal.RENEWAL_OFF, CancelWhen.SOONEST),
        (SubscriptionGoal.CANCELLED, CancelWhen.END_OF_TERM),
    ]
    assert spec.subscriptions[0].channel is Channel.MANUAL
    assert spec.windows[0].timezone == "UTC"


def test_seats_and_durations_in_every_form(write):
    text = (
        STATE
        + """\
    subscriptions:
      - sku: ENTERPRISEPREMIUM
        state: active
        seats: SEATS
        purchase: {term: triennial, billing: once, payment: invoice}
      - {sku: ENTERPRISEWITHSCAL, state: cancelled, soak: SOAK}
"""
    )
    forms = [
        ("250", SeatsExactly(seats=250), "0s", 0),
        ("{needed: true}", SeatsNeeded(), "3d", 3 * 86_400),
        ("{needed: true, headroom: 5}", SeatsNeeded(headroom=5), "2h30m", 9_000),
        ("{needed: true, headroom: 5%}", SeatsNeeded(headroom_percent=5.0), "30m", 1_800),
    ]
    for seats, expected, soak, seconds in forms:
        (spec,) = specs_of(write, text.replace("SEATS", seats).replace("SOAK", soak))
        assert spec.subscriptions[0].seats == expected
        assert spec.subscriptions[1].soak_s == seconds


def test_plays_for_one_tenant_are_put_together_in_order(write):
    first = STATE + "    subscriptions: [{sku: ENTERPRISEWITHSCAL, state: cancelled}]\n"
    second = STATE + "    subscriptions: [{sku: ENTERPRISEPREMIUM, state: cancelled}]\n"
    (spec,) = specs_of(write, first + second)
    assert [want.sku for want in spec.subscriptions] == [E4, E5]
    assert len(spec.plays) == 2


def test_the_same_product_twice_names_both_places(write):
    entry = "    subscriptions: [{sku: ENTERPRISEWITHSCAL, state: cancelled}]\n"
    playbook = write("p.yaml", STATE + entry + STATE + entry)
    (found,) = problems_of(playbook, options(write("i.yaml", INVENTORY)))
    assert codes((found,)) == ["double-sku p.yaml:6:21"]
    assert "p.yaml:3" in found.summary


def test_guid_is_taken_without_asking_the_catalog(write):
    text = STATE + f"    subscriptions: [{{sku: {E4.upper()}, state: cancelled}}]\n"
    assert specs_of(write, text.replace(E4[0], E4[0]))[0].subscriptions[0].sku == E4


def test_tags_pick_plays_and_unknown_tags_are_told(write):
    text = EXAMPLE + STATE + "    subscriptions: [{sku: X, state: cancelled}]\n  tags: other\n"
    assert len(specs_of(write, text, tags=("e4",))) == 2
    playbook = write("p.yaml", text)
    inventory = write("i.yaml", INVENTORY)
    (found,) = problems_of(playbook, options(inventory, tags=("e5",)))
    assert found.code == "no-such-tag"


def test_digest_is_of_the_bytes(write):
    inventory = write("i.yaml", INVENTORY)
    loaded = load([write("p.yaml", EXAMPLE)], options=options(inventory))
    other = load([write("p.yaml", EXAMPLE + "\n")], options=options(inventory))
    assert loaded.playbook_file == "p.yaml"
    assert loaded.playbook_digest.startswith("sha256:")
    assert loaded.playbook_digest != other.playbook_digest


def test_several_playbooks_are_one(write):
    one = write("a.yaml", STATE + "    subscriptions: [{sku: Office 365 E5, state: cancelled}]\n")
    two = write("b.yaml", STATE + f"    subscriptions: [{{sku: {E4}, state: cancelled}}]\n")
    loaded = load([one, two], options=options(write("i.yaml", INVENTORY)))
    assert loaded.playbook_file == "a.yaml, b.yaml"
    assert [want.where.file for want in loaded.specs[0].subscriptions] == ["a.yaml", "b.yaml"]


def test_relative_paths_stay_as_they_were_given(write):
    write("i.yaml", INVENTORY)
    write("sub/p.yaml", EXAMPLE)
    loaded = load([Path("sub/p.yaml")], options=options(Path("i.yaml")))
    assert loaded.specs[0].where.file == "sub/p.yaml"
