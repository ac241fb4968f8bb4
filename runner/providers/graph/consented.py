"""Sign in as an application together with a person who has consented to it once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from runner.providers.tls import trusted

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

_TIMEOUT_S = 30.0


class Consented:
    """A credential that trades a kept refresh token for access tokens, nobody present.

    azure-identity takes no refresh token; msal, which it stands on, does.
    Source: commerce.md 3.4 (one interactive consent, a refresh token in a vault), read 2026-11-23.
    """

    def __init__(self, authority: str, *, client_id: str, secret: str, refresh_token: str) -> None:
        self._authority = authority
        self._client_id = client_id
        self._secret = secret
        self._refresh_token = refresh_token

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return an access token for the person and the application.

        Raises: ClientAuthenticationError when the authority says no, ServiceRequestError when it
        gives no answer.
        """
        del options
        return await asyncio.to_thread(self._token, list(scopes))

    def _token(self, scopes: list[str]) -> AccessToken:
        import httpx
        from azure.core.credentials import AccessToken
        from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

        try:
            with httpx.Client(verify=trusted(), timeout=_TIMEOUT_S) as http:
                answer = self._asked(scopes, http)
        except httpx.HTTPError as error:
            raise ServiceRequestError(str(error) or type(error).__name__) from error
        except ValueError as error:
            raise ClientAuthenticationError(str(error)) from error
        if "access_token" not in answer:
            said = answer.get("error_description") or answer.get("error") or "no token came back"
            raise ClientAuthenticationError(str(said))
        return AccessToken(answer["access_token"], int(time.time()) + int(answer["expires_in"]))

    def _asked(self, scopes: list[str], http: Any) -> dict[str, Any]:
        import msal

        application = msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._secret,
            authority=self._authority,
            instance_discovery=False,
            http_client=http,
        )
        answer: dict[str, Any] = application.acquire_token_by_refresh_token(
            self._refresh_token, scopes
        )
        return answer

    async def close(self) -> None:
        """Release nothing: connections are closed with every answer."""

    async def __aenter__(self) -> Consented:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None
