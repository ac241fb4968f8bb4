"""What a recorded run did, as far as the way back needs it."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.model.ids import UserId
from runner.model.plan import Step
from runner.model.state import License


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a run did in a tenant, by the tenant's name in the inventory.

    `steps` are those that were begun, in their order, each with the users whom it did change.
    `done` are the ids of those that changed what they were to. `held` are the licenses that users
    held directly before. `tenant_id` is empty where the run was killed before it wrote it down.
    `was_killed` says that the run has no end: it may have changed users whom it does not tell of.
    """

    run: str
    tenant: str
    tenant_id: str
    steps: tuple[Step, ...]
    done: frozenset[str]
    held: Mapping[UserId, tuple[License, ...]]
    was_killed: bool = False
