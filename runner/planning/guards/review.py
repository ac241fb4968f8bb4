"""What a guard looks at: one tenant's wish, its state, the steps planned for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.catalog import Catalog
from runner.model.ids import SkuId, UserId
from runner.model.plan import Step
from runner.model.spec import TenantSpec
from runner.model.state import TenantState
from runner.steps.cohorts import Sorting
from runner.steps.naming import product_name
from runner.steps.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One tenant's plan under review."""

    spec: TenantSpec
    state: TenantState
    steps: tuple[Step, ...]
    sorting: Sorting
    catalog: Catalog


def name_of(review: Review, sku: SkuId) -> str:
    """Return the printed name of a product."""
    return product_name(sku, review.state, review.catalog)


def users(count: int) -> str:
    """Return `1 user` or `n users`."""
    return counted(count, "user")


def sample(found: Sequence[UserId]) -> str:
    """Return the first few ids of users, and a sign that there are more."""
    return ", ".join(sorted(found)[:5]) + (" …" if len(found) > 5 else "")
