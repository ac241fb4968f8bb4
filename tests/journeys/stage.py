"""Set up a simulated tenant with its files and run the command line on it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli import main
from runner.providers.graph import reading, transport
from runner.simulator import World, running
from runner.simulator.tenant import Tenant
from tests.rows import rows_of

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "runner.cli")
TOKEN_VARIABLE = "STAGE_TOKEN"
E4, E5 = "ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM"
PATIENT_S = 120.0


class Terminal(io.StringIO):
    """What is printed to somebody who looks at it."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Return stdout as the one JSON document it must be."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def said(self) -> str:
        """Return everything that was written."""
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"


class Stage:
    """A served world with a playbook and an inventory in a folder of their own."""

    def __init__(self, world: World, url: str, folder: Path) -> None:
        self.world = world
        self.url = url
        self.folder = folder
        self.playbook = folder / "playbook.yaml"
        self.inventory = folder / "inventory.yaml"
        self.write_inventory({name: {} for name in world.tenants})

    @property
    def tenant(self) -> Tenant:
        """Return the first tenant."""
        return next(iter(self.world.tenants.values()))

    @property
    def user_ids(self) -> list[str]:
        """Return the ids of all users of the first tenant."""
        return [user.id for user in self.tenant.users]

    def write_playbook(self, *plays: Mapping[str, Any]) -> Path:
        """Write the playbook."""
        self.playbook.write_text(json.dumps(list(plays), indent=2), encoding="utf-8")
        return self.playbook

    def write_inventory(self, tenants: Mapping[str, Mapping[str, Any]]) -> Path:
        """Write the inventory; what a tenant leaves out leads to the simulator."""
        auth = {"method": "token", "token": {"env": TOKEN_VARIABLE}}
        entries = {
            name: {"graph_endpoint": f"{self.url}/{name}/v1.0", "auth": auth, **entry}
            for name, entry in tenants.items()
        }
        self.inventory.write_text(yaml.safe_dump({"all": {"tenants": entries}}), encoding="utf-8")
        return self.inventory

    def environment(self) -> dict[str, str]:
        """Return the environment that commands run in: a token, and no settings of this machine."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("UPGRADE_RUNNER")}
        return kept | {
            TOKEN_VARIABLE: "any-word",
            "XDG_CONFIG_HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "machine"),
            "NO_COLOR": "1",
        }

    def cli(self, *arguments: str | Path, answer: str = "", columns: int = 0) -> Result:
        """Run a command in this process; on a terminal where it is told how wide."""
        out, err = Terminal() if columns else io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(os, "environ", self.environment())
            if columns:
                patch.setenv("COLUMNS", str(columns))
                patch.setenv("NO_COLOR", "1")
            patch.setattr(sys, "stdin", io.StringIO(answer))
            code = main([str(each) for each in arguments])
        return Result(code=code, stdout=out.getvalue(), stderr=err.getvalue())

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [*PROGRAM, *(str(each) for each in arguments)],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, *arguments: str | Path) -> Result:
        """Run a command in a process of its own to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=PATIENT_S)
        return Result(code=process.returncode, stdout=out, stderr=err)

    def plan(self, *options: str | Path) -> Result:
        """Plan the playbook."""
        return self.cli("plan", self.playbook, "-i", self.inventory, *options)

    def apply(self, *options: str | Path) -> Result:
        """Apply the playbook without a question."""
        return self.cli(*self.apply_arguments(*options))

    def apply_arguments(self, *options: str | Path) -> tuple[str | Path, ...]:
        """Return the arguments that apply the playbook without a question."""
        return ("apply", self.playbook, "-i", self.inventory, "--yes", *options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows of the journal, of which there are none before the first run."""
        return rows_of(self.folder / ".upgrade-runner", query)

    def held(self, index: int) -> dict[str, tuple[str, ...]]:
        """Return what a user of the first tenant holds directly: SKU ids and plans that are off."""
        rows = self.tenant.users[index].state.rows
        return {row.sku_id: tuple(row.disabled) for row in rows if row.group_id is None}


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries, so that many of them take no time."""
    patch.setattr(reading, "FIRST_BACKOFF_S", 0.002)
    patch.setattr(transport, "SHORTEST_PAUSE_S", 0.002)
    patch.setattr(transport, "DEFAULT_PAUSE_S", 0.002)


@contextmanager
def on_stage(mapping: Mapping[str, Any], folder: Path) -> Iterator[Stage]:
    """Serve a world and give everything that commands need to work on it."""
    world = World.from_mapping(mapping)
    with running(world) as url:
        yield Stage(world, url, folder)


def scene(**changes: Any) -> dict[str, Any]:
    """Return a world with one small tenant on E4 whose clock stands still."""
    tenant: dict[str, Any] = {
        "display_name": "Contoso S.p.A.",
        "country": "IT",
        "subscriptions": [{"sku": E4, "seats": 30}],
        "users": [
            {"count": 12, "licenses": [E4], "usage_location": "IT"},
            {"count": 3, "licenses": [{"sku": E4, "disabled": ["SWAY"]}], "usage_location": "IT"},
        ],
    }
    return world_of({"contoso": tenant | changes})


def world_of(tenants: Mapping[str, Any]) -> dict[str, Any]:
    """Return a world of these tenants whose clock stands still."""
    clock = {"start": "2026-11-20T09:00:00Z", "rate": 0}
    return {"clock": clock, "quota": "off", "tenants": dict(tenants)}


def play(
    *,
    subscriptions: Sequence[Mapping[str, Any]] = (),
    assignments: Sequence[Mapping[str, Any]] = (),
    **rest: Any,
) -> dict[str, Any]:
    """Return a play for all tenants that wants these entries."""
    wanted = {"subscriptions": list(subscriptions), "assignments": list(assignments)}
    desired = {key: entries for key, entries in wanted.items() if entries}
    return {"name": "The upgrade", "tenants": "all", "desired_state": desired, **rest}


def buying(sku: str = E5, seats: Any = None) -> dict[str, Any]:
    """Return the entry that wants a product active."""
    return {
        "sku": sku,
        "state": "active",
        "seats": seats or {"match": E4},
        "purchase": {"term": "annual", "billing": "monthly"},
    }


def cancelling(sku: str = E4, **rest: Any) -> dict[str, Any]:
    """Return the entry that wants a product cancelled."""
    return {"sku": sku, "state": "cancelled", **rest}


def moving(source: Any = E4, target: str = E5, **rest: Any) -> dict[str, Any]:
    """Return the entry that moves everybody from a product to another."""
    return {"from": source, "to": target, **rest}
