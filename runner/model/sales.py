"""What the channel of a subscription says of it: what Graph does not know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runner.model.ids import SkuId
from runner.model.spec import Channel


class SaleStatus(StrEnum):
    """Where a subscription stands for whoever sells it.

    `pending` is ordered and not yet delivered; `lapsed` has passed its term and can still be used.
    Source: commerce.md 4.1, read 2026-11-23.
    """

    PENDING = "pending"
    LIVE = "live"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A product that a subscription can be turned into at once, by its channel.

    `product` is what its catalog calls it; `moves_users` says that its users go with it.
    """

    sku: SkuId
    product: str
    moves_users: bool


OLDER = "MicrosoftOnlineServicesProgram"
VOLUME = "EnterpriseAgreement"
"""Agreements that sell by other ways than Azure billing.

Source: commerce.md 3.1 and 3.6 (`agreementType`), read 2026-11-23.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingAccount:
    """A billing account that a sign-in sees: its agreement in Microsoft's word, what it pays for.

    `subscriptions` are ids of its own, lower case; empty where it lists none or may not be asked.
    Source: commerce.md 3.1 (`agreementType`), read 2026-11-23.
    """

    name: str
    agreement: str
    subscriptions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One subscription as its channel sells it.

    `id` is the channel's own, lower case; `product` what its catalog calls the product; `sku` is
    None where neither says which SKU that is. `term` and `billing` are in the playbook's words,
    empty where the channel uses another. `renews` is whether it renews by itself, `ends_at_term`
    whether it ends for good with its term: one that neither renews nor ends goes on, paid by the
    month. `refundable_until` is the end of the window in which it can be cancelled or reduced with
    a refund, None where there is none; `refundable_seats` are the seats that can be given up, each
    lot with the end of its own window, empty where its channel tells of no lots.
    `has_scheduled_change` is whether something is to happen at renewal that another change would
    wipe; `next_seats` are the seats it has from then on, where nothing else changes, None where no
    such change is scheduled. `locked` says why it cannot be changed now. `version` is what a write
    must name, so that it changes only what was read.
    `upgrades` are the products its channel turns the whole of it into. `setup` is how far its
    channel is in setting it up, in its own word, empty where that is done or not told.
    `is_unplaced` says that it does not name the tenant it is for: it is this one's only where a
    subscription of the directory has its id.
    Source: commerce.md 3.4, 3.6 and 4.2, read 2026-11-23.
    """

    channel: Channel
    id: str
    product: str
    sku: SkuId | None
    status: SaleStatus
    seats: int
    is_trial: bool = False
    is_legacy: bool = False
    term: str = ""
    billing: str = ""
    renews: bool
    ends_at_term: bool
    term_ends_at: datetime | None = None
    refundable_until: datetime | None = None
    refundable_seats: tuple[tuple[int, datetime], ...] = ()
    has_scheduled_change: bool = False
    next_seats: int | None = None
    locked: str = ""
    version: str = ""
    upgrades: tuple[Upgrade, ...] = ()
    parent: str = ""
    setup: str = ""
    is_unplaced: bool = False
