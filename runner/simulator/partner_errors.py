"""Say no the way Partner Center says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.simulator.errors import GraphError
from runner.simulator.messages import Answer
from runner.simulator.partner_codes import ERRORS

OF_STATUS = {400: 800002, 401: 800001, 403: 2032, 404: 1000}


def refused(code: int, detail: str = "") -> GraphError:
    """Return the error with this code; the detail is put behind its text."""
    status, text = ERRORS[code]
    return GraphError(status, str(code), message=f"{text} {detail}".strip())


def put_into_envelope(answer: Answer, *, as_numbers: bool) -> None:
    """Give a refusal the form of Partner Center.

    Source: Partner Center, "Partner Center REST error codes", read 2026-11-23 (`code` is a
    string there, samples elsewhere show numbers).
    """
    if not isinstance(answer.body, dict) or "error" not in answer.body:
        return
    error: Mapping[str, Any] = answer.body["error"]
    code = int(error["code"]) if str(error["code"]).isdigit() else 0
    code = code or OF_STATUS.get(answer.status, answer.status)
    answer.body = {
        "code": code if as_numbers else str(code),
        "description": error["message"],
        "data": [],
        "source": "PartnerApiService",
    }
