"""Choose how plans and runs are written."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runner.cli.options import Given
from runner.cli.wiring import Connections
from runner.render import FORMATS, Html, Markdown, Renderer, Text
from runner.render.fleet_progress import FleetProgress
from runner.render.progress import Progress
from runner.render.text import Screen

FOLDED_BEYOND = 10
"""Of a run over more tenants than this, those that ended alike are told together, at its end."""

PLAN_FORMATS = ("text", "json", "markdown", "html", "gitlab")
ALL_FORMATS = (*PLAN_FORMATS, "lines", "junit")


def plan_renderer(form: str, given: Given) -> Renderer:
    """Return what writes a plan on stdout: tenants of the same shape are one entry."""
    return _renderer(form, given, is_folded=not given.is_expanded)


def run_renderer(
    form: str, given: Given, *, tenants: int, tasks: frozenset[str] = frozenset()
) -> Renderer:
    """Return what writes a run over so many tenants on stdout; `tasks` were shown before."""
    is_folded = tenants > FOLDED_BEYOND and not given.is_expanded
    return _renderer(form, given, is_folded=is_folded, tasks=tasks)


def screen_width() -> int | None:
    """Return the columns of the terminal; None where nobody looks at one, so that grep finds it."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _renderer(
    form: str, given: Given, *, is_folded: bool, tasks: frozenset[str] = frozenset()
) -> Renderer:
    stream = sys.stdout
    if form == "text":
        has_color = given.has_color and stream.isatty()
        screen = Screen(width=screen_width(), has_color=has_color, tasks=tasks)
        return Text(stream, screen=screen, shows_origins=given.is_verbose, is_folded=is_folded)
    if form in ("markdown", "html"):
        page: type[Markdown] | type[Html] = Markdown if form == "markdown" else Html
        return page(stream, is_folded=is_folded)
    return FORMATS[form](stream)


def run_progress(*, tenants: int) -> Progress | FleetProgress:
    """Return what says on stderr how far a run over so many tenants is."""
    is_terminal = sys.stderr.isatty()
    if tenants <= FOLDED_BEYOND:
        return Progress(sys.stderr, is_terminal=is_terminal, monotonic_s=time.monotonic)
    return FleetProgress(
        sys.stderr, tenants=tenants, is_terminal=is_terminal, monotonic_s=time.monotonic
    )


@contextmanager
def reading_progress(connections: Connections, *, tenants: int) -> Iterator[Callable[[str], None]]:
    """Yield what is told how a tenant that was read stands, and says how far the reading is."""
    progress = run_progress(tenants=tenants)
    if isinstance(progress, Progress):
        yield lambda _: None
        return
    connections.listen(progress)
    try:
        yield progress.over
    finally:
        progress.stop()
