"""Prove which job of GitHub is running, by a token that is asked for anew as long as it runs."""

import os
import time
from functools import lru_cache
from typing import Any

from runner.providers.tls import trusted

AUDIENCE = "api://AzureADTokenExchange"
URL, KEY = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
FRESH_S = 120.0
"""How long a token is used again: it lives for five minutes, and a sign-in takes some time.

Source: GitHub's issue Azure/login 441 (a token of a job ends after five minutes) and GitHub Docs,
OpenID Connect (how a job asks for one), read 2026-11-23.
"""

_TIMEOUT_S = 30.0


class JobToken:
    """Asks GitHub for the token of this job, and again when it is no longer fresh."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._token = ""
        self._asked_s = 0.0

    def __call__(self) -> str:
        """Return the token.

        Raises: ClientAuthenticationError when GitHub gives none, ServiceRequestError without an
        answer.
        """
        if not self._token or time.monotonic() - self._asked_s > FRESH_S:
            self._asked_s = time.monotonic()
            self._token = self._ask()
        return self._token

    def _ask(self) -> str:
        import httpx
        from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

        url = httpx.URL(self._url).copy_merge_params({"audience": AUDIENCE})
        try:
            with httpx.Client(verify=trusted(), timeout=_TIMEOUT_S) as http:
                answer = http.get(url, headers={"Authorization": f"Bearer {self._key}"})
                found: Any = answer.json() if answer.is_success else {}
        except httpx.HTTPError as error:
            raise ServiceRequestError(f"the token of this job: {type(error).__name__}") from error
        except ValueError:
            found = {}
        if not isinstance(found, dict) or not isinstance(found.get("value"), str):
            raise ClientAuthenticationError(
                f"no token for this job of GitHub: {answer.status_code}"
            )
        return str(found["value"])


def job_token() -> JobToken | None:
    """Return the token of the job of GitHub that this runs in, None anywhere else."""
    url, key = os.environ.get(URL), os.environ.get(KEY)
    return _shared(url, key) if url and key else None


@lru_cache(maxsize=1)
def _shared(url: str, key: str) -> JobToken:
    """Return one for all tenants, which sign in with the same token."""
    return JobToken(url, key)
