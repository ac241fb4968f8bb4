"""The rooms keep to the table of docs/architecture.md, and the table to the rooms."""

import re

from tests.house.rooms import ROOMS
from tests.house.rules_rooms import async_offences, import_offences, loops, world_offences
from tests.house.source import PACKAGE, ROOT, hold, module, modules

ROW = re.compile(r"\| `(?P<room>\w+)` \| (?P<purpose>.+?) \| (?P<imports>.+?) \| (?P<world>.+?) \|")


def test_a_room_imports_only_what_the_table_allows() -> None:
    hold(import_offences)


def test_a_room_touches_only_its_part_of_the_world() -> None:
    hold(world_offences)


def test_plain_rooms_hold_no_asynchronous_code() -> None:
    hold(async_offences)


def test_one_event_loop_is_started_and_in_cli() -> None:
    starts = [(of.room, place) for of in modules() for place in loops(of)]
    outside = [(room, place) for room, place in starts if room not in {"cli", "simulator"}]
    assert outside == []
    assert len([room for room, _ in starts if room == "cli"]) <= 1


def test_every_room_of_the_table_exists_and_no_other() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(ROOMS)


def test_every_room_is_mirrored_in_the_tests() -> None:
    without = [room for room in ROOMS if not list((ROOT / "tests" / room).rglob("test_*.py"))]
    assert without == ["model"]


def test_rooms_may_import_only_rooms_above_them() -> None:
    order = list(ROOMS)
    upward = [
        (room, other)
        for room, row in ROOMS.items()
        for other in row.may_import
        if other != "all" and order.index(other) >= order.index(room)
    ]
    assert upward == []


def test_the_architecture_page_has_the_same_table() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("## The rooms")[2].partition("\n## ")[0]
    written = {
        found["room"]: (found["purpose"], found["imports"], found["world"])
        for found in ROW.finditer(section)
    }
    held = {
        name: (room.purpose, ", ".join(room.may_import) or "—", room.touches)
        for name, room in ROOMS.items()
    }
    assert list(written.items()) == list(held.items())


def test_the_import_rule_sees_every_way_to_import() -> None:
    text = "import runner.cli\nfrom runner import store\nfrom runner.model.ids import SkuId\n"
    found = list(import_offences(module(text, place="runner/planning/example.py")))
    assert found == [
        "runner/planning/example.py:1: planning may not import cli",
        "runner/planning/example.py:2: planning may not import store",
    ]


def test_the_world_rule_sees_clocks_chance_files_and_screens() -> None:
    lines = [
        "import os",
        "from time import sleep",
        "import random",
        "from datetime import datetime",
        "now = datetime.now(tz)",
        "print(now)",
        "path.read_text()",
        "os.environ['X']",
        "await asyncio.sleep(1)",
        "text.open_orders",
    ]
    found = world_offences(module("\n".join(lines), place="runner/planning/example.py"))
    assert {int(line.split(":")[1]) for line in found} == {1, 2, 3, 5, 6, 7, 8, 9}


def test_the_async_rule_sees_functions_and_imports() -> None:
    text = "import asyncio\nasync def read(): ...\n"
    assert len(list(async_offences(module(text, place="runner/playbook/example.py")))) == 2
    assert list(async_offences(module(text, place="runner/engine/example.py"))) == []
