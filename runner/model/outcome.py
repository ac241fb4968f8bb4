"""What a look and an act yield: checks, outcomes, events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Verdict(StrEnum):
    """What a look at the tenant says of a step."""

    DONE = "done"
    TODO = "todo"
    WAIT = "wait"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The verdict on a step, why, and for a wait: when to look again and the last moment.

    `subjects` are the users a step still has to change, where the step is about users;
    `refused` maps those it may no longer change to the reason. `is_for_plan` says that other steps
    of the same plan end the wait, or nothing does. `arrived` are those whom Graph has reached by
    itself, where it carries a change to them in the background.
    """

    verdict: Verdict
    why: str
    look_again_at: datetime | None = None
    deadline_at: datetime | None = None
    subjects: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_for_plan: bool = False


class Status(StrEnum):
    """How one thing ended: ok was already right, changed was made right."""

    OK = "ok"
    CHANGED = "changed"
    WAITING = "waiting"
    REFUSED = "refused"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one subject (a user, a group, an order) of a step.

    `reference` is what the channel calls an order by, to be recorded before the order goes on.
    """

    step: str
    subject: str
    status: Status
    detail: str = ""
    hint: str = ""
    look_again_at: datetime | None = None
    deadline_at: datetime | None = None
    evidence: str = ""
    reference: str = ""


class EventKind(StrEnum):
    """The closed set of things that are told to renderers and written to the journal."""

    RUN_STARTED = "run_started"
    WAVE_STARTED = "wave_started"
    TENANT_STARTED = "tenant_started"
    TENANT_OBSERVED = "tenant_observed"
    STEP_PLANNED = "step_planned"
    FINDING = "finding"
    STEP_STARTED = "step_started"
    OUTCOME = "outcome"
    STEP_FINISHED = "step_finished"
    TENANT_FINISHED = "tenant_finished"
    WAVE_FINISHED = "wave_finished"
    RUN_FINISHED = "run_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, at aware UTC; `data` holds plain JSON values only."""

    seq: int
    at: datetime
    kind: EventKind
    tenant: str = ""
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a step of a tenant waits for, and since when; `task` is what a person has to do.

    `playbook` is the one whose run it was, as the records call it.
    """

    tenant: str
    step: str
    since: datetime
    why: str
    task: str = ""
    look_again_at: datetime | None = None
    deadline_at: datetime | None = None
    playbook: str = ""


class Standing(StrEnum):
    """How a run leaves a tenant."""

    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantStanding:
    """How the last run of a tenant left it; `tenant` is the tenant id."""

    tenant: str
    name: str
    run: str
    at: datetime
    standing: Standing
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: `exit_code` is None while it goes on or when it was killed."""

    id: str
    plan: str
    playbook: str
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
