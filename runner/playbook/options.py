"""What the command line says besides the playbook, and the answers a SKU look-up gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from runner.model.customers import Customer, TenantFacts
from runner.model.findings import Finding
from runner.model.ids import SkuId
from runner.model.spec import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuMiss:
    """A product name that fits no SKU or several, with the nearest names, best first."""

    kind: Literal["unknown", "ambiguous"]
    nearest: tuple[str, ...] = ()


SkuResolution = SkuId | SkuMiss
FindCustomers = Callable[[Tenant], tuple[Customer, ...]]
"""Answers a partner's customers: by Partner Center where its settings are given, else by Graph."""

ReadFacts = Callable[[Sequence[Tenant]], Mapping[str, TenantFacts | Finding]]
"""Answers the facts of every one of some tenants by name, or why one could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptAnswer:
    """What a program printed, or what went wrong, said so that it follows `it`."""

    text: str = ""
    wrong: str = ""


RunScript = Callable[[Path, Sequence[str]], ScriptAnswer]


def no_scripts(*_: object) -> ScriptAnswer:
    """Return that a program was not run, for callers who run none."""
    return ScriptAnswer(wrong="is not run here")


def no_catalog(_: str) -> SkuResolution:
    """Return that a name is unknown, for callers who name no products."""
    return SkuMiss(kind="unknown", nearest=())


def any_country(_: str) -> bool:
    """Return that a code is a country, for callers who know none."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """The inventory, what to take of it, and who knows product names and countries.

    `extra_vars` are the texts given to `-e`, in order: `key=value`, a YAML or JSON mapping, or
    `@FILE`. `limit` are the texts given to `--limit`; `tags` the tags of the plays to take.
    Without `find_customers` and `read_facts` nothing outside is asked, as `validate` does it.
    `named_sets` are the tenants that `@NAME` means in a pattern, where the caller knows them.
    `run_script` runs an inventory that is a program. `policies` are files and folders of rules,
    whose codes must not be among `taken_codes`.
    """

    inventories: tuple[Path, ...] = ()
    limit: tuple[str, ...] = ()
    extra_vars: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    policies: tuple[Path, ...] = ()
    taken_codes: frozenset[str] = frozenset()
    named_sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    resolve_sku: Callable[[str], SkuResolution] = no_catalog
    is_country: Callable[[str], bool] = any_country
    find_customers: FindCustomers | None = None
    read_facts: ReadFacts | None = None
    run_script: RunScript = no_scripts
