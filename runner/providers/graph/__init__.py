"""Microsoft Graph through msgraph-sdk's own client stack."""
