"""Names and sentences from outside, made fit to be shown on one line anywhere."""

import re

_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""What moves a cursor, colors a screen or turns text around.

Source: Unicode Standard Annex 9, "Unicode Bidirectional Algorithm" (the explicit directional
controls), read 2026-11-23.
"""


def plain_text(text: str) -> str:
    """Return a text on one line, without what would change how its surroundings look."""
    return " ".join(_UNSHOWN.sub("", text).split())


def plain_lines(text: str) -> str:
    """Return a text of several lines whose lines are as they were indented, otherwise plain."""
    return "\n".join(_UNSHOWN.sub("", line) for line in text.split("\n"))
