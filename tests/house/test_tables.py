"""Every file of a plug-in room is listed in its table, under its own name."""

import ast
import importlib
from collections.abc import Iterator

from tests.house.source import Function, Module, modules, refuse


def _files(folder: str) -> Iterator[Module]:
    return (
        of
        for of in modules()
        if of.place.startswith(f"runner/{folder}/")
        and of.place.count("/") == folder.count("/") + 2
        and of.stem != "__init__"
    )


def _defines(of: Module, name: str) -> bool:
    return any(
        (isinstance(node, Function) and node.name == name)
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name)
        for node in of.tree.body
    )


def _methods(of: Module) -> Iterator[set[str]]:
    for node in of.tree.body:
        if isinstance(node, ast.ClassDef):
            yield {item.name for item in node.body if isinstance(item, Function)}


def test_every_step_kind_is_in_the_table_under_its_own_name() -> None:
    kinds = importlib.import_module("runner.steps").KINDS
    files = {of.stem for of in _files("steps") if _defines(of, "KIND")}
    assert files == {kind.name for kind in kinds}
    assert len(files) == len(kinds)


def test_file_kind_and_class_of_a_step_are_the_same_word() -> None:
    kinds = importlib.import_module("runner.steps").KINDS
    assert {kind.step.__name__ for kind in kinds} == {
        kind.name.title().replace("_", "") for kind in kinds
    }
    assert {kind.step.__module__ for kind in kinds} == {
        f"runner.steps.{kind.name}" for kind in kinds
    }


def test_every_guard_is_in_the_table() -> None:
    guards = importlib.import_module("runner.planning.guards").GUARDS
    files = {of.stem for of in _files("planning/guards") if _defines(of, "check")}
    assert files == {guard.__module__.rpartition(".")[2] for guard in guards}
    assert {guard.__name__ for guard in guards} == {"check"}


def test_every_look_before_an_end_is_in_a_table() -> None:
    room = importlib.import_module("runner.steps.before_ending")
    looks = (*room.ALWAYS, *room.ONCE_FREED, *room.AT_ONCE)
    files = {of.stem for of in _files("steps/before_ending") if _defines(of, "check")}
    assert files == {look.__module__.rpartition(".")[2] for look in looks}
    assert len(files) == len(looks)


def test_a_guard_finds_what_its_file_is_called() -> None:
    guards = [of for of in _files("planning/guards") if _defines(of, "check")]
    refuse([of.place for of in guards if f'"{of.stem.replace("_", "-")}"' not in of.text])


def test_every_output_format_is_in_the_table() -> None:
    formats = importlib.import_module("runner.render").FORMATS
    files = {
        of.stem
        for of in _files("render")
        if any(methods >= {"handle", "close"} for methods in _methods(of))
    }
    assert files == set(formats)
