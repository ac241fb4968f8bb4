"""Say which guests, blocked accounts and shared mailboxes are moved like everybody else."""

from collections.abc import Iterator, Mapping

from runner.model.findings import Finding, Severity
from runner.model.ids import UserId
from runner.model.spec import AssignmentWant
from runner.planning.guards.review import Review, sample
from runner.planning.summary import users_changed
from runner.steps.words import counted


def check(review: Review) -> Iterator[Finding]:
    """Yield an info per assignment that moves accounts of which nobody may have thought.

    Source: commerce.md edge cases 7, 8 and 13 (report, move by default), read 2026-11-22.
    """
    for assignment in review.spec.assignments:
        found = _found(assignment, review)
        if any(found.values()):
            shared = "; a shared mailbox needs no license below 50 GB"
            yield Finding(
                severity=Severity.INFO,
                code="accounts-moved",
                summary=f"{_said(found)} among the users to move",
                detail=sample([user for users in found.values() for user in users]),
                hint="leave them with `guests: leave` or `blocked_accounts: leave`"
                + (shared if found["shared mailbox"] else ""),
                where=str(assignment.where),
            )


def _found(assignment: AssignmentWant, review: Review) -> Mapping[str, list[UserId]]:
    mine = [step for step in review.steps if step.origin == str(assignment.where)]
    moving = sorted(users_changed(mine))
    people = [user for each in moving if (user := review.state.users.get(each))]
    mailboxes = review.state.shared_mailboxes
    return {
        "guest": [user.id for user in people if user.is_guest],
        "blocked account": [u.id for u in people if not u.is_enabled and u.id not in mailboxes],
        "shared mailbox": [user.id for user in people if user.id in mailboxes],
    }


def _said(found: Mapping[str, list[UserId]]) -> str:
    counts = (counted(len(users), word) for word, users in found.items() if users)
    return ", ".join(counts).replace("mailboxs", "mailboxes")
