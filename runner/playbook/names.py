"""Names of products and countries to what they mean, telling those that mean nothing."""

import re

from runner.model.findings import Origin
from runner.model.ids import SkuId, sku_id
from runner.playbook.options import LoadOptions, SkuMiss
from runner.playbook.problems import Problems, or_list, problem, short

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Names:
    """Looks names up where the options say, and adds what they do not know to the problems."""

    def __init__(self, options: LoadOptions, problems: Problems) -> None:
        self._resolve = options.resolve_sku
        self._is_country = options.is_country
        self.problems = problems

    def sku(self, text: str, at: Origin) -> SkuId | None:
        """Return the SKU of a part number, a GUID or a product name, or None where it is told."""
        known = sku_id(text)
        if _GUID.fullmatch(known):
            return known
        found = self._resolve(text)
        if not isinstance(found, SkuMiss):
            return found
        close = or_list(found.nearest)
        if found.kind == "ambiguous":
            hint = f"it may be {close}; give the GUID" if close else "give the GUID"
            self._tell("ambiguous-sku", f"`{short(text)}` fits several products", at=at, hint=hint)
        else:
            hint = f"the nearest are {close}; or give the GUID" if close else "give the GUID"
            self._tell("unknown-sku", f"no product is called `{short(text)}`", at=at, hint=hint)
        return None

    def check_country(self, code: str, at: Origin) -> None:
        """Tell a code that is no country."""
        if not self._is_country(code):
            hint = "write `GB`" if code == "UK" else "write the code of ISO 3166-1, such as `IT`"
            self._tell("unknown-country", f"`{short(code)}` is no country", at=at, hint=hint)

    def _tell(self, code: str, summary: str, *, at: Origin, hint: str) -> None:
        self.problems.add(problem(code, summary, at=at, hint=hint))
