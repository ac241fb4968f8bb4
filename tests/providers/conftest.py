"""Give the tests of providers a token to sign in with."""

import pytest

from tests.providers.recorded import recorder
from tests.providers.served import TOKEN_VARIABLE

__all__ = ["recorder"]


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a token into the environment and return it."""
    monkeypatch.setenv(TOKEN_VARIABLE, "eyJ-very-secret-word")
    return "eyJ-very-secret-word"
