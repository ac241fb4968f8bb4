"""Take Microsoft 365 tenants from the subscriptions they have to those their owner wrote."""

__version__ = "0.1.0"
