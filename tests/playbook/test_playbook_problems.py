"""Every kind of wrong playbook is told with its place, all at once."""

from pathlib import Path

import pytest

from runner.playbook import validate
from tests.playbook.files import INVENTORY, codes, options, problems_of

PLAY = """\
- tenants: contoso
  desired_state:
    subscriptions:
      - {entry}
"""
ACTIVE = "purchase: {term: annual, billing: monthly}"
SUBSCRIPTIONS = [
    ("{state: cancelled}", "missing-key 4:9"),
    ("{sku: E4X, state: cancelled}", "unknown-sku 4:15"),
    ("{sku: E5, state: cancelled}", "ambiguous-sku 4:15"),
    ("{sku: Office 365 E5, state: active, seats: 5}", "missing-key 4:9"),
    ("{sku: Office 365 E5, state: active, ACTIVE}", "missing-key 4:9"),
    ("{sku: Office 365 E5, state: cancelled, seats: 5}", "useless-key 4:48"),
    ("{sku: Office 365 E5, state: active, seats: 5, soak: 1h, ACTIVE}", "useless-key 4:55"),
    ("{sku: Office 365 E5, state: gone}", "wrong-value 4:37"),
    ("{sku: Office 365 E5, state: cancelled, sok: 1h}", "unknown-key 4:48"),
    ("{sku: Office 365 E5, state: cancelled, soak: 1 h}", "wrong-value 4:54"),
    ("{sku: Office 365 E5, state: cancelled, soak: ''}", "wrong-value 4:54"),
    ('{sku: Office 365 E5, state: cancelled, soak: "1h\\n"}', "wrong-value 4:54"),
    ("{sku: Office 365 E5, state: active, seats: -1, ACTIVE}", "wrong-value 4:52"),
    ("{sku: Office 365 E5, state: active, seats: 5.0, ACTIVE}", "wrong-value 4:52"),
    ("{sku: Office 365 E5, state: active, seats: true, ACTIVE}", "wrong-value 4:52"),
    (
        "{sku: Office 365 E5, state: active, seats: {match: ENTERPRISEPREMIUM}, ACTIVE}",
        "same-sku 4:52",
    ),
    (
        "{sku: Office 365 E5, state: active, seats: {needed: true, headroom: 5 %}, ACTIVE}",
        "wrong-value 4:77",
    ),
    ("{sku: Office 365 E5, state: cancelled, channel: phone}", "wrong-value 4:57"),
    ("{sku: Office 365 E5, state: cancelled, subscription_ids: [x]}", "wrong-value 4:67"),
]


@pytest.mark.parametrize(("entry", "expected"), SUBSCRIPTIONS)
def test_wrong_subscription_is_told_at_its_place(write, entry, expected):
    playbook = write("p.yaml", PLAY.replace("{entry}", entry.replace("ACTIVE", ACTIVE)))
    found = problems_of(playbook, options(write("i.yaml", INVENTORY)))
    code, place = expected.split()
    assert codes(found) == [f"{code} p.yaml:{place}"]
    assert all(each.hint for each in found)


ASSIGNMENTS = [
    ("{from: ENTERPRISEWITHSCAL}", "missing-key"),
    ("{from: [], to: Office 365 E5}", "wrong-value"),
    ("{from: Office 365 E5, to: ENTERPRISEPREMIUM}", "same-sku"),
    ("{from: [Office 365 E5, ENTERPRISEPREMIUM], to: ENTERPRISEWITHSCAL}", "same-sku"),
    ("{from: Office 365 E5, to: ENTERPRISEWITHSCAL, who: nobody}", "wrong-value"),
    ("{from: Office 365 E5, to: ENTERPRISEWITHSCAL, who: {group: [a]}}", "unknown-key"),
    ("{from: Office 365 E5, to: ENTERPRISEWITHSCAL, usage_location: it}", "wrong-value"),
    ("{from: Office 365 E5, to: ENTERPRISEWITHSCAL, usage_location: NO}", "ambiguous-scalar"),
    ("{from: Office 365 E5, to: ENTERPRISEWITHSCAL, guests: stay}", "wrong-value"),
]


