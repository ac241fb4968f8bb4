"""Say what of a run can no longer be undone, and why."""

from collections.abc import Iterator, Sequence

from runner.model.findings import Finding, Severity
from runner.model.past import Past
from runner.model.plan import Step
from runner.model.spec import Channel
from runner.model.state import License, SubscriptionState, TenantState, User
from runner.planning.way_back import WayBack
from runner.steps.buy_seats import BuySeats
from runner.steps.cancel_subscription import CancelSubscription
from runner.steps.change_seats import ChangeSeats
from runner.steps.ending import is_refundable
from runner.steps.move_group import MoveGroup
from runner.steps.move_users import MoveUsers
from runner.steps.sales import sale_of
from runner.steps.seats import LIVE, paid_seats, subscriptions_of
from runner.steps.set_usage_location import SetUsageLocation
from runner.steps.stop_renewal import StopRenewal
from runner.steps.transition_subscription import TransitionSubscription
from runner.steps.words import counted

CODE = "cannot-be-undone"

_ANEW = "buy it anew where it is still sold, then run this again"
_CANCELLED = {
    Channel.PARTNER_CENTER: ("Partner Center takes no cancellation back", _ANEW),
    Channel.AZURE_BILLING: (
        "to reactivate it makes a new subscription with a commitment of its own",
        _ANEW,
    ),
    Channel.MANUAL: (
        "only a person can reactivate it, while it is listed as disabled",
        "reactivate it in the admin center under Billing > Your products, then run this again",
    ),
}
"""Source: commerce.md 4.4 (undo: MOSA reactivates, MCA is a new commitment, CSP has none) and R04,
read 2026-11-23.
"""


def find_lasting(past: Past, have: TenantState, back: WayBack) -> Iterator[Finding]:
    """Yield what stays as the run has left it: people first, then subscriptions."""
    for why, users in sorted(back.staying.items()):
        people = f"{counted(len(users), 'user')} {'is' if len(users) == 1 else 'are'}"
        sample = ", ".join(users[:5]) + (" …" if len(users) > 5 else "")
        yield _finding("left-alone", f"{people} left alone: {why}", detail=sample)
    for name in back.groups_staying:
        yield _finding(
            "left-alone",
            f'group "{name}" is left alone: it carries other products than the run has left',
        )
    yield from _unsure(past, have)
    yield from _joined(past, back)
    for step in past.steps:
        yield from _lasting(step, past, have)


def _unsure(past: Past, have: TenantState) -> Iterator[Finding]:
    """Yield how many users a killed run may have moved without writing it down."""
    moves = [step for step in past.steps if isinstance(step, MoveUsers)] if past.was_killed else []
    told = {user for step in moves for user in step.users}
    for step in {(each.remove, each.target_sku): each for each in moves}.values():
        users = sorted(
            user
            for user, before in past.held.items()
            if user not in told and _is_moved(before, have.users.get(user), step)
        )
        if users:
            people = f"{counted(len(users), 'user')} {'is' if len(users) == 1 else 'are'}"
            yield _finding(
                "left-alone",
                f"{people} left alone: {step.target} has replaced {step.source}, and the run was "
                "killed before it could write down whether it did that",
                detail=", ".join(users[:5]) + (" …" if len(users) > 5 else ""),
                hint="move them by a playbook, if they are to go back",
            )


def _is_moved(before: Sequence[License], user: User | None, step: MoveUsers) -> bool:
    """Say whether somebody who held what the step takes holds what it gives instead."""
    held = {each.sku for each in before}
    now = {h.license.sku for h in user.holdings if h.by_group is None} if user else set()
    return held.issuperset(step.remove) and now.isdisjoint(step.remove) and step.target_sku in now


def _joined(past: Past, back: WayBack) -> Iterator[Finding]:
    """Yield how many members go back with a group whom the run has not moved."""
    moved = {step.group: set(step.users) for step in past.steps if isinstance(step, MoveGroup)}
    for move in back.sorting.groups:
        new = set(move.users) - moved.get(move.group.id, set())
        if new:
            yield _finding(
                "joined-since",
                f'{counted(len(new), "member")} of group "{move.group.name}" go back with it whom '
                "the run did not move",
                detail=", ".join(sorted(new)[:5]),
            )


def _lasting(step: Step, past: Past, have: TenantState) -> Iterator[Finding]:
    if isinstance(step, SetUsageLocation) and step.users:
        people = counted(len(step.users), "user")
        yield _finding(
            CODE, f"{people} keep the usage location {step.country}: Graph cannot empty it"
        )
    elif isinstance(step, CancelSubscription) and not _is_live(step.subscription, have):
        why, hint = _CANCELLED[step.channel]
        said = f"{step.seats} seats of {step.product} were cancelled: {why}"
        yield _finding(CODE, said, hint=hint)
    elif isinstance(step, StopRenewal) and step.id in past.done:
        yield _finding(
            CODE,
            f"{step.product} does not renew any more: no program switches that on again",
            hint="switch recurring billing on where it was bought, before the term ends",
        )
    elif isinstance(step, TransitionSubscription) and not _is_live(step.subscription, have):
        yield _finding(
            CODE,
            f"{step.product} was turned into {step.target} by its channel, which goes one way only",
            hint=f"buy {step.product} and move the users by a playbook",
        )
    elif isinstance(step, ChangeSeats) and paid_seats(have, step.sku) <= step.seats:
        gone = step.seats_now - paid_seats(have, step.sku)
        said = f"{gone} seats of {step.product} were given up: to have them again is a purchase"
        yield _finding(CODE, said, hint="say how many and on which terms in a playbook")
    elif isinstance(step, BuySeats):
        yield from _bought(step, have)


def _bought(step: BuySeats, have: TenantState) -> Iterator[Finding]:
    """Yield why seats that were bought are not given up, where that is not a guard's to say."""
    seats, product = paid_seats(have, step.sku), step.product
    if seats < step.seats and seats > step.seats_now:
        why = f"{product} has {seats} seats, the run has left it with {step.seats}"
    elif seats > step.seats:
        why = f"{product} has {seats} seats, more than the {step.seats} of the run"
    elif seats == step.seats and not step.seats_now and not is_refundable_purchase(step, have):
        why = f"{product} was bought new, and no channel says that it takes it back"
    else:
        return
    yield _finding(
        CODE,
        f"{counted(step.seats - step.seats_now, 'seat')} stay: {why}",
        hint="give them up where they were bought, within 7 days for a refund",
    )


def is_refundable_purchase(step: BuySeats, have: TenantState) -> bool:
    """Return whether a channel takes back the one subscription that the run has bought."""
    paid = [s for s in subscriptions_of(have, step.sku) if s.status in LIVE and not s.is_trial]
    sale = sale_of(have, paid[0]) if len(paid) == 1 else None
    return sale is not None and is_refundable(sale, have.read_at)


def _is_live(subscription: str | None, have: TenantState) -> bool:
    found: SubscriptionState | None = next(
        (each for each in have.subscriptions if each.id == subscription), None
    )
    return found is not None and found.status in LIVE


def _finding(code: str, summary: str, *, detail: str = "", hint: str = "") -> Finding:
    return Finding(severity=Severity.WARNING, code=code, summary=summary, detail=detail, hint=hint)
