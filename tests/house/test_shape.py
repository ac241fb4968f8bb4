"""Functions, files, parameters and names keep to the house's ceilings."""

from tests.house.rules_shape import (
    comment_offences,
    global_offences,
    name_offences,
    noun_offences,
    parameter_offences,
    size_offences,
)
from tests.house.source import hold, module


def test_files_and_functions_are_short() -> None:
    hold(size_offences)


def test_functions_take_few_parameters_and_few_by_position() -> None:
    hold(parameter_offences)


def test_names_say_something() -> None:
    hold(name_offences)


def test_there_are_no_section_banners() -> None:
    hold(comment_offences)


def test_no_function_changes_a_global() -> None:
    hold(global_offences)


def test_nouns_and_steps_are_frozen_slotted_and_keyword_only() -> None:
    hold(noun_offences)


def test_the_size_rule_counts_from_def_to_end() -> None:
    body = "\n".join(["def long():"] + ["    x = 1"] * 40)
    assert list(size_offences(module(body))) == [
        "runner/model/example.py:1: long has 41 lines, not 40"
    ]
    assert list(size_offences(module("x = 1\n" * 301))) == [
        "runner/model/example.py: 301 lines, the limit is 300"
    ]


def test_the_parameter_rule_counts_without_self() -> None:
    text = "def wide(*, a, b, c, d, e, f): ...\ndef four(a, b, c, d): ...\n"
    method = "class A:\n    def fine(self, a, b, c, *, d): ...\n"
    assert list(parameter_offences(module(text + method))) == [
        "runner/model/example.py:1: wide has 6 parameters",
        "runner/model/example.py:2: four takes 4 by position",
    ]


def test_the_name_rule_reads_words_in_both_spellings() -> None:
    text = "class ErrorHandler: ...\ndef load_data(): ...\ndef read_database(): ...\n"
    assert list(name_offences(module(text))) == [
        "runner/model/example.py:1: ErrorHandler: the word 'Handler' says nothing",
        "runner/model/example.py:2: load_data: the word 'data' says nothing",
    ]


def test_the_other_rules_see_what_they_refuse() -> None:
    noun = "@dataclass(frozen=True)\nclass A: ...\n"
    assert len(list(comment_offences(module("# ---- part ----\n# a - b\n")))) == 1
    assert len(list(global_offences(module("def f():\n    global x\n")))) == 1
    assert len(list(noun_offences(module(noun)))) == 1
