"""Ports made real: Microsoft Graph on msgraph-sdk, the manual channel, the tenant's clock."""
