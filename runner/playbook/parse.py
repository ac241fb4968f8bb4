"""YAML text to a tree with places, refusing what is ambiguous, doubled or a bomb."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runner.model.findings import Finding, Origin
from runner.playbook.problems import Problems, problem
from runner.playbook.scalars import ambiguity, plain_value
from runner.playbook.text import read_text
from runner.playbook.tree import MarkedList, MarkedMap

_TEXT_KEYS = ("on",)
"""Keys that are text although a reader of YAML 1.1 takes them for a boolean."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
MOST_DEPTH = 64
MOST_NODES = 1_000_000
MOST_ALIASED_NODES = 100_000


@dataclass(frozen=True, slots=True)
class _Built:
    """A value with the number of nodes in it, aliases expanded, and the levels below it."""

    value: Any
    nodes: int = 1
    levels: int = 0


class _Refused(Exception):
    def __init__(self, found: Finding) -> None:
        super().__init__(found.summary)
        self.found = found


def parse_file(path: Path, problems: Problems) -> Any:
    """Return the tree of the one document in a file, or None where there is none to use."""
    text = read_text(path, problems)
    return None if text is None else parse_text(text, file=str(path), problems=problems)


def parse_text(text: str, *, file: str, problems: Problems) -> Any:
    """Return the tree of the one document in a text, or None where there is none to use."""
    try:
        return _Builder(text, file=file, problems=problems).document()
    except _Refused as refused:
        problems.add(refused.found)
    except yaml.MarkedYAMLError as error:
        problems.add(_syntax(error, text, file=file))
    except (yaml.YAMLError, UnicodeError):
        problems.add(
            problem(
                "not-yaml",
                "this holds characters that YAML does not allow",
                at=Origin(file=file),
                hint="save it as UTF-8 text without control characters",
            )
        )
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str, *, file: str) -> Finding:
    mark = error.problem_mark or error.context_mark
    at = (
        Origin(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Origin(file=file)
    )
    if mark and _TAB.match(text, text.rfind("\n", 0, mark.index) + 1):
        said = "this is not YAML: a tab stands before the first word of the line"
        return problem("yaml-syntax", said, at=at, hint="indent with blanks only")
    what = _QUOTED_TEXT.sub("…", error.problem or "not understood")
    if error.context and error.context_mark:
        context = _QUOTED_TEXT.sub("…", error.context)
        what = f"{what}, {context} from line {error.context_mark.line + 1} on"
    return problem("yaml-syntax", f"this is not YAML: {what}", at=at, hint="check the indentation")


_TAB = re.compile(r"[ -]*\t")
_QUOTED_TEXT = re.compile(r"'[^']{3,}'")
"""What the parser quotes of the file may be a secret; a sign such as `-` is not."""


class _Builder:
    """Builds one tree from the parser's events, which never recurse by themselves."""

    def __init__(self, text: str, *, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, _Built | None] = {}
        self._nodes = 0
        self._aliased = 0

    def document(self) -> Any:
        """Return the tree of the first document; a second one is refused."""
        built: _Built | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if built is not None:
                    raise self._refusal(
                        event,
                        "several-documents: this file holds more than one YAML document",
                        hint="keep one document per file",
                    )
                built = self._node(next(self._events), 0)
        return built.value if built else None

    def _node(self, event: Any, depth: int) -> _Built:
        if depth > MOST_DEPTH:
            raise self._too_deep(event)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            summary = f"too-large: this file has more than {MOST_NODES} keys and values"
            raise self._refusal(event, summary, hint="split it into several")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            built = _Built(self._scalar(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._sequence(event, depth)
        else:
            built = self._mapping(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = built
        return built

    def _alias(self, event: Any, depth: int) -> _Built:
        built = self._anchors.get(event.anchor)
        if built is None:
            what = "itself" if event.anchor in self._anchors else "an anchor that is not there"
            summary = f"alias: this alias refers to {what}"
            raise self._refusal(event, summary, hint="define the anchor before its first use")
        if depth + built.levels > MOST_DEPTH:
            raise self._too_deep(event)
        self._aliased += built.nodes
        if self._aliased > MOST_ALIASED_NODES:
            summary = f"alias-bomb: aliases expand to more than {MOST_ALIASED_NODES} nodes"
            raise self._refusal(event, summary, hint="use variables or groups instead of aliases")
        return built

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag not in (None, "!", f"{_STANDARD}str"):
            self._unknown_tag(event)
        if tag is not None or event.style:
            return event.value
        unclear = ambiguity(event.value)
        if unclear:
            self._problems.add(
                problem(
                    "ambiguous-scalar",
                    unclear,
                    at=self._at(event),
                    hint="put it in quotes, or write `true` or `false` where a boolean is meant",
                )
            )
            return event.value
        return plain_value(event.value)

    def _sequence(self, event: Any, depth: int) -> _Built:
        self._expect_tag(event, "seq")
        items, nodes, levels = MarkedList(self._at(event)), 1, 0
        for item in self._events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            built = self._node(item, depth + 1)
            items.append(built.value)
            items.items_at.append(self._at(item))
            nodes += built.nodes
            levels = max(levels, built.levels + 1)
        return _Built(items, nodes, levels)

    def _mapping(self, event: Any, depth: int) -> _Built:
        self._expect_tag(event, "map")
        entries, merged = MarkedMap(self._at(event)), list[MarkedMap]()
        nodes, levels = 1, 0
        for key_event in self._events:
            if isinstance(key_event, yaml.MappingEndEvent):
                break
            key = self._key(key_event)
            value_event = next(self._events)
            built = self._node(value_event, depth + 1)
            nodes += built.nodes + 1
            levels = max(levels, built.levels + 1)
            if key == "<<" and not key_event.style:
                merged += self._merged(value_event, built.value)
                continue
            self._refuse_double(entries, key, at=self._at(key_event))
            entries.put(
                key, built.value, key_at=self._at(key_event), value_at=self._at(value_event)
            )
        for other in merged:
            entries.take(other, [key for key in other if key not in entries])
        return _Built(entries, nodes, levels)

    def _key(self, event: Any) -> str:
        value: Any = None
        if isinstance(event, yaml.ScalarEvent) and event.value in _TEXT_KEYS:
            return str(event.value)
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            value = self._node(event, 0).value
            if isinstance(value, str):
                return value
        if isinstance(event, yaml.CollectionStartEvent) or isinstance(value, dict | list):
            raise self._refusal(event, "key: a key must be a single word", hint="write plain keys")
        self._problems.add(
            problem("key", "a key must be text", at=self._at(event), hint="put it in quotes")
        )
        return str(value)

    def _refuse_double(self, entries: MarkedMap, key: str, *, at: Origin) -> None:
        if key not in entries:
            return
        first = entries.keys_at[key]
        self._problems.add(
            problem(
                "duplicate-key",
                f"`{key}` stands here a second time, first in line {first.line}",
                at=at,
                hint="keep one of the two",
            )
        )

    def _merged(self, event: Any, value: Any) -> list[MarkedMap]:
        maps = value if isinstance(value, MarkedList) else [value]
        if not all(isinstance(each, MarkedMap) for each in maps):
            raise self._refusal(
                event,
                "merge: `<<` takes a mapping or a list of mappings",
                hint="name an anchor there",
            )
        return list(maps)

    def _expect_tag(self, event: Any, kind: str) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}{kind}"):
            self._unknown_tag(event)

    def _unknown_tag(self, event: Any) -> None:
        self._problems.add(
            problem(
                "unknown-tag",
                "YAML tags such as `!vault` are not used here",
                at=self._at(event),
                hint="leave the tag out; text goes in quotes",
            )
        )

    def _too_deep(self, event: Any) -> _Refused:
        summary = f"too-deep: nested deeper than {MOST_DEPTH} levels"
        return self._refusal(event, summary, hint="write it flatter")

    def _refusal(self, event: Any, coded: str, *, hint: str) -> _Refused:
        code, summary = coded.split(": ", 1)
        return _Refused(problem(code, summary, at=self._at(event), hint=hint))

    def _at(self, event: Any) -> Origin:
        mark = event.start_mark
        return Origin(file=self._file, line=mark.line + 1, column=mark.column + 1)
