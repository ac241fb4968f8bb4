"""How far each step of a tenant has come in this run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from runner.model.outcome import Check, Outcome, Status, Wait
from runner.model.plan import Step
from runner.steps import KIND_OF
from runner.steps.words import counted

SETTLED = (Status.OK, Status.CHANGED)
ENDED = (*SETTLED, Status.REFUSED, Status.FAILED, Status.BLOCKED)


@dataclass(slots=True)
class Progress:
    """One step under way.

    `status` is None until something is known. `changed` are subjects whose change was answered
    with yes; `failed` and `refused` map the others to what was said. `to_do` is how many subjects
    were left at the last look. `pending` are subjects that Graph is still to reach by itself.
    """

    step: Step
    status: Status | None = None
    detail: str = ""
    task: str = ""
    look_again_at: datetime | None = None
    deadline_at: datetime | None = None
    to_do: int = 0
    is_performed: bool = False
    changed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)

    @property
    def is_settled(self) -> bool:
        """Return whether steps that need this one may go on."""
        return self.status in SETTLED

    @property
    def is_ended(self) -> bool:
        """Return whether this run has nothing more to do with the step."""
        return self.status in ENDED

    @property
    def is_waiting(self) -> bool:
        """Return whether something outside must happen first."""
        return self.status is Status.WAITING

    @property
    def is_waited_for(self) -> bool:
        """Return whether the wait is recorded: one that is overdue keeps its beginning, too."""
        return self.is_waiting or (self.status is Status.FAILED and self.deadline_at is not None)

    def wait_for(self, check: Check) -> None:
        """Take over that the step has to wait."""
        self.status, self.detail = Status.WAITING, check.why
        self.look_again_at, self.deadline_at = check.look_again_at, check.deadline_at

    def wait_for_replicas(self, changes: int) -> None:
        """Take over that changes Graph said yes to are not to be seen yet."""
        self.status = Status.WAITING
        self.detail = f"{counted(changes, 'change')} accepted and not to be seen yet"

    def take(self, outcome: Outcome) -> None:
        """Take over what happened to one subject, or to the step as a whole."""
        if outcome.subject == self.step.id:
            self.status, self.detail, self.task = outcome.status, outcome.detail, outcome.hint
            self.look_again_at, self.deadline_at = outcome.look_again_at, outcome.deadline_at
        elif outcome.status in SETTLED:
            self.changed.add(outcome.subject)
        elif outcome.status is Status.REFUSED:
            self.refused[outcome.subject] = outcome.detail
        else:
            self.failed[outcome.subject] = outcome.detail

    def failure(self) -> str:
        """Return how many subjects could not be changed, and the reason met most often."""
        codes = Counter(why.split(":", 1)[0] for why in self.failed.values())
        most = max(codes, key=lambda code: (codes[code], code))
        said = min(why for why in self.failed.values() if why.split(":", 1)[0] == most)
        return f"{counted(len(self.failed), 'user')} could not be changed, most often: {said}"

    def as_wait(self, tenant: str, now: datetime) -> Wait:
        """Return the wait that is recorded, beginning now unless one is on record."""
        return Wait(
            tenant=tenant,
            step=self.step.id,
            since=now,
            why=self.detail,
            task=self.task,
            look_again_at=self.look_again_at,
            deadline_at=self.deadline_at,
        )


def started_details(progress: Progress) -> Mapping[str, Any]:
    """Return what is about to be done, as plain JSON values."""
    kind = KIND_OF[type(progress.step)]
    line = kind.describe(progress.step)
    return MappingProxyType(
        {
            "kind": kind.name,
            "verb": line.verb,
            "subject": line.subject,
            "amount": line.amount,
            "count": progress.to_do,
        }
    )


def finished_details(progress: Progress) -> Mapping[str, Any]:
    """Return how a step ended, as plain JSON values."""
    again = progress.look_again_at if progress.is_waiting else None
    deadline = progress.deadline_at if progress.is_waiting else None
    return MappingProxyType(
        {
            **started_details(progress),
            "status": progress.status.value if progress.status else "",
            "detail": progress.detail,
            "task": progress.task if progress.is_waiting else "",
            "changed": len(progress.changed),
            "failed": len(progress.failed),
            "refused": len(progress.refused),
            "look_again_at": again.isoformat() if again else None,
            "deadline_at": deadline.isoformat() if deadline else None,
        }
    )


def outcome_details(outcome: Outcome) -> Mapping[str, Any]:
    """Return an outcome as plain JSON values; what is empty is left out."""
    details = {
        "subject": outcome.subject,
        "status": outcome.status.value,
        "detail": outcome.detail,
        "hint": outcome.hint,
        "evidence": outcome.evidence,
        "reference": outcome.reference,
        "look_again_at": outcome.look_again_at.isoformat() if outcome.look_again_at else "",
    }
    return MappingProxyType({key: value for key, value in details.items() if value})
