"""What conditions of computed groups see of a tenant as `facts`."""

from typing import Any

from runner.model.customers import TenantFacts
from runner.model.findings import Origin
from runner.playbook.names import Names
from runner.playbook.templates import Told
from runner.playbook.tree import MarkedMap

FACTS = "facts"


class Facts:
    """The facts of one tenant: `channel`, `skus` by any name of a product, and `owns`."""

    def __init__(self, read: TenantFacts, *, at: Origin, names: Names) -> None:
        self.channel = read.channel
        self.skus = Skus(read, at=at, names=names)

    def owns(self, product: str) -> bool:
        """Return whether the tenant has any seat of a product."""
        return bool(self.skus[product]["seats"])


class Skus(dict[str, Any]):
    """Seats by part number; a product that the tenant has not has none."""

    def __init__(self, read: TenantFacts, *, at: Origin, names: Names) -> None:
        super().__init__(
            (each.part_number, {"seats": each.seats, "used": each.used}) for each in read.owned
        )
        self._part_numbers = {each.sku: each.part_number for each in read.owned}
        self._at = at
        self._names = names

    def __missing__(self, product: str) -> dict[str, int]:
        sku = self._names.sku(str(product), self._at)
        if sku is None:
            raise Told
        part_number = self._part_numbers.get(sku)
        return self[part_number] if part_number else {"seats": 0, "used": 0}


def layer_of(read: TenantFacts, *, at: Origin, names: Names) -> MarkedMap:
    """Return the facts of a tenant as a variable."""
    layer = MarkedMap(at)
    layer.put(FACTS, Facts(read, at=at, names=names), key_at=at, value_at=at)
    return layer
