"""A simulated tenant, served by a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

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
    scenario = folder / "scenario.yaml"
    tenants = {"contoso": _tenant(sizes.moves), "fabrikam": _tenant(sizes.reads)}
    scenario.write_text(yaml.safe_dump({"quota": "off", "tenants": tenants}), encoding="utf-8")
    line = [sys.executable, "-m", "runner.cli", "simulate", "serve", str(scenario), "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = _address(process)
            yield {name: f"{url}/{name}/v1.0" for name in tenants}
        finally:
            process.terminate()


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
