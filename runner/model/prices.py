"""What a seat costs, as far as the owner has said so."""

from collections.abc import Mapping
from decimal import Decimal

from runner.model.ids import SkuId

Prices = Mapping[tuple[SkuId, str, str], tuple[Decimal, str]]
"""Price per seat and month with its currency, by SKU, term and billing in the playbook's words."""
