"""The same events through every renderer, compared with golden files."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from runner.render import FORMATS, Text
from runner.render.text import Screen
from tests.render.conftest import GOLDEN
from tests.render.stories import STORIES, a_plan

SUFFIX = {
    "text": "txt",
    "json": "json",
    "lines": "jsonl",
    "markdown": "md",
    "html": "html",
    "junit": "xml",
    "gitlab": "gitlab.json",
}


def _shown(shown: StringIO, story: str, format_name: str) -> str:
    folds = format_name == "text" and story.startswith("fleet")
    renderer = Text(shown, is_folded=True) if folds else FORMATS[format_name](shown)
    for event in STORIES[story]():
        renderer.handle(event)
    renderer.close()
    return shown.getvalue()


@pytest.mark.parametrize("format_name", list(FORMATS))
@pytest.mark.parametrize("story", list(STORIES))
def test_golden(story: str, format_name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{story}.{SUFFIX[format_name]}", _shown(StringIO(), story, format_name))


def test_no_golden_file_is_forgotten() -> None:
    wanted = {f"{story}.{SUFFIX[name]}" for story in STORIES for name in FORMATS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize("story", list(STORIES))
def test_json_is_one_document(story: str) -> None:
    assert json.loads(_shown(StringIO(), story, "json"))["format"] == "upgrade-runner/run"


def _plan_text(**options: Any) -> str:
    stream = StringIO()
    renderer = Text(stream, **options)
    for event in a_plan():
        renderer.handle(event)
    return stream.getvalue()


def test_color_adds_nothing_to_the_words() -> None:
    colored, plain = _plan_text(screen=Screen(has_color=True)), _plan_text()
    assert "\x1b[" in colored and "\x1b[" not in plain
    for code in ("31", "32", "33", "35", "36", "0"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


def test_every_step_can_say_which_line_wanted_it() -> None:
    lines = _plan_text(shows_origins=True).splitlines()
    steps = [line for line in lines if line.startswith(("  + ", "  ~ ", "  - ", "  · "))]
    assert steps and all("(book.yaml:" in line for line in steps)


def test_the_last_line_of_a_plan_is_stable_for_grep() -> None:
    assert _plan_text().splitlines()[-1].startswith("Plan: 120 seats to buy, 116 users to move, ")
