"""A small catalog and inventory, and how the tests ask for problems."""

from pathlib import Path

from runner.model.findings import Finding, PlaybookError
from runner.model.ids import sku_id
from runner.playbook import LoadOptions, SkuMiss, SkuResolution, load

E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
SKUS = {"ENTERPRISEWITHSCAL": E4, "ENTERPRISEPREMIUM": E5, "Office 365 E5": E5}
INVENTORY = """
all:
  children:
    production:
      tenants: {contoso: {}, fabrikam: {}}
    pilot:
      tenants: {contoso: {}, acme: {}}
"""


def resolve(text: str) -> SkuResolution:
    """Return the SKU of three known names; `E5` fits several."""
    if text in SKUS:
        return sku_id(SKUS[text])
    if text == "E5":
        return SkuMiss(kind="ambiguous", nearest=("Office 365 E5", "Microsoft 365 E5"))
    return SkuMiss(kind="unknown", nearest=("ENTERPRISEPREMIUM",))


def options(*inventories: Path, **more: object) -> LoadOptions:
    """Return options with the small catalog."""
    return LoadOptions(inventories=inventories, resolve_sku=resolve, **more)  # type: ignore[arg-type]


def problems_of(playbook: Path, chosen: LoadOptions) -> tuple[Finding, ...]:
    """Return the problems with which loading ends, none when it succeeds."""
    try:
        load([playbook], options=chosen)
    except PlaybookError as error:
        return error.problems
    return ()


def codes(found: tuple[Finding, ...]) -> list[str]:
    """Return code and place of every problem."""
    return [f"{each.code} {each.where}" for each in found]
