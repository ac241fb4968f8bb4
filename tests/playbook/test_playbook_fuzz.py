"""Whatever is in the files: a result or a `PlaybookError`, and time in proportion to size."""

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.model.findings import PlaybookError
from runner.playbook import load, load_inventory, validate
from tests.playbook.files import INVENTORY, options

WORDS = re.findall(
    r"\S+",
    """- { } [ ] ' " &a *a << !! !x # % {{ }} {% tenants: all: desired_state: subscriptions:
    assignments: sku: state: active cancelled seats: match: auth: method: token vars: children:
    who: no 012 12:30 5 -1 1e999 null true é contoso timezone: limits: serial: from: to:""",
)
PIECES = st.sampled_from([*WORDS, ": ", ", ", " ", "\n", "\n  ", "\n    ", "\t", "\ufeff"])
FUZZED = st.lists(PIECES, max_size=60).map("".join).map(str.encode)
TEXTS = st.one_of(FUZZED, st.binary(max_size=200))
KEYS = ("sku", "state", "seats", "purchase", "when", "soak", "channel")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FUZZ = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GOOD = b"- {tenants: all, desired_state: {subscriptions: [{sku: Office 365 E5, state: cancelled}]}}"


@FUZZ
@given(playbook=TEXTS, inventory=TEXTS, extra=st.text(max_size=20))
def test_any_bytes_end_in_a_result_or_a_playbook_error(write, playbook, inventory, extra):
    good = write("good.yaml", INVENTORY)
    chosen = options(write("i.yaml", inventory), extra_vars=(extra,))
    validate([write("p.yaml", playbook)], options(good))
    for path in (write("p.yaml", playbook), write("g.yaml", GOOD)):
        with contextlib.suppress(PlaybookError):
            load([path], options=chosen)
    with contextlib.suppress(PlaybookError):
        load_inventory(chosen, tenants=[extra])


@FUZZ
@given(value=VALUES, key=st.sampled_from(KEYS))
def test_any_value_of_a_variable_ends_in_a_result_or_a_playbook_error(write, value, key):
    entry = {
        "sku": "Office 365 E5",
        "state": "active",
        "seats": 5,
        "purchase": {"term": "annual", "billing": "monthly"},
        key: "{{ x }}",
    }
    playbook = write("p.yaml", f"- {{tenants: all, desired_state: {{subscriptions: [{entry}]}}}}")
    inventory = write("i.yaml", f"all: {{vars: {{x: {value!r}}}, tenants: {{contoso: }}}}")
    with contextlib.suppress(PlaybookError):
        load([playbook], options=options(inventory))


@FUZZ
@given(text=st.text(max_size=60), pieces=st.lists(PIECES, max_size=12).map("".join))
def test_any_template_ends_in_a_result_or_a_playbook_error(write, text, pieces):
    write("i.yaml", INVENTORY)
    for source in (f"{{{{ {text} }}}}", f"{{{{ {pieces} }}}}", f"{{% {text} %}}", text):
        quoted = source.replace("'", "''")
        playbook = write("p.yaml", f"- tenants: all\n  name: '{quoted}'\n  desired_state: {{}}\n")
        with contextlib.suppress(PlaybookError):
            load([playbook], options=options(Path("i.yaml")))


def seconds(write, tenants: int) -> float:
    lines = ["all: {children: {g: {vars: {cloud: global}, tenants: {"]
    lines += [
        f"t{n}: {{tenant_id: 8f14e45f-0000-0000-0000-{n:012}, auth: {{method: default}}}},"
        for n in range(tenants)
    ]
    inventory = write("i.yaml", "\n".join([*lines, "}}}}"]))
    started = time.process_time()
    loaded = load([write("p.yaml", GOOD)], options=options(inventory))
    assert len(loaded.specs) == tenants
    return time.process_time() - started


@pytest.mark.parametrize("tenants", [2000])
def test_time_grows_in_proportion_to_the_inventory(write, tenants):
    seconds(write, 50)
    assert seconds(write, tenants) < 12 * seconds(write, tenants // 4)