@pytest.mark.parametrize(("entry", "code"), ASSIGNMENTS)
def test_wrong_assignment_is_told(write, entry, code):
    text = PLAY.replace("subscriptions", "assignments").replace("{entry}", entry)
    found = problems_of(write("p.yaml", text), options(write("i.yaml", INVENTORY)))
    assert [each.code for each in found] == [code]


FILES = [
    (b"", "not-a-playbook p.yaml:1:1"),
    (b"# only a comment\n", "not-a-playbook p.yaml:1:1"),
    (b"tenants: contoso\n", "not-a-playbook p.yaml:1:1"),
    (b"[]", "not-a-playbook p.yaml:1:1"),
    (b"- 5", "wrong-value p.yaml:1:3"),
    (b"- a\n--- \n- b\n", "several-documents p.yaml:2:1"),
    (b"- {tenants: contoso, tenants: acme, desired_state: {}}", "duplicate-key p.yaml:1:22"),
    (b"- a\n- b\n - c: [\n", "yaml-syntax p.yaml:3:5"),
    (b"\x00\x01\x02", "not-text p.yaml"),
    (b"- a\n- \xff\xfe\n", "encoding p.yaml:2:3"),
    ("- a".encode("utf-16"), "encoding p.yaml"),
    (b"- \x07", "not-yaml p.yaml:1:1"),
    (b"- " + b"[" * 5000, "too-deep p.yaml:1:67"),
    (b"- &a [*a]", "alias p.yaml:1:7"),
    (b"- *a", "alias p.yaml:1:3"),
    (b"- !!python/object:os.system x", "unknown-tag p.yaml:1:3"),
    (b"- {[a, b]: c}", "key p.yaml:1:4"),
    (b"- {5: c}", "key p.yaml:1:4"),
    (b"- {<<: 5}", "merge p.yaml:1:8"),
]


@pytest.mark.parametrize(
    "raw", [b"- a: b\n\tc: d\n", b"- a: b\n  \tc: d\n", b"a:\n-\tb: c\n\td: e\n"]
)
def test_a_tab_in_the_indentation_is_called_a_tab(write, raw):
    (found,) = problems_of(write("p.yaml", raw), options(write("i.yaml", INVENTORY)))
    assert "a tab stands before the first word of the line" in found.summary
    assert found.hint == "indent with blanks only"


@pytest.mark.parametrize(("raw", "expected"), FILES)
def test_file_that_is_no_playbook_is_told(write, raw, expected):
    found = problems_of(write("p.yaml", raw), options(write("i.yaml", INVENTORY)))
    assert expected in codes(found)


def test_byte_order_mark_is_no_problem(write):
    text = PLAY.replace("{entry}", "{sku: Office 365 E5, state: cancelled}")
    playbook = write("p.yaml", b"\xef\xbb\xbf" + text.encode())
    assert problems_of(playbook, options(write("i.yaml", INVENTORY))) == ()


def test_missing_file_and_directory_are_told_together_with_the_rest(write, tmp_path):
    inventory = write("i.yaml", "all: {tenant: {}}")
    assert codes(problems_of(Path("none.yaml"), options(inventory))) == [
        "unknown-key i.yaml:1:7",
        "missing-file none.yaml",
    ]
    assert codes(problems_of(Path(), options(inventory)))[0] == "unreadable ."


def test_alias_bomb_is_refused_quickly(write):
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = problems_of(write("p.yaml", "\n".join(lines)), options(write("i.yaml", INVENTORY)))
    assert [each.code for each in found] == ["alias-bomb"]


def test_anchors_cannot_be_stacked_deeper_than_nesting_may_be(write):
    lines = ["- &a0 x"] + [f"- &a{n} [[[[*a{n - 1}]]]]" for n in range(1, 60)]
    found = problems_of(write("p.yaml", "\n".join(lines)), options(write("i.yaml", INVENTORY)))
    assert [each.code for each in found] == ["too-deep"]


