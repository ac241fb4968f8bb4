"""Choose how plans and runs are written on stdout."""

import sys

from runner.cli.options import Given
from runner.render import Text

FOLDED_BEYOND = 10
"""Of a run over more tenants than this, those that ended alike are told together, at its end."""


def plan_text(given: Given) -> Text:
    """Return what writes a plan: tenants of the same shape are one entry."""
    return Text(
        sys.stdout,
        has_color=_has_color(given),
        shows_origins=given.is_verbose,
        is_folded=not given.is_expanded,
    )


def run_text(given: Given, *, tenants: int) -> Text:
    """Return what writes a run over so many tenants."""
    is_folded = tenants > FOLDED_BEYOND and not given.is_expanded
    return Text(sys.stdout, has_color=_has_color(given), is_folded=is_folded)


def _has_color(given: Given) -> bool:
    return given.has_color and sys.stdout.isatty()
