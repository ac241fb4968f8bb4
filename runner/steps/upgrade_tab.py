"""Find out whether the admin center's Upgrade tab could make a purchase, before a person tries."""

from collections.abc import Iterator

from runner.catalog import contained, dependent_add_ons, is_commercial, is_suite
from runner.model.ids import SkuId
from runner.model.orders import Seller, UpgradeTab
from runner.model.spec import CancelWhen, SubscriptionGoal, SubscriptionWant, TenantSpec
from runner.model.state import SubscriptionState, TenantState, User
from runner.steps.channels import seller_of
from runner.steps.holding import direct, holds, takes_seat
from runner.steps.kind import Context
from runner.steps.naming import product_name
from runner.steps.seats import LIVE, SeatGoal
from runner.steps.words import counted

MOST_USERS = 3000
"""From here on the tab refused in 2020; the text of 2024 does not say so.

Source: commerce.md U17 and table 1.3, read 2026-11-23.
"""

READY = ("Success", "Disabled", "PendingActivation")
"""Source: commerce.md 3.2 (S25 ready rule), read 2026-11-23."""

DATA_SERVICES = ("Exchange Online", "SharePoint")


def upgrade_tab(
    want: TenantSpec, have: TenantState, context: Context, *, goal: SeatGoal
) -> UpgradeTab | None:
    """Return the way through the Upgrade tab, None where the playbook wants something else.

    The tab buys the target, moves everybody and cancels the source: it is another way only where
    the target is new and its one source shall be cancelled at once.
    Source: commerce.md S02, S04, U01, U11 and table 1.3, read 2026-11-23.
    """
    sources = {sku for a in want.assignments if a.target == goal.entry.sku for sku in a.sources}
    ending = [each for each in want.subscriptions if each.sku in sources and _is_cancelled(each)]
    live = [
        each
        for each in have.subscriptions
        if each.sku in sources and each.status in LIVE and not each.is_trial
    ]
    if goal.now or not live or {each.sku for each in live} != {each.sku for each in ending}:
        return None
    if len(ending) != 1 or seller_of(have, live) in (Seller.PARTNER, Seller.VOLUME):
        return None
    source = live[0].sku
    tab = _Tab(source, have, context, goal=goal)
    return UpgradeTab(
        product=tab.product,
        subscription=live[0].id,
        refusals=tuple(tab.refusals(live)),
        doubts=tuple(tab.doubts()),
        resets=sum(1 for each in tab.users if (own := direct(each, source)) and own.disabled_plans),
    )


def _is_cancelled(entry: SubscriptionWant) -> bool:
    is_whole = not entry.subscription_ids
    is_soon = entry.when is not CancelWhen.END_OF_TERM
    return entry.goal is SubscriptionGoal.CANCELLED and is_soon and is_whole


class _Tab:
    """What is readable of a source and a target, as reasons against the tab."""

    def __init__(
        self, source: SkuId, have: TenantState, context: Context, *, goal: SeatGoal
    ) -> None:
        self.product = product_name(source, have, context.catalog)
        self.users = [user for user in have.users.values() if takes_seat(user, source)]
        self._source = source
        self._goal = goal
        self._have = have
        self._context = context

    def refusals(self, live: list[SubscriptionState]) -> Iterator[str]:
        """Yield why the tab refuses or does something else than is wanted, with the way out.

        Source: commerce.md table 1.3, U06, S15 and edge case 24 (for the tab seats are reduced
        first), read 2026-11-23.
        """
        state = self._have.skus.get(self._source)
        if state is not None and state.consumed > state.enabled:
            held = f"{state.consumed} users hold {self.product}, which has {state.enabled} seats"
            yield f"{held}: take it from some first"
        if any(each.status != "Enabled" for each in live):
            yield f"{self.product} has expired: renew it first"
        if len(live) > 1:
            several = f"there are {len(live)} subscriptions of {self.product}"
            yield f"{several}: move everybody to one and cancel the others first"
        pending = [p.name for p in state.service_plans if p.status not in READY] if state else []
        if pending:
            yield f"{pending[0]} of {self.product} is not set up: try again in some hours"
        yield from self._of_products()
        seats = sum(each.seats for each in live)
        if self._goal.wanted < seats:
            wanted = self._goal.wanted
            more = f"reduce {self.product} to {wanted} seats first to use it"
            yield f"it takes all {seats} seats, and {wanted} are wanted: {more}"
        yield from self._of_users()

    def _of_products(self) -> Iterator[str]:
        catalog = self._context.catalog
        source = catalog.products.get(self._source)
        target = catalog.products.get(self._goal.entry.sku)
        if source is None or target is None:
            yield "the products are not in the catalog, so nobody knows what it offers"
            return
        if not is_commercial(source) or not is_commercial(target):
            yield "it is not for governments, schools and charities"
        has = contained(catalog, target.service_plans)
        lower = sorted(
            family
            for family in DATA_SERVICES
            if not {p for p in source.service_plans if catalog.families.get(p) == family} <= has
        )
        if lower:
            yield f"{target.names[0]} has less of {' and '.join(lower)} than {self.product}"

    def _of_users(self) -> Iterator[str]:
        moving = self._moving()
        if moving < len(self.users):
            everybody = counted(len(self.users), "user")
            yield f"it moves all {everybody} of {self.product}, and {moving} are to be moved"
        groups = self._have.groups
        carrying = [g for g in groups or () if any(e.sku == self._source for e in g.licenses)]
        if groups is None or carrying:
            who = f'group "{carrying[0].name}" gives' if carrying else "a group may give"
            yield f"{who} {self.product}, and nobody says what becomes of that"

    def _moving(self) -> int:
        target, sorting = self._goal.entry.sku, self._context.sorting
        moving = {
            user
            for each in sorting.cohorts
            if each.assignment.target == target and self._source in each.change.remove
            for user in each.users
        }
        for group in sorting.groups:
            if group.assignment.target == target and self._source in group.remove:
                moving.update(group.users)
        return sum(user.id in moving for user in self.users)

    def doubts(self) -> Iterator[str]:
        """Yield why the tab may refuse, as far as anything readable tells."""
        have, catalog = self._have, self._context.catalog
        if len(self.users) >= MOST_USERS:
            yield f"{len(self.users)} users hold {self.product}, in 2020 it took {MOST_USERS - 1}"
        several = sum(1 for user in self.users if self._has_more(user))
        if several:
            yield f"of its users, {several} hold another suite too"
        add_ons = dependent_add_ons(
            catalog, {s.sku for s in have.subscriptions if s.status in LIVE}
        )
        if add_ons:
            named = ", ".join(product_name(sku, have, catalog) for sku in add_ons)
            yield f"an add-on may have to be removed first: {named}"

    def _has_more(self, user: User) -> bool:
        products = self._context.catalog.products
        others = {h.license.sku for h in user.holdings} - {self._source}
        suites = (products[sku] for sku in others if sku in products and holds(user, sku))
        return any(is_suite(self._context.catalog, each) for each in suites)
