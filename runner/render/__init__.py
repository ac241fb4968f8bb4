"""Events to text: for people at a terminal or reading a log, and for programs."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.render.json import Json
from runner.render.text import Text

FORMATS: Mapping[str, type[Text] | type[Json]] = MappingProxyType({"text": Text, "json": Json})
"""Every format by the name a person types."""

__all__ = ["FORMATS", "Json", "Text"]
