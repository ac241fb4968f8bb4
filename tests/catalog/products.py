"""Products that the tests of the catalog name in short."""

from collections.abc import Iterable

from runner.catalog import find_sku, load_catalog, plan_name
from runner.model.catalog import Product
from runner.model.ids import ServicePlanId, SkuId

PRODUCTS = {
    "E1": "STANDARDPACK",
    "E3": "ENTERPRISEPACK",
    "E3 no Teams": "Office_365_E3_(no_Teams)",
    "E3 EEA": "O365_w/o_Teams_Bundle_E3",
    "E4": "ENTERPRISEWITHSCAL",
    "E5": "ENTERPRISEPREMIUM",
    "E5 no AC": "ENTERPRISEPREMIUM_NOPSTNCONF",
    "E5 no Teams": "Office_365_w/o_Teams_Bundle_E5",
    "M3": "SPE_E3",
    "M3 no Teams": "Microsoft_365_E3_(no_Teams)",
    "M5": "SPE_E5",
    "M5 no AC": "SPE_E5_NOPSTNCONF",
}


def sku(name: str) -> SkuId:
    found = find_sku(load_catalog(), PRODUCTS.get(name, name))
    assert isinstance(found, str), found
    return found


def product(name: str) -> Product:
    return load_catalog().products[sku(name)]


def plans_of(name: str) -> tuple[ServicePlanId, ...]:
    return product(name).service_plans


def names_of(plans: Iterable[ServicePlanId]) -> list[str]:
    return [plan_name(load_catalog(), plan) for plan in plans]


def ids_of(*names: str) -> list[ServicePlanId]:
    known = {plan.name: plan.id for plan in load_catalog().service_plans.values()}
    return [known[name] for name in names]
