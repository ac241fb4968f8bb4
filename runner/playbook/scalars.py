"""What an unquoted YAML scalar means: YAML 1.2's words, and the ones nobody reads alike."""

import re

PlainValue = str | int | float | bool | None

_WORDS: dict[str, PlainValue] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_SWITCH_WORDS = frozenset({"yes", "no", "on", "off"})
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_UNDERSCORES = re.compile(r"[-+]?[0-9]+(_[0-9]+)+")


def plain_value(text: str) -> PlainValue:
    """Return what an unquoted scalar means: null, a boolean, a number, else text.

    Source: YAML 1.2.2, section 10.3 core schema, read 2026-11-22; exponents, hexadecimal and
    octal numbers stay text, because readers of YAML 1.1 and 1.2 disagree about them.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def ambiguity(text: str) -> str:
    """Return what is ambiguous about an unquoted scalar, or nothing; never the scalar itself.

    Source: YAML 1.1 types bool, int and float (yaml.org/type), read 2026-11-22.
    """
    if text.lower() in _SWITCH_WORDS:
        return "an unquoted yes, no, on or off is a boolean to some readers and text to others"
    if _LEADING_ZERO.fullmatch(text):
        return "an unquoted number with a leading zero is octal to some readers"
    if _SIXTIES.fullmatch(text):
        return "an unquoted number with colons is counted in sixties by some readers"
    if _UNDERSCORES.fullmatch(text):
        return "an unquoted number with underscores is text to some readers"
    return ""
