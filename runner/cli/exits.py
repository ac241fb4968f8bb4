"""The exit codes that pipelines rely on, and which of several is returned."""

from collections.abc import Iterable

from runner.model.findings import (
    PlanFileError,
    PlanRefused,
    PlaybookError,
    RunnerError,
    TenantLocked,
    WrongTenant,
)
from runner.model.outcome import Standing

DONE = 0
ERROR = 1
CHANGES = 2
SOME_FAILED = 3
WAITING = 4
REFUSED = 5
WRONG_COMMAND_LINE = 64
WRONG_FILE = 65
INTERRUPTED = 130

_OF_STANDING = {
    Standing.FAILED: SOME_FAILED,
    Standing.UNREACHABLE: SOME_FAILED,
    Standing.REFUSED: REFUSED,
    Standing.WAITING: WAITING,
    Standing.NOT_STARTED: WAITING,
    Standing.DONE: DONE,
}


def exit_code_of(standings: Iterable[Standing]) -> int:
    """Return the exit code of a run: where several hold, the first of 3, 5, 4."""
    codes = {_OF_STANDING[standing] for standing in standings}
    for code in (SOME_FAILED, REFUSED, WAITING):
        if code in codes:
            return code
    return DONE


def exit_code_of_error(error: RunnerError) -> int:
    """Return the exit code of an error that ended the program."""
    if isinstance(error, PlaybookError | PlanFileError):
        return WRONG_FILE
    if isinstance(error, PlanRefused | TenantLocked | WrongTenant):
        return REFUSED
    return ERROR
