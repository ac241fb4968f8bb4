"""Sign in to a tenant the way its inventory says, through azure-identity."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.model.findings import NotAllowed, SecretMissing
from runner.model.spec import Auth, SecretRef, Tenant
from runner.providers.graph.clouds import Endpoint
from runner.providers.graph.consented import Consented
from runner.providers.graph.job_token import job_token
from runner.providers.graph.refusing import cannot_begin

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

_TOKEN_LIFE_S = 3600
"""A ready token says nothing of its life to us; the service refuses it when it is over."""

_SILENT = logging.NullHandler()
"""One for all tenants: a logger keeps every handler it is given."""


class ReadyToken:
    """A credential that hands out one token somebody else obtained."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token, whatever it is asked for."""
        del scopes, options
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, int(time.time()) + _TOKEN_LIFE_S)

    async def close(self) -> None:
        """Release nothing."""

    async def __aenter__(self) -> ReadyToken:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None


def credential(tenant: Tenant, endpoint: Endpoint) -> Any:
    """Return the asynchronous credential of a tenant; nothing is sent before it is first needed.

    Raises: NotAllowed when a secret is not where the inventory says it is, or something the
    method needs is not given.
    """
    logging.getLogger("azure").addHandler(_SILENT)
    try:
        return _credential(tenant, endpoint)
    except ValueError as error:
        where = str(tenant.auth.where or tenant.where)
        raise cannot_begin(tenant.auth, error, where=where) from error


def _credential(tenant: Tenant, endpoint: Endpoint) -> Any:
    auth = tenant.auth
    if auth.method == "token":
        return ReadyToken(read_secret(auth.token, auth))
    from azure.identity import aio

    shared: dict[str, Any] = {"authority": endpoint.authority}
    tenant_id = tenant.tenant_id or ""
    if auth.method == "client_secret":
        secret = read_secret(auth.client_secret, auth)
        if auth.refresh_token is not None:
            return Consented(
                f"https://{endpoint.authority}/{tenant_id}",
                client_id=auth.client_id or "",
                secret=secret,
                refresh_token=read_secret(auth.refresh_token, auth),
            )
        return aio.ClientSecretCredential(tenant_id, auth.client_id or "", secret, **shared)
    if auth.method == "certificate":
        return _certificate(auth, tenant_id, shared)
    if auth.method == "managed_identity":
        return aio.ManagedIdentityCredential(client_id=auth.client_id)
    if auth.method == "workload_identity":
        return _workload(auth, tenant_id, shared)
    if auth.method == "azure_cli":
        return aio.AzureCliCredential(tenant_id=tenant_id)
    if auth.method == "device_code":
        return _DeviceCode(auth, tenant_id, shared)
    return aio.DefaultAzureCredential(
        interactive_browser_tenant_id=tenant_id or None,
        workload_identity_tenant_id=tenant_id or None,
        **shared,
    )


def _workload(auth: Auth, tenant_id: str, shared: dict[str, Any]) -> Any:
    """Return who signs in with the token in a file, else with that of a job of GitHub."""
    from azure.identity import aio

    client_id = auth.client_id or os.environ.get("AZURE_CLIENT_ID")
    token_file = auth.token_file or os.environ.get("AZURE_FEDERATED_TOKEN_FILE")
    ask = None if token_file else job_token()
    if ask is None or not client_id or not tenant_id:
        return aio.WorkloadIdentityCredential(
            tenant_id=tenant_id or None, client_id=client_id, token_file_path=token_file, **shared
        )
    return aio.ClientAssertionCredential(tenant_id, client_id, ask, **shared)


def _certificate(auth: Auth, tenant_id: str, shared: dict[str, Any]) -> Any:
    from azure.identity import aio

    password = read_secret(auth.certificate_password, auth) if auth.certificate_password else None
    try:
        return aio.CertificateCredential(
            tenant_id,
            auth.client_id or "",
            certificate_data=read_secret(auth.certificate, auth).encode("latin-1"),
            password=password,
            **shared,
        )
    except ValueError as error:
        raise NotAllowed(
            "the certificate is no PEM or PKCS12 with a private key, or its password is wrong",
            hint="name another file under `auth.certificate`",
            where=str(auth.where or ""),
        ) from error


def read_secret(reference: SecretRef | None, auth: Auth) -> str:
    """Return the secret a reference points to; its value appears nowhere else.

    Raises: SecretMissing when the variable is not set or the file cannot be read.
    """
    where = str(auth.where or "")
    if reference is None:
        raise SecretMissing(f"`auth.method: {auth.method}` names no secret", where=where)
    return secret_at(reference, where=where)


def secret_at(reference: SecretRef, *, where: str) -> str:
    """Return the secret a reference points to; `where` is what names it.

    Raises: SecretMissing when the variable is not set or the file cannot be read.
    """
    if reference.env is not None:
        value = os.environ.get(reference.env, "")
        if not value:
            raise SecretMissing(
                f"the environment variable {reference.env} is not set",
                hint="set it, or name another one there",
                where=where,
            )
        return value.strip()
    try:
        return Path(reference.file or "").read_bytes().decode("latin-1").strip()
    except OSError as error:
        raise SecretMissing(
            f"the secret file {reference.file} cannot be read: {error.strerror}", where=where
        ) from error


class _DeviceCode:
    """azure-identity has no asynchronous device code; its own one is asked in a thread."""

    def __init__(self, auth: Auth, tenant_id: str, shared: dict[str, Any]) -> None:
        from azure.identity import DeviceCodeCredential

        options: dict[str, Any] = {"tenant_id": tenant_id} if tenant_id else {}
        if auth.client_id:
            options["client_id"] = auth.client_id
        self._credential = DeviceCodeCredential(**options, **shared)

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        import asyncio

        return await asyncio.to_thread(self._credential.get_token, *scopes, **options)

    async def close(self) -> None:
        self._credential.close()

    async def __aenter__(self) -> _DeviceCode:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
