"""Turn answers of the directory into outcomes."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.model.outcome import Outcome, Status
from runner.model.state import User
from runner.ports import Answer, ChangeResult, UserChange

STATUS: Mapping[ChangeResult, Status] = MappingProxyType(
    {
        ChangeResult.CHANGED: Status.CHANGED,
        ChangeResult.REFUSED: Status.FAILED,
        ChangeResult.GONE: Status.REFUSED,
        ChangeResult.UNKNOWN: Status.WAITING,
        ChangeResult.NOT_TRIED: Status.BLOCKED,
    }
)


def fits_anybody(user: User) -> str:
    """Return nothing: the change fits whoever the user has become."""
    del user
    return ""


def outcomes_of(answers: tuple[Answer[UserChange], ...]) -> tuple[Outcome, ...]:
    """Return what happened to each user."""
    return tuple(
        Outcome(
            step=answer.change.step,
            subject=answer.change.user,
            status=STATUS[answer.result],
            detail=f"{answer.reason}: {answer.message}" if answer.message else answer.reason,
            evidence=answer.request_id,
        )
        for answer in answers
    )
