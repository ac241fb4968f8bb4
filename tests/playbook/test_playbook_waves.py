"""Which wave of a playbook a tenant is in."""

import pytest

from runner.model.spec import Gate, Pace
from runner.playbook import load
from runner.playbook.waves import cut
from tests.playbook.files import codes, options, problems_of

STATE = "desired_state: {assignments: [{from: ENTERPRISEWITHSCAL, to: ENTERPRISEPREMIUM}]}"
TEN = "all: {tenants: {t0: , t1: , t2: , t3: , t4: , t5: , t6: , t7: , t8: , t9: }}"
NUMBERED = """\
all:
  vars: {wave: 9}
  tenants: {a: {}, b: {wave: 2}, c: {wave: 1}, d: {wave: 2}, e: {}}
"""


def waves_of(write, *plays: str, inventory: str = TEN, **more):
    """Return the tenants of every wave, and the paces."""
    text = "".join(f"- {{{play}, {STATE}}}\n" for play in plays)
    found = load([write("p.yaml", text)], options=options(write("i.yaml", inventory), **more))
    waves: list[list[str]] = [[] for _ in found.paces]
    for spec in found.specs:
        assert spec.waves == len(found.paces)
        waves[spec.wave - 1].append(spec.tenant.name)
    return ["".join(wave).replace("t", "") for wave in waves], found.paces


@pytest.mark.parametrize(
    ("serial", "waves"),
    [
        ("", ["0123456789"]),
        (", serial: 4", ["0123", "4567", "89"]),
        (', serial: "25%"', ["01", "23", "45", "67", "89"]),
        (', serial: [1, "25%", "100%"]', ["0", "12", "3456789"]),
        (", serial: 99", ["0123456789"]),
        (', serial: "{{ many }}", vars: {many: 5}', ["01234", "56789"]),
    ],
)
def test_serial_cuts_the_tenants_of_a_play(write, serial, waves):
    assert waves_of(write, f"tenants: all{serial}")[0] == waves


def test_shares_are_of_the_tenants_that_the_limit_leaves(write):
    found, _ = waves_of(write, 'tenants: all, serial: "50%"', limit=("t1:t2:t3:t4",))
    assert found == ["12", "34"]


def test_waves_of_the_inventory_come_in_their_order_and_are_cut_further(write):
    assert waves_of(write, "tenants: all", inventory=NUMBERED)[0] == ["c", "bd", "ae"]
    found, _ = waves_of(write, "tenants: all, serial: [3, 1]", inventory=NUMBERED)
    assert found == ["c", "b", "d", "a", "e"]


def test_a_play_where_only_some_have_a_wave_is_an_error(write):
    book = write("p.yaml", f"- {{tenants: all, {STATE}}}\n")
    chosen = options(write("i.yaml", "all: {tenants: {a: {wave: 1}, b: {}, c: {}}}"))
    found = problems_of(book, chosen)
    assert codes(found) == ["no-wave p.yaml:1:13"]
    assert found[0].summary == "1 of 3 tenants of this play have a `wave`"


def test_plays_come_one_after_the_other(write):
    found, paces = waves_of(
        write,
        "tenants: [t5, t6], max_fail_percentage: 10",
        "tenants: [t0, t1, t2], serial: 2, gate: confirm",
    )
    assert found == ["56", "01", "2"]
    confirm = Pace(gate=Gate.CONFIRM)
    assert paces == (Pace(max_fail_percentage=10), confirm, confirm)


def test_a_tenant_of_several_plays_is_in_the_first_and_every_size_is_kept_to(write):
    found, paces = waves_of(
        write,
        "tenants: [t0, t1, t2], max_fail_percentage: 50",
        "tenants: [t1, t2, t3], serial: 1, max_fail_percentage: 20",
    )
    assert found == ["01", "2", "3"]
    assert [pace.max_fail_percentage for pace in paces] == [20, 20, 20]


def test_plays_for_the_same_tenants_without_serial_are_one_wave(write):
    found, _ = waves_of(write, "tenants: [t0, t1]", "tenants: [t1]")
    assert found == ["01"]


def test_every_tenant_is_in_one_wave_and_no_wave_is_too_large() -> None:
    names = [f"t{number}" for number in range(37)]
    for sizes in ((5,), ("10%",), (1, 3, "50%"), ()):
        waves = cut(names, sizes, numbers={})
        assert [name for wave in waves for name in wave] == names
        assert all(waves)


@pytest.mark.parametrize(
    "said",
    ["serial: 0", "serial: -1", "serial: []", 'serial: "0.5"', "max_fail_percentage: 101",
     "gate: maybe", 'serial: "{{ tenant.name }}"'],
)  # fmt: skip
def test_a_pace_that_cannot_be_is_an_error(write, said):
    book = write("p.yaml", f"- {{tenants: all, {said}, {STATE}}}\n")
    assert problems_of(book, options(write("i.yaml", TEN)))
