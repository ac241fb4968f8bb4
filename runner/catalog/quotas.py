"""State what Microsoft Graph lets an application spend and what each call costs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """An amount that may be spent in any window of that many seconds."""

    amount: int
    window_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCosts:
    """What reading costs, and what changes it.

    Units: resource units per call. Calls that are not listed cost `other`; a call never costs
    less than `least`. `select_discount` is taken off for `$select`, `short_page_discount` for
    `$top` below `short_page`, `expand_surcharge` is put on for `$expand`.
    Source: Microsoft Graph, `throttling-limits`, identity and access, read 2026-11-22.
    """

    list_users: int = 2
    list_subscribed_skus: int = 3
    list_license_details: int = 2
    list_group_members: int = 3
    list_transitive_members: int = 5
    other: int = 1
    least: int = 1
    select_discount: int = 1
    expand_surcharge: int = 1
    short_page_discount: int = 1
    short_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQuotas:
    """What may be spent against the directory, per scope; only the excess is refused.

    Units: `writes` count one per call that changes something, `units` are resource units. A
    tenant is small below `medium_from_users` users, large above `medium_to_users`. The sheet
    says of itself that it can change and that 429 may come earlier.
    Source: Microsoft Graph, `throttling-limits`, identity and access, read 2026-11-22.
    """

    writes_per_app_and_tenant: Quota = Quota(amount=3_000, window_s=150)
    writes_per_app: Quota = Quota(amount=35_000, window_s=300)
    writes_per_tenant: Quota = Quota(amount=18_000, window_s=300)
    requests_per_app: Quota = Quota(amount=130_000, window_s=10)
    units_per_app: Quota = Quota(amount=150_000, window_s=20)
    units_small_tenant: Quota = Quota(amount=3_500, window_s=10)
    units_medium_tenant: Quota = Quota(amount=5_000, window_s=10)
    units_large_tenant: Quota = Quota(amount=8_000, window_s=10)
    medium_from_users: int = 50
    medium_to_users: int = 500
    write_cost: int = 1
    costs: CallCosts = CallCosts()

    def units_per_tenant(self, users: int) -> Quota:
        """Return the resource units of one application in a tenant of that many users."""
        if users < self.medium_from_users:
            return self.units_small_tenant
        return (
            self.units_medium_tenant if users <= self.medium_to_users else self.units_large_tenant
        )


GRAPH_QUOTAS = GraphQuotas()
