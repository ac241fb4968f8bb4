"""Durations on the command line are those of playbooks."""

import click
import pytest

from runner.cli.durations import DURATION


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("30m", 1_800), ("2h30m", 9_000), ("3d", 259_200), (" 1H ", 3_600)],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "1.5h", "2 h", "1w", "soon", "1h-"])
def test_what_is_no_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(click.BadParameter, match="2h30m"):
        DURATION.convert(text, None, None)
