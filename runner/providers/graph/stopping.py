"""Decide when going on with changes would only burn calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from runner.model.findings import RunnerError
from runner.ports import Answer, ChangeResult, Reprocess, SetLicenses, UserChange
from runner.providers.graph.batch import MOST_CALLS
from runner.providers.graph.reasons import Reason

STOP_AFTER = 3
STOP_SHARE = 0.1
"""Changes refused for a reason that is likely to hit everybody, before the rest is not tried."""

STOP_MAJORITY = 0.5
"""Share of changes refused for one and the same reason, a batch of them at least, that stops."""

DENIED_IN_A_ROW = 100
"""Changes not allowed one after the other that stop the rest where others were allowed before."""

_STOPPERS = (
    Reason.UNKNOWN,
    Reason.SIGN_IN,
    Reason.NOT_IN_TENANT,
    Reason.NOT_ASSIGNABLE,
    Reason.INVALID_LOCATION,
)


class Verdict:
    """Counts answers by target, so that one target's trouble does not stop another's changes.

    What stands against the reprocessing of one member is wanted of every member, so it stops no
    other. A sign-in that may not change anybody stops the rest; where it may change some, those
    it may not change stop nobody.
    """

    def __init__(self) -> None:
        self.answered = 0
        self.error: RunnerError | None = None
        self._stopped: dict[str, str] = {}
        self._answered: Counter[str] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._allowed: set[str] = set()

    @property
    def has_stops(self) -> bool:
        """Return whether changes to any target are no longer sent."""
        return bool(self._stopped)

    def why_not(self, change: UserChange) -> str:
        """Return why a change is not sent any more, or nothing."""
        why = self._stopped.get(_target(change), "")
        return f"{why}: {self._takes(change)}" if why.endswith(Reason.NOT_ALLOWED) else why

    def count(self, answers: Sequence[Answer[UserChange]], *, error: RunnerError | None) -> None:
        """Take a batch into account."""
        self.error = self.error or error
        self.answered += len(answers)
        for answer in answers:
            target = _target(answer.change)
            self._answered[target] += 1
            if answer.result is ChangeResult.CHANGED and not answer.message:
                self._allowed.add(target)
                self._refused[target, Reason.NOT_ALLOWED] = 0
            if _is_of_one_user(answer):
                continue
            if answer.reason == Reason.NO_SEATS:
                self._stopped[target] = "the seats ran out: buy more, or plan again"
            if answer.result in (ChangeResult.REFUSED, ChangeResult.UNKNOWN):
                self._refused[target, answer.reason] += 1
        for (target, reason), count in self._refused.items():
            if self._is_systematic(target, reason, count):
                why = f"stopped after {count} of {self._answered[target]} changes: {reason}"
                self._stopped.setdefault(target, why)

    def _is_systematic(self, target: str, reason: str, count: int) -> bool:
        if reason == Reason.NOT_ALLOWED:
            return count >= (DENIED_IN_A_ROW if target in self._allowed else MOST_CALLS)
        limit = STOP_AFTER if reason in _STOPPERS else MOST_CALLS
        share = STOP_SHARE if reason in _STOPPERS else STOP_MAJORITY
        return count >= limit and count > share * self._answered[target]

    def explained(self, answers: Sequence[Answer[UserChange]]) -> tuple[Answer[UserChange], ...]:
        """Return the answers; those that were not allowed say what it takes."""
        return tuple(
            replace(each, message=f"{each.message}: {self._takes(each.change)}")
            if each.reason == Reason.NOT_ALLOWED
            else each
            for each in answers
        )

    def _takes(self, change: UserChange) -> str:
        if _target(change) in self._allowed:
            return "others were changed, so this user may not be changed by this application"
        return f"grant the application {_permission(change)}"


def _target(change: UserChange) -> str:
    if isinstance(change.request, SetLicenses):
        return change.request.add[0].sku if change.request.add else ""
    return change.step


def _permission(change: UserChange) -> str:
    """Return the least permission that a change takes.

    Source: graph.md 9, read 2026-11-23; of locations it is not certain.
    """
    if isinstance(change.request, SetLicenses):
        return "LicenseAssignment.ReadWrite.All"
    return "User.ReadWrite.All"


def _is_of_one_user(answer: Answer[UserChange]) -> bool:
    if isinstance(answer.change.request, Reprocess):
        return answer.reason not in (Reason.NOT_ALLOWED, Reason.SIGN_IN, Reason.NO_ANSWER)
    return answer.result is ChangeResult.REFUSED and answer.reason == Reason.SYNCED
