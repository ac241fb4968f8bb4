"""Buy, resize and end the subscriptions of a partner's customer through Partner Center."""

from runner.providers.partner_center.channel import PartnerCenterCommerce

__all__ = ["PartnerCenterCommerce"]
