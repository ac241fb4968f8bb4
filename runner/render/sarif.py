"""Show problems of files as SARIF, which code hosts mark at their lines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runner import __version__
from runner.model.findings import Finding

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?")
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif_document(problems: Iterable[Finding]) -> Mapping[str, Any]:
    """Return the problems as one SARIF log.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", read
    2026-11-23.
    """
    listed = list(problems)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "upgrade-runner",
                        "version": __version__,
                        "rules": [{"id": code} for code in sorted({p.code for p in listed})],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each) for each in listed],
            }
        ],
    }


def _result(problem: Finding) -> dict[str, Any]:
    text = ": ".join(filter(None, (problem.summary, problem.detail, problem.hint)))
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
    }
    if place := _PLACE.fullmatch(problem.where):
        result["locations"] = [{"physicalLocation": _location(place)}]
    return result


def _location(place: re.Match[str]) -> dict[str, Any]:
    region = {"startLine": int(place["line"])}
    if place["column"]:
        region["startColumn"] = int(place["column"])
    return {"artifactLocation": {"uri": place["file"]}, "region": region}
