"""Say what the plan costs and saves in a month, where the owner has given prices."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from runner.model.findings import Finding, Severity
from runner.model.ids import SkuId
from runner.model.spec import Purchase
from runner.planning.guards.pricing import as_money, price_of
from runner.planning.guards.review import Review
from runner.steps.buy_seats import BuySeats
from runner.steps.change_seats import ChangeSeats
from runner.steps.ending import EndStep
from runner.steps.stop_renewal import StopRenewal
from runner.steps.transition_subscription import TransitionSubscription
from runner.steps.words import counted

Bought = tuple[SkuId, str, str, int]
"""A product, its term and billing, and seats: more than zero where they are paid from now on."""


def check(review: Review) -> Iterator[Finding]:
    """Yield one info per currency: seats times the price of the price file, plus and minus.

    What ends with its term is paid until then, and is counted as saved from then on.
    """
    if not review.prices:
        return
    costs: defaultdict[str, list[Decimal]] = defaultdict(list)
    unpriced = 0
    for step in review.steps:
        bought = [(_price(review, each), each[3]) for each in _bought(step)]
        unpriced += any(price is None for price, _ in bought)
        for price, seats in bought:
            if price is not None:
                costs[price[1]].append(price[0] * seats)
    rest = f"; {counted(unpriced, 'order')} without a price" if unpriced else ""
    for currency, amounts in sorted(costs.items()):
        more, less = (sum(a for a in amounts if a * sign > 0) for sign in (1, -1))
        yield Finding(
            severity=Severity.INFO,
            code="cost-per-month",
            summary=f"{as_money(more)} {currency} a month more, {as_money(-less)} {currency} less"
            f"{_ends(review)}{rest}",
        )


def _price(review: Review, bought: Bought) -> tuple[Decimal, str] | None:
    sku, term, billing, _ = bought
    return price_of(review.prices, sku, term=term, billing=billing)


def _bought(step: object) -> tuple[Bought, ...]:
    """Return what an order buys and gives up, nothing for what is no order of seats."""
    if isinstance(step, BuySeats) and step.purchase:
        terms = step.purchase
        return ((step.sku, terms.term, terms.billing, step.seats - step.seats_now),)
    if isinstance(step, EndStep):
        return ((step.sku, step.term, step.billing, -step.seats),)
    if isinstance(step, ChangeSeats):
        return ((step.sku, step.term, step.billing, step.seats - step.seats_now),)
    if isinstance(step, TransitionSubscription):
        terms = step.purchase or Purchase(term=step.term, billing=step.billing)
        given_up = (step.sku, step.term, step.billing, -step.seats)
        return ((step.target_sku, terms.term, terms.billing, step.seats), given_up)
    return ()


def _ends(review: Review) -> str:
    ordered = (s for s in review.steps if isinstance(s, StopRenewal | ChangeSeats))
    later = [s.term_ends_at for s in ordered if not _is_now(s)]
    days = [each for each in later if each]
    if len(days) < len(later):
        return ", in full from the renewal on"
    return f", in full from {max(days):%Y-%m-%d} on" if days else ""


def _is_now(step: StopRenewal | ChangeSeats) -> bool:
    return isinstance(step, ChangeSeats) and not step.is_at_renewal