def test_merge_keys_work_and_explicit_keys_win(write):
    text = """\
- tenants: contoso
  desired_state:
    subscriptions:
      - &first {sku: ENTERPRISEWITHSCAL, state: cancelled, soak: 1h}
      - {<<: *first, sku: ENTERPRISEPREMIUM}
"""
    assert problems_of(write("p.yaml", text), options(write("i.yaml", INVENTORY))) == ()


@pytest.mark.parametrize("scalar", ["no", "Yes", "ON", "off", "012", "12:30", "1_000", "-01"])
def test_scalar_nobody_reads_alike_is_refused_unquoted_and_taken_quoted(write, scalar):
    inventory = options(write("i.yaml", INVENTORY))
    play = PLAY.replace("{entry}", "{sku: Office 365 E5, state: cancelled}")
    bad = write("p.yaml", play + f"  name: {scalar}\n")
    good = write("q.yaml", play + f'  name: "{scalar}"\n')
    assert [each.code for each in problems_of(bad, inventory)] == ["ambiguous-scalar"]
    assert problems_of(good, inventory) == ()


def test_problems_of_all_entries_and_plays_are_told_at_once(write):
    text = PLAY.replace("{entry}", "{sku: X, state: cancelled}\n      - {sku: Y, state: gone}")
    found = problems_of(write("p.yaml", text + text), options(write("i.yaml", INVENTORY)))
    assert codes(found) == [
        "unknown-sku p.yaml:4:15",
        "unknown-sku p.yaml:5:15",
        "wrong-value p.yaml:5:25",
        "unknown-sku p.yaml:9:15",
        "unknown-sku p.yaml:10:15",
        "wrong-value p.yaml:10:25",
    ]


def test_validate_without_inventory_still_checks_what_needs_none(write):
    text = PLAY.replace("{entry}", "{sku: X, state: '{{ state_of_tenant }}'}")
    assert codes(validate([write("p.yaml", text)], options())) == ["unknown-sku p.yaml:4:15"]
    known = text.replace("  desired", "  vars: {state_of_tenant: cancelled}\n  desired")
    found = validate([write("q.yaml", known)], options())
    assert codes(found) == ["unknown-sku q.yaml:5:15"]


def test_loading_without_inventory_says_how_to_name_one(write):
    text = PLAY.replace("{entry}", "{sku: Office 365 E5, state: cancelled}")
    (found,) = problems_of(write("p.yaml", text), options())
    assert found.code == "no-inventory"
    assert "-i" in found.hint


def test_message_names_the_nearest_key_and_the_allowed_words(write):
    text = PLAY.replace("{entry}", "{sku: Office 365 E5, state: gone, suak: 1h}")
    wrong, unknown = problems_of(write("p.yaml", text), options(write("i.yaml", INVENTORY)))
    assert wrong.summary == '`state` is "gone"'
    assert wrong.hint == "write `active`, `renewal_off` or `cancelled`"
    assert unknown.hint == "did you mean `soak`"


def test_reserved_variable_in_a_play_is_refused(write):
    text = PLAY.replace("{entry}", "{sku: Office 365 E5, state: cancelled}")
    text += "  vars: {timezone: Europe/Rome}\n"
    found = problems_of(write("p.yaml", text), options(write("i.yaml", INVENTORY)))
    assert codes(found) == ["wrong-key p.yaml:5:10"]


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ('{from: "20:00", to: "20:00"}', "empty-window"),
        ('{from: "24:00", to: "06:00"}', "wrong-value"),
        ('{from: 20:00, to: "06:00"}', "ambiguous-scalar"),
        ('{days: [sat, sat], from: "20:00", to: "06:00"}', "wrong-value"),
        ('{from: "20:00", to: "06:00", timezone: Europe/Roma}', "timezone"),
    ],
)
def test_wrong_window_is_told(write, window, code):
    text = PLAY.replace("{entry}", "{sku: Office 365 E5, state: cancelled}")
    text += f"  maintenance_window: {window}\n"
    found = problems_of(write("p.yaml", text), options(write("i.yaml", INVENTORY)))
    assert [each.code for each in found] == [code]
