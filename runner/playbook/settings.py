"""Settings files to one mapping of names to values, with every problem."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.playbook.complaints import schema_problems
from runner.playbook.parse import parse_file
from runner.playbook.problems import Problems, problem
from runner.playbook.schemas import validator
from runner.playbook.tree import MarkedMap


def load_settings(files: Iterable[Path]) -> dict[str, Any]:
    """Return what the settings files say; a later file replaces what an earlier one says.

    Raises: PlaybookError with all problems of all files, when there is any.
    """
    problems = Problems()
    settings: dict[str, Any] = {}
    for path in files:
        told = len(problems)
        tree = parse_file(path, problems)
        if isinstance(tree, MarkedMap):
            for wrong in schema_problems(tree, validator("settings")):
                problems.add(wrong)
            settings.update(tree)
        elif tree is not None and len(problems) == told:
            said, hint = "the settings are no mapping of names to values", "write `name: value`"
            problems.add(problem("not-settings", said, at=Origin(file=str(path)), hint=hint))
    problems.refuse()
    return settings
