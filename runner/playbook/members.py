"""A tenant of the inventory that is meant, with all that its templates see."""

from dataclasses import dataclass

from runner.model.spec import Tenant
from runner.playbook.tree import MarkedMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A tenant that is meant, with its variables; `wave` is its number, where it has one."""

    tenant: Tenant
    variables: MarkedMap
    wave: int | None

    def facts(self) -> dict[str, object]:
        """Return what templates see as `tenant`."""
        facts: dict[str, object] = {"name": self.tenant.name, "groups": list(self.tenant.groups)}
        if self.tenant.tenant_id is not None:
            facts["tenant_id"] = str(self.tenant.tenant_id)
        return facts
