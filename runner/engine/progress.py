"""How far each step of a tenant has come in this run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from runner.model.outcome import Check, Outcome, Status, Verdict, Wait
from runner.model.plan import Step
from runner.steps import KIND_OF
from runner.steps.words import counted

SETTLED = (Status.OK, Status.CHANGED)
ENDED = (*SETTLED, Status.REFUSED, Status.FAILED, Status.BLOCKED)

RETRY_AFTER = timedelta(minutes=5)
"""How soon users are tried again of whom nobody is sure after all tries of a run."""

UNSURE_LONGEST = timedelta(hours=1)


@dataclass(slots=True)
class Progress:
    """One step under way.

    `status` is None until something is known. `changed` are subjects whose change was answered
    with yes; `failed`, `refused` and `unsure` map the others to what was said; the unsure are tried
    again from `retry_at` on. `to_do` is how many subjects were left at the last look. `pending` are
    subjects that Graph is still to reach by itself. `is_outside` says that a maintenance window is
    waited for.
    """

    step: Step
    status: Status | None = None
    detail: str = ""
    task: str = ""
    look_again_at: datetime | None = None
    deadline_at: datetime | None = None
    to_do: int = 0
    is_performed: bool = False
    is_for_plan: bool = False
    is_retry: bool = False
    is_outside: bool = False
    changed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)
    retry_at: datetime | None = None
    pending: set[str] = field(default_factory=set)

    @property
    def is_settled(self) -> bool:
        """Return whether the step is done."""
        return self.status in SETTLED

    @property
    def lets_others_go_on(self) -> bool:
        """Return whether steps that need this one may go on, with some of the users at least."""
        is_partly = KIND_OF[type(self.step)].is_per_user and self.status is Status.FAILED
        return self.is_settled or is_partly

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

    @property
    def is_followed(self) -> bool:
        """Return whether an order is asked about once more: on its own that moves nothing."""
        return self.is_performed and KIND_OF[type(self.step)].is_order

    def is_to_go_on(self, now: datetime) -> bool:
        """Return whether an order that was begun is to be carried on: its channel said when."""
        is_order = KIND_OF[type(self.step)].is_order
        return is_order and self.look_again_at is not None and self.look_again_at <= now

    def wait_for(self, check: Check) -> None:
        """Take over that the step has to wait."""
        self.status, self.detail = Status.WAITING, check.why
        self.look_again_at, self.deadline_at = check.look_again_at, check.deadline_at
        self.is_for_plan = check.is_for_plan
        self.is_outside = False

    def wait_for_window(self, opens_at: datetime | None) -> None:
        """Take over that nothing may begin before the tenant's maintenance window opens."""
        closed = "the maintenance window is closed"
        self.wait_for(Check(verdict=Verdict.WAIT, why=closed, look_again_at=opens_at))
        self.is_outside = True

    def wait_for_replicas(self, changes: int) -> None:
        """Take over that changes Graph said yes to are not to be seen yet."""
        self.status, self.is_for_plan = Status.WAITING, False
        self.detail = f"{counted(changes, 'change')} accepted and not to be seen yet"

    def wait_no_longer(self) -> None:
        """Forget what was waited for before: it is not what the step ends by."""
        self.look_again_at = self.deadline_at = None

    def take(self, outcome: Outcome, now: datetime) -> None:
        """Take over what happened to one subject, or to the step as a whole."""
        if outcome.subject == self.step.id:
            self.status, self.detail, self.task = outcome.status, outcome.detail, outcome.hint
            self.is_for_plan = False
            self.look_again_at, self.deadline_at = outcome.look_again_at, outcome.deadline_at
        elif outcome.status in SETTLED:
            self.changed.add(outcome.subject)
        elif outcome.status is Status.REFUSED:
            self.refused[outcome.subject] = outcome.detail
        elif outcome.status is Status.WAITING:
            self.unsure[outcome.subject] = outcome.detail
            self.retry_at = now + RETRY_AFTER
        else:
            self.failed[outcome.subject] = outcome.detail

    def left_of(self, subjects: Iterable[str], now: datetime) -> set[str]:
        """Return the subjects still to be tried, the unsure among them once it is time."""
        if self.retry_at and self.retry_at <= now:
            self.unsure.clear()
            self.retry_at, self.is_retry = None, True
        return set(subjects) - self.failed.keys() - self.refused.keys() - self.unsure.keys()

    def doubt(self, since: datetime) -> Check:
        """Return the wait for those nobody is sure about; they count as failed after an hour."""
        people = counted(len(self.unsure), "user")
        return Check(
            verdict=Verdict.WAIT,
            why=f"{people} could not be changed yet, {_most(self.unsure)}",
            look_again_at=self.retry_at,
            deadline_at=since + UNSURE_LONGEST,
        )

    def failure(self) -> str:
        """Return how many subjects could not be changed, and the reason met most often."""
        return f"{counted(len(self.failed), 'user')} could not be changed, {_most(self.failed)}"

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


def _most(reasons: Mapping[str, str]) -> str:
    codes = Counter(why.split(":", 1)[0] for why in reasons.values())
    most = max(codes, key=lambda code: (codes[code], code))
    said = min(why for why in reasons.values() if why.split(":", 1)[0] == most)
    return f"most often: {said}"


def started_details(progress: Progress) -> Mapping[str, Any]:
    """Return what is about to be done, as plain JSON values.

    `planned` is the step for the way back; its users are in the outcomes, one by one.
    """
    planned: dict[str, Any] = msgspec.to_builtins(progress.step)
    left_out = ("users", "reset", "needs", "known_plans", "tab")
    kept = {key: value for key, value in planned.items() if key not in left_out}
    return MappingProxyType({**_named(progress), "planned": kept})


def _named(progress: Progress) -> Mapping[str, Any]:
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
            **_named(progress),
            "status": progress.status.value if progress.status else "",
            "detail": progress.detail,
            "task": "" if progress.is_settled else progress.task,
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
