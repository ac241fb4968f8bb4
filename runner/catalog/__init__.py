"""Name products and service plans, say which replace each other and what calls cost."""

from runner.catalog.families import Translation, counterparts, switched_off_in
from runner.catalog.load import load_catalog, load_conflicts
from runner.catalog.lookup import (
    Miss,
    MissKind,
    find_sku,
    plan_friendly_name,
    plan_name,
    product_name,
    search,
)
from runner.catalog.quotas import GRAPH_QUOTAS, GraphQuotas

__all__ = [
    "GRAPH_QUOTAS",
    "GraphQuotas",
    "Miss",
    "MissKind",
    "Translation",
    "counterparts",
    "find_sku",
    "load_catalog",
    "load_conflicts",
    "plan_friendly_name",
    "plan_name",
    "product_name",
    "search",
    "switched_off_in",
]
