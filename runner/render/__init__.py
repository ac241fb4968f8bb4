"""Events to text: for people at a terminal or reading a log, and for programs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TextIO

from runner.model.outcome import Event
from runner.render.gitlab import GitLab
from runner.render.html import Html
from runner.render.json import Json
from runner.render.junit import JUnit
from runner.render.lines import Lines
from runner.render.markdown import Markdown
from runner.render.sarif import sarif_document
from runner.render.text import Text


class Renderer(Protocol):
    """What takes events in and writes them somewhere, at once or when it is closed."""

    def __init__(self, stream: TextIO) -> None: ...

    def handle(self, event: Event) -> None:
        """Take one event in."""
        ...

    def close(self) -> None:
        """Write what is still held back."""
        ...


FORMATS: Mapping[str, type[Renderer]] = MappingProxyType(
    {
        "text": Text,
        "json": Json,
        "lines": Lines,
        "markdown": Markdown,
        "html": Html,
        "junit": JUnit,
        "gitlab": GitLab,
    }
)
"""Every format by the name a person types."""

__all__ = [
    "FORMATS",
    "GitLab",
    "Html",
    "JUnit",
    "Json",
    "Lines",
    "Markdown",
    "Renderer",
    "Text",
    "sarif_document",
]
