"""No rule of a repository can have a code that something of ours has."""

import importlib
import pkgutil
from collections.abc import Iterator

import runner
from runner.cli.accepting import TAKEN
from runner.model.findings import RunnerError


def _errors(kind: type[RunnerError]) -> Iterator[type[RunnerError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _errors(each)


def test_every_code_of_an_error_is_taken() -> None:
    for module in pkgutil.walk_packages(runner.__path__, "runner."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = {each.code for each in _errors(RunnerError) if each.__module__.startswith("runner.")}
    assert len(ours) > 10
    assert ours - TAKEN == set()
