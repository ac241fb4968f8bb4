"""Products and service plans as Microsoft publishes them: a value that is passed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.model.ids import ServicePlanId, SkuId


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """A service plan with its technical and its friendly name."""

    id: ServicePlanId
    name: str
    friendly_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with every name and part number it is printed under, the first one preferred."""

    id: SkuId
    part_numbers: tuple[str, ...]
    names: tuple[str, ...]
    service_plans: tuple[ServicePlanId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All products and service plans.

    `families` maps a service plan to the name of the family whose tiers replace each other
    (`FORMS_PLAN_E3` and `FORMS_PLAN_E5` are of one family).
    `as_of` is the day of the published table, ISO 8601.
    """

    as_of: str
    source: str
    products: Mapping[SkuId, Product]
    service_plans: Mapping[ServicePlanId, ServicePlan]
    families: Mapping[ServicePlanId, str]
