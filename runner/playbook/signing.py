"""A way to sign in as it is written to `Auth`, secrets by reference only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.model.findings import Origin
from runner.model.spec import Auth, SecretRef
from runner.playbook.tree import MarkedMap

_SECRETS = ("client_secret", "certificate", "certificate_password", "token", "refresh_token")


def auth_of(said: Mapping[str, Any], at: Origin) -> Auth:
    """Return how to sign in; paths are relative to the file that names them."""
    secrets = {key: secret_of(said[key], at) for key in _SECRETS if key in said}
    token_file = said.get("token_file")
    return Auth(
        method=said["method"],
        client_id=said.get("client_id"),
        **secrets,
        token_file=_beside(at, token_file) if token_file else None,
        where=at,
    )


def secret_of(said: Mapping[str, str], auth_at: Origin) -> SecretRef:
    """Return where a secret stands; a path is relative to the file that names it."""
    at = said.at if isinstance(said, MarkedMap) else auth_at
    file = said.get("file")
    return SecretRef(env=said.get("env"), file=_beside(at, file) if file else None)


def _beside(at: Origin, path: str) -> str:
    return str(Path(at.file).parent / path)
