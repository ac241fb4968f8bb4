"""Buy, resize and end subscriptions of a direct customer agreement through Azure billing."""

from runner.providers.azure_billing.channel import AzureBillingCommerce

__all__ = ["AzureBillingCommerce"]
