"""One upgrade that the vendor carries out by itself."""

from dataclasses import dataclass

from runner.model.ids import UserId
from runner.model.sales import Sale, Upgrade
from runner.model.spec import AssignmentWant, SubscriptionWant
from runner.model.state import SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorUpgrade:
    """One subscription that its channel turns into the target, with everybody who holds it.

    `source` and `target` are the entries that want the one gone and the other there.
    """

    source: SubscriptionWant
    target: SubscriptionWant
    assignment: AssignmentWant
    subscription: SubscriptionState
    sale: Sale
    upgrade: Upgrade
    users: tuple[UserId, ...]
