"""Read the small parts that the entries of a scenario are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_DNS, uuid5

from runner.simulator.accounts import Row
from runner.simulator.countries import COUNTRIES
from runner.simulator.products import load_products
from runner.simulator.scenario import LicenseEntry, ScenarioError

NAMESPACE = uuid5(NAMESPACE_DNS, "simulator.invalid")


def object_id(tenant: str, kind: str, *, key: object) -> str:
    """Return the GUID that an object of this tenant has in every run."""
    return str(uuid5(NAMESPACE, f"{tenant}/{kind}/{key}"))


PARTNER = object_id("partner", "tenant", key="own")


@contextmanager
def place(where: str) -> Iterator[None]:
    """Say where in a scenario something cannot be.

    Raises: ScenarioError instead of a wrong value.
    """
    try:
        yield
    except (ValueError, LookupError) as error:
        message = error.args[0] if error.args else error
        raise ScenarioError(f"{where}: {message}") from None


def check_location(country: str) -> None:
    """Refuse what is no country.

    Raises: ScenarioError naming it.
    """
    if country not in COUNTRIES:
        raise ScenarioError(f"{country!r} is no two-letter country code")


def license_rows(
    items: Sequence[str | LicenseEntry], *, group_id: str | None = None, at: float = 0.0
) -> tuple[Row, ...]:
    """Return the licenses that a scenario names, by part number or GUID.

    Raises: LookupError for an unknown product, ScenarioError for a plan it does not contain.
    """
    rows = []
    for item in items:
        entry = LicenseEntry(sku=item) if isinstance(item, str) else item
        product = load_products().find(entry.sku)
        plans = {word: product.plan(word) for word in entry.disabled}
        for word, plan in plans.items():
            if plan is None:
                raise ScenarioError(f"{product.part_number} has no service plan {word!r}")
        disabled = tuple(sorted(plan.id for plan in plans.values() if plan is not None))
        rows.append(Row(sku_id=product.sku_id, disabled=disabled, group_id=group_id, at=at))
    return tuple(rows)
