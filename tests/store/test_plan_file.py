"""A plan file is read back as it was saved, or not at all."""

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.model.findings import CannotWrite, PlanFileError, PlanRefused
from runner.steps import KIND_OF, KINDS
from runner.store import load_plan, plan_bytes, plan_document, save_plan
from tests.builders import E4, plan_of, spec, subscription, tenant_state, users, want_moved
from tests.store.plans import every_kind, smallest


def _resigned(document: dict[str, Any]) -> bytes:
    """Return a document as this format writes it, its digest over everything else in it."""
    encode = msgspec.json.Encoder(order="sorted").encode
    bare = {key: value for key, value in document.items() if key != "digest"}
    digest = f"sha256:{hashlib.sha256(encode(bare)).hexdigest()}"
    return encode({**bare, "digest": digest}) + b"\n"


def test_the_example_has_a_step_of_every_kind() -> None:
    found = {KIND_OF[type(step)] for step in every_kind().tenants[0].steps}
    assert found == set(KINDS)


def test_what_is_saved_is_read_back_equal(tmp_path: Path) -> None:
    save_plan(every_kind(), tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == every_kind()


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save_plan(smallest(), pipe)
        assert os.read(reader, 1 << 16) == plan_bytes(smallest())
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_keeps_leading_to_its_file(tmp_path: Path) -> None:
    link = tmp_path / "plan.json"
    link.symlink_to("approved.json")
    save_plan(smallest(), link)
    assert link.is_symlink()
    assert load_plan(tmp_path / "approved.json") == smallest()


def test_what_is_read_back_makes_the_same_bytes(tmp_path: Path) -> None:
    save_plan(every_kind(), tmp_path / "plan.json")
    again = plan_bytes(load_plan(tmp_path / "plan.json"))
    assert again == (tmp_path / "plan.json").read_bytes()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)
    save_plan(every_kind(), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80])
def test_every_flipped_bit_is_refused(tmp_path: Path, mask: int) -> None:
    path, content = tmp_path / "plan.json", plan_bytes(smallest())
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= mask
        path.write_bytes(changed)
        with pytest.raises(PlanRefused):
            load_plan(path)


@pytest.mark.parametrize("insert", [b"", b" ", b"0", b"\xff"])
def test_every_byte_that_is_taken_out_or_put_in_is_refused(tmp_path: Path, insert: bytes) -> None:
    path, content = tmp_path / "plan.json", plan_bytes(smallest())
    for place in range(len(content)):
        rest = content[place if insert else place + 1 :]
        path.write_bytes(content[:place] + insert + rest)
        with pytest.raises(PlanRefused):
            load_plan(path)


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_plan_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "plan.json").write_bytes(plan_bytes(smallest())[:cut])
    with pytest.raises((PlanRefused, PlanFileError)):
        load_plan(tmp_path / "plan.json")


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(',"', ', "', 1),
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('"seats":1,', '"seats":2,', 1),
        lambda text: text.replace('"accepted":[]', '"accepted":["too-many-users"]', 1),
    ],
)
def test_an_edited_plan_is_refused(tmp_path: Path, edit: Callable[[str], str]) -> None:
    content = plan_bytes(smallest()).decode()
    assert edit(content) != content
    (tmp_path / "plan.json").write_text(edit(content))
    with pytest.raises(PlanRefused):
        load_plan(tmp_path / "plan.json")


def test_another_major_version_is_no_plan_for_this_program(tmp_path: Path) -> None:
    document = plan_document(smallest()) | {"format_version": "2.0"}
    (tmp_path / "plan.json").write_bytes(_resigned(document))
    with pytest.raises(PlanFileError, match=r"format version 2\.0, this program reads 1\.0"):
        load_plan(tmp_path / "plan.json")


def test_keys_of_a_later_minor_version_are_passed_over(tmp_path: Path) -> None:
    document = plan_document(every_kind()) | {"format_version": "1.7", "colour": "green"}
    document["tenants"][0]["mood"] = "fine"
    document["tenants"][0]["steps"][0]["speed"] = 3
    (tmp_path / "plan.json").write_bytes(_resigned(document))
    assert load_plan(tmp_path / "plan.json") == every_kind()


def test_an_unknown_key_without_a_fitting_digest_is_refused(tmp_path: Path) -> None:
    document = plan_document(every_kind()) | {"colour": "green"}
    (tmp_path / "plan.json").write_bytes(
        msgspec.json.Encoder(order="sorted").encode(document) + b"\n"
    )
    with pytest.raises(PlanRefused):
        load_plan(tmp_path / "plan.json")


@pytest.mark.parametrize("kind", ["buy_moon", None, 3])
def test_an_unknown_kind_of_step_is_no_plan(tmp_path: Path, kind: object) -> None:
    document = plan_document(every_kind())
    document["tenants"][0]["steps"][0]["kind"] = kind
    (tmp_path / "plan.json").write_bytes(_resigned(document))
    with pytest.raises(PlanFileError):
        load_plan(tmp_path / "plan.json")


WRONG = [
    ("id", 3),
    ("made_at", "yesterday"),
    ("playbook", None),
    ("tenants", None),
    ("tenants", "x"),
    ("tenants", [3]),
    ("tenants", [{"tenant": "contoso"}]),
    ("unread", [3]),
    ("accepted", 3),
    ("accepted", "x"),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_part_of_another_shape_is_no_plan(tmp_path: Path, key: str, value: object) -> None:
    (tmp_path / "plan.json").write_bytes(_resigned(plan_document(every_kind()) | {key: value}))
    with pytest.raises(PlanFileError):
        load_plan(tmp_path / "plan.json")


HEAD = b'{"format": "upgrade-runner/plan", "format_version": "1.0", "id": '
JUNK = {
    "nothing": b"",
    "empty object": b"{}",
    "list": b"[]",
    "null": b"null",
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "lone surrogate": HEAD + b'"\\ud800"}',
    "long number": HEAD + b"1" + b"0" * 30 + b"}",
    "not a number": HEAD + b"NaN}",
    "no version": b'{"format": "upgrade-runner/plan"}',
    "format is a list": b'{"format": ["upgrade-runner/plan"]}',
}


@pytest.mark.parametrize("content", JUNK.values(), ids=JUNK)
def test_junk_is_no_plan(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises((PlanFileError, PlanRefused)):
        load_plan(tmp_path / "plan.json")


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.binary(max_size=40), st.integers(0, 2000))
def test_bytes_put_anywhere_are_refused(tmp_path: Path, junk: bytes, place: int) -> None:
    content = plan_bytes(smallest())
    changed = content[:place] + junk + content[place + len(junk) :]
    (tmp_path / "plan.json").write_bytes(changed)
    if changed != content:
        with pytest.raises((PlanRefused, PlanFileError)):
            load_plan(tmp_path / "plan.json")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="cannot be read: No such file"):
        load_plan(tmp_path / "plan.json")


def test_a_cohort_of_a_hundred_thousand_users_costs_little_more_than_their_ids() -> None:
    name = "00000000-0000-4000-8000-00000000000"
    people = users(100_000, E4, prefix=name[:-1])
    plan = plan_of(
        tenant_state(subscription(E4, 100_000), users=people), spec(assignments=(want_moved(),))
    )
    ids = sum(len(person.id) + 3 for person in people)
    assert len(plan_bytes(plan)) < ids + 6000


def test_a_plan_that_finds_no_room_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(CannotWrite):
        save_plan(smallest(), tmp_path / "plan.json")
    assert not list(tmp_path.iterdir())
