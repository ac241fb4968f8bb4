"""Know Microsoft's products and the service plans inside each of them."""

from __future__ import annotations

import csv
import difflib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold one service plan of a product."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Hold one product with its service plans by id."""

    sku_id: str
    part_number: str
    name: str
    plans: Mapping[str, Plan]

    def plan(self, word: str) -> Plan | None:
        """Return the plan that goes by this id or name, if the product has it."""
        by_id = self.plans.get(word.lower())
        if by_id is not None:
            return by_id
        return next(
            (plan for plan in self.plans.values() if plan.name.lower() == word.lower()), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Hold all products by id, and the ids by every name they go by."""

    by_id: Mapping[str, Product]
    ids: Mapping[str, str]
    plan_ids: Mapping[str, str]

    def find(self, word: str) -> Product:
        """Return the product with this GUID, part number or product name.

        Raises: LookupError with the nearest names when there is none.
        """
        sku_id = self.ids.get(word.strip().lower())
        if sku_id is None:
            raise LookupError(f"no product is called {word!r}{_nearest(word, self.ids)}")
        return self.by_id[sku_id]

    def plan_id(self, word: str) -> str:
        """Return the id of the service plan with this GUID or name.

        Raises: LookupError with the nearest names when there is none.
        """
        found = self.plan_ids.get(word.strip().lower())
        if found is None:
            raise LookupError(f"no service plan is called {word!r}{_nearest(word, self.plan_ids)}")
        return found


def _nearest(word: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(word.lower(), list(names), n=3)
    return f", the nearest are {', '.join(near)}" if near else ""


@cache
def load_products() -> Products:
    """Return all products from the file beside this module, read once.

    Source: Microsoft, "Product names and service plan identifiers for licensing" (CC BY 4.0),
    as of 2026-07-29.
    """
    text = resources.files("runner.simulator").joinpath("products.json").read_text("utf-8")
    raw = json.loads(text)
    plans = [Plan(id=plan_id, name=name) for plan_id, name in raw["plans"]]
    by_id: dict[str, Product] = {}
    ids: dict[str, str] = {}
    for sku_id, part_number, name, indexes in raw["products"]:
        own = {plans[index].id: plans[index] for index in indexes}
        by_id[sku_id] = Product(sku_id=sku_id, part_number=part_number, name=name, plans=own)
        for word in (name, part_number):
            ids.setdefault(word.lower(), sku_id)
        ids[sku_id] = sku_id
    plan_ids = {plan.name.lower(): plan.id for plan in reversed(plans)}
    plan_ids.update({plan.id: plan.id for plan in plans})
    return Products(by_id=by_id, ids=ids, plan_ids=plan_ids)


def build_products(table: Path, target: Path) -> int:
    """Write the compact product file from Microsoft's published table and return its products."""
    plans: dict[tuple[str, str], int] = {}
    products: dict[str, tuple[str, str, list[int]]] = {}
    with table.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            cells = {key: (value or "").strip() for key, value in row.items()}
            plan = (cells["Service_Plan_Id"].lower(), cells["Service_Plan_Name"])
            index = plans.setdefault(plan, len(plans))
            names: tuple[str, str, list[int]] = (
                cells["String_Id"],
                cells["Product_Display_Name"],
                [],
            )
            included = products.setdefault(cells["GUID"].lower(), names)[2]
            if index not in included:
                included.append(index)
    lines = [json.dumps([sku, *rest], ensure_ascii=False) for sku, rest in products.items()]
    body = ",\n".join(lines)
    head = json.dumps(list(plans), ensure_ascii=False)
    target.write_text(f'{{"plans": {head},\n"products": [\n{body}\n]}}\n', encoding="utf-8")
    return len(products)


if __name__ == "__main__":
    build_products(Path(sys.argv[1]), Path(__file__).with_name("products.json"))
