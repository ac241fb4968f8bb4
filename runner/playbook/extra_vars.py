"""The variables given with `-e`: `key=value`, a mapping in YAML or JSON, or `@FILE`."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.playbook.parse import parse_file, parse_text
from runner.playbook.problems import Problems, problem
from runner.playbook.scalars import plain_value
from runner.playbook.tree import MarkedMap

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_AT = Origin(file="-e", line=0)


def read_extra_vars(texts: Iterable[str], problems: Problems) -> MarkedMap:
    """Return the variables of all `-e` texts, the later ones winning."""
    variables = MarkedMap(_AT)
    for text in texts:
        found = _read(text.strip(), problems)
        for name in found:
            if not _NAME.fullmatch(name) or name == "tenant":
                _complain(problems, "a name is of letters, digits and `_`, and is not `tenant`")
        variables.take(found, found)
    return variables


def _read(text: str, problems: Problems) -> MarkedMap:
    if not text.startswith(("@", "{")):
        return _pairs(text, problems)
    told = len(problems)
    tree: Any
    if text.startswith("@"):
        tree = parse_file(Path(text[1:]), problems)
    else:
        tree = parse_text(text, file="-e", problems=problems)
    if isinstance(tree, MarkedMap):
        return tree
    if len(problems) == told:
        _complain(problems, "this is no mapping of variables")
    return MarkedMap(_AT)


def _pairs(text: str, problems: Problems) -> MarkedMap:
    """Return `a=1 b="x y"` as variables; numbers and booleans keep their kind."""
    variables = MarkedMap(_AT)
    try:
        words = shlex.split(text)
    except ValueError:
        words = [""]
    for word in words or [""]:
        name, equals, value = word.partition("=")
        if not equals or not name:
            _complain(problems, "this is not `key=value`")
            continue
        variables.put(name, plain_value(value), key_at=_AT, value_at=_AT)
    return variables


def _complain(problems: Problems, summary: str) -> None:
    hint = "write `-e key=value`, `-e '{key: value}'` or `-e @FILE`"
    problems.add(problem("extra-vars", summary, at=_AT, hint=hint))
