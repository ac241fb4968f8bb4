"""Why a tenant ended is told, also where no step of it says so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from typing import TextIO

import pytest

from runner.model.outcome import Event, EventKind
from runner.render import Html, Markdown, Renderer, Text
from tests.render.stories import a_failed_run

WHY = "the connection to the records was lost"


def _cut_off() -> Iterator[Event]:
    """Yield a run that an error stopped after some steps were over."""
    for event in a_failed_run():
        data = {**event.data, "summary": WHY, "hint": "run it again"}
        yield replace(event, data=data) if event.kind is EventKind.TENANT_FINISHED else event


@pytest.mark.parametrize("make", [Text, Markdown, Html])
def test_an_error_between_steps_is_told_beside_what_was_done(
    make: Callable[[TextIO], Renderer],
) -> None:
    stream = StringIO()
    renderer = make(stream)
    for event in _cut_off():
        renderer.handle(event)
    renderer.close()
    assert WHY in stream.getvalue()
    assert "users" in stream.getvalue()
