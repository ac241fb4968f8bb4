"""Decide when going on with changes would only burn calls."""

from collections import Counter
from collections.abc import Sequence

from runner.model.findings import RunnerError
from runner.ports import Answer, ChangeResult, Reprocess, SetLicenses, UserChange
from runner.providers.graph.batch import MOST_CALLS
from runner.providers.graph.reasons import Reason

STOP_AFTER = 3
STOP_SHARE = 0.1
"""Changes refused for a reason that is likely to hit everybody, before the rest is not tried."""

STOP_MAJORITY = 0.5
"""Share of changes refused for one and the same reason, a batch of them at least, that stops."""

_STOPPERS = (
    Reason.UNKNOWN,
    Reason.NOT_ALLOWED,
    Reason.NOT_IN_TENANT,
    Reason.NOT_ASSIGNABLE,
    Reason.INVALID_LOCATION,
)


class Verdict:
    """Counts answers by target, so that one target's trouble does not stop another's changes.

    What stands against the reprocessing of one member is wanted of every member, so it stops no
    other; only a sign-in that may not reprocess does.
    """

    def __init__(self) -> None:
        self.answered = 0
        self.error: RunnerError | None = None
        self._stopped: dict[str, str] = {}
        self._answered: Counter[str] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()

    @property
    def has_stops(self) -> bool:
        """Return whether changes to any target are no longer sent."""
        return bool(self._stopped)

    def why_not(self, change: UserChange) -> str:
        """Return why a change is not sent any more, or nothing."""
        return self._stopped.get(_target(change), "")

    def count(self, answers: Sequence[Answer[UserChange]], *, error: RunnerError | None) -> None:
        """Take a batch into account."""
        self.error = self.error or error
        self.answered += len(answers)
        for answer in answers:
            target = _target(answer.change)
            self._answered[target] += 1
            if _is_of_one_member(answer):
                continue
            if answer.reason == Reason.NO_SEATS:
                self._stopped[target] = "the seats ran out: buy more, or plan again"
            if answer.result in (ChangeResult.REFUSED, ChangeResult.UNKNOWN):
                self._refused[target, answer.reason] += 1
        for (target, reason), count in self._refused.items():
            limit = STOP_AFTER if reason in _STOPPERS else MOST_CALLS
            share = STOP_SHARE if reason in _STOPPERS else STOP_MAJORITY
            if count >= limit and count > share * self._answered[target]:
                why = f"stopped after {count} of {self._answered[target]} changes: {reason}"
                self._stopped.setdefault(target, why)


def _target(change: UserChange) -> str:
    if isinstance(change.request, SetLicenses):
        return change.request.add[0].sku if change.request.add else ""
    return change.step


def _is_of_one_member(answer: Answer[UserChange]) -> bool:
    is_refused = answer.result is ChangeResult.REFUSED and answer.reason != Reason.NOT_ALLOWED
    return is_refused and isinstance(answer.change.request, Reprocess)
