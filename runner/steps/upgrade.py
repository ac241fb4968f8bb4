"""One upgrade that the vendor carries out by itself."""

from dataclasses import dataclass

from runner.model.ids import UserId
from runner.model.sales import Sale, Upgrade
from runner.model.spec import AssignmentWant, SubscriptionWant
from runner.model.state import SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorUpgrade:
    """One subscription that its channel turns into the target, with everybody who holds it.

    `source` and `target` are the entries that want the one gone and the other there. `seats` are
    those that are wanted of it from its renewal on: an upgrade takes all there are, and has no
    window.
    Source: commerce.md S15, 3.4 and edge case 24, read 2026-11-23.
    """

    source: SubscriptionWant
    target: SubscriptionWant
    assignment: AssignmentWant
    subscription: SubscriptionState
    sale: Sale
    upgrade: Upgrade
    users: tuple[UserId, ...]
    seats: int
