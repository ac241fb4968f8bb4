"""YAML text to `TenantSpec`, every problem with file and line."""

from runner.playbook.listing import list_inventory
from runner.playbook.load import load, load_inventory, validate
from runner.playbook.options import LoadOptions, SkuMiss, SkuResolution
from runner.playbook.policies import load_rules
from runner.playbook.prices import load_prices
from runner.playbook.schemas import read_schema
from runner.playbook.settings import load_settings
from runner.playbook.webhooks import read_webhooks

__all__ = [
    "LoadOptions",
    "SkuMiss",
    "SkuResolution",
    "list_inventory",
    "load",
    "load_inventory",
    "load_prices",
    "load_rules",
    "load_settings",
    "read_schema",
    "read_webhooks",
    "validate",
]
