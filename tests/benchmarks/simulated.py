"""A simulated tenant, served by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runner.model.spec import Auth, SecretRef
from tests.benchmarks.table import Sizes

TOKEN = "any-word"


def token_from(folder: Path) -> Auth:
    """Return the sign-in that opens the simulated tenant."""
    file = folder / "token"
    file.write_text(TOKEN, encoding="utf-8")
    return Auth(method="token", token=SecretRef(file=str(file)))


@contextmanager
def simulated(sizes: Sizes, folder: Path) -> Iterator[dict[str, str]]:
    """Serve a tenant to move users in and one to read; yield their endpoints by name."""
    tenants = {"contoso": _tenant(sizes.moves), "fabrikam": _tenant(sizes.reads)}
    with served(tenants, folder) as endpoints:
        yield endpoints


@contextmanager
def served(tenants: Mapping[str, object], folder: Path) -> Iterator[dict[str, str]]:
    """Serve tenants in a process of their own; yield their endpoints by name."""
    scenario = folder / "scenario.yaml"
    scenario.write_text(json.dumps({"quota": "off", "tenants": tenants}), encoding="utf-8")
    line = [sys.executable, "-m", "runner.cli", "simulate", "serve", str(scenario), "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = _address(process)
            _skip_inventory(process, tenants=len(tenants))
            yield {name: f"{url}/{name}/v1.0" for name in tenants}
        finally:
            process.terminate()


def _skip_inventory(process: subprocess.Popen[str], *, tenants: int) -> None:
    """Read the inventory that the simulator proposes: its pipe holds that of some hundred."""
    for _ in range(tenants + 3):
        if process.stderr:
            process.stderr.readline()


def _address(process: subprocess.Popen[str]) -> str:
    said = process.stderr.readline() if process.stderr else ""
    address = said.removeprefix("simulator ready at ").partition(",")[0]
    if not address.startswith("http://"):
        raise RuntimeError(f"the simulator says: {said}")
    return address


def _tenant(users: int) -> dict[str, object]:
    return {
        "country": "IT",
        "subscriptions": [
            {"sku": "ENTERPRISEWITHSCAL", "seats": users},
            {"sku": "ENTERPRISEPREMIUM", "seats": users},
        ],
        "users": [{"count": users, "licenses": ["ENTERPRISEWITHSCAL"], "usage_location": "IT"}],
    }
