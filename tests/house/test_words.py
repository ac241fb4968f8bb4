"""Docstrings, messages and texts speak as the house does."""

from tests.house.rules_words import (
    code_offences,
    docstring_offences,
    message_form_offences,
    message_word_offences,
)
from tests.house.source import hold, module, refuse, texts

BRITISH_NOUN = "licen" + "ce"


def test_every_module_opens_with_one_sentence() -> None:
    hold(docstring_offences)


def test_no_message_apologises_or_shouts() -> None:
    hold(message_word_offences)


def test_messages_are_lower_case_without_a_full_stop() -> None:
    hold(message_form_offences)


def test_codes_of_findings_are_words_joined_by_hyphens() -> None:
    hold(code_offences)


def test_the_word_is_license() -> None:
    offences = [
        f"{place}:{number}"
        for place, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if BRITISH_NOUN in line.lower()
    ]
    refuse(offences)


def test_the_docstring_rule_wants_one_sentence_on_one_line() -> None:
    assert list(docstring_offences(module('"""The nouns."""'))) == []
    assert len(list(docstring_offences(module("x = 1")))) == 1
    assert len(list(docstring_offences(module('"""One. Two."""')))) == 1
    assert len(list(docstring_offences(module('"""The nouns.\nAnd more."""')))) == 1


def test_the_message_rules_see_what_they_refuse() -> None:
    words = 'x = "Failed to read"\ny = f"please {x}"\nz = "done! next"\nw = "all:!acme"\n'
    assert len(list(message_word_offences(module(words)))) == 3
    form = 'Finding(summary="Too many", hint=f"raise {x}.", code="Too_Many")\n'
    assert len(list(message_form_offences(module(form)))) == 2
    assert len(list(code_offences(module(form)))) == 1
    fine = 'PlanFileError(f"{count} users", hint="SPE_E5 is known to Microsoft")\n'
    assert list(message_form_offences(module(fine))) == []
