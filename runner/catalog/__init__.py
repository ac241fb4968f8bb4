"""Name products and service plans, say which replace each other and what calls cost."""

from runner.catalog.add_ons import (
    dependent_add_ons,
    is_commercial,
    is_storage,
    is_suite,
    redundant_add_ons,
)
from runner.catalog.compare import Comparison, compare, contained, has_teams
from runner.catalog.countries import is_country
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
    with_plan_names,
)
from runner.catalog.quotas import GRAPH_QUOTAS, GraphQuotas
from runner.catalog.rules import (
    Dependency,
    broken_dependencies,
    conflicts_between,
    load_dependencies,
    unmet_dependencies,
)

__all__ = [
    "GRAPH_QUOTAS",
    "Comparison",
    "Dependency",
    "GraphQuotas",
    "Miss",
    "MissKind",
    "Translation",
    "broken_dependencies",
    "compare",
    "conflicts_between",
    "contained",
    "counterparts",
    "dependent_add_ons",
    "find_sku",
    "has_teams",
    "is_commercial",
    "is_country",
    "is_storage",
    "is_suite",
    "load_catalog",
    "load_conflicts",
    "load_dependencies",
    "plan_friendly_name",
    "plan_name",
    "product_name",
    "redundant_add_ons",
    "search",
    "switched_off_in",
    "unmet_dependencies",
    "with_plan_names",
]
