"""A fleet over HTTP: time against Ansible's no-op, memory against a small fleet."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import yaml

from tests.benchmarks.simulated import TOKEN, served
from tests.benchmarks.table import Row, Sizes

FORKS = 16
USERS = 20
MS, MIB = 1_000, 1 / 1_024
ANSIBLE = (sys.executable, "-m", "ansible", "playbook")
WATCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process that starts the one to measure: Linux counts what the starting one held, too."""

E4, E5 = "ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a process took from start to end, and the most memory it held."""

    seconds: float
    peak_mib: float


def fleet_rows(sizes: Sizes) -> Iterator[Row]:
    """Yield what planning a tenant of a fleet costs, and the memory of planning and applying."""
    smallest, *_, largest = sizes.fleets
    with TemporaryDirectory() as folder:
        costs, applied = _costs(sizes.fleets, Path(folder))
        noop_s = _noop(sizes.targets, Path(folder)).seconds
    yield Row(
        measured=f"planning a tenant over HTTP, of {largest:,}",
        ours=costs[largest].seconds / largest * MS,
        alternative=f"ansible-core, `debug` on a target, of {sizes.targets:,}",
        theirs=noop_s / sizes.targets * MS,
        unit="ms",
    )
    for size in sizes.fleets[1:]:
        yield Row(
            measured=f"memory of planning {size:,} tenants",
            ours=costs[size].peak_mib,
            alternative=f"the same, {smallest:,}",
            theirs=costs[smallest].peak_mib,
            unit="MiB",
        )
    few, many = sizes.fleets[:2]
    yield Row(
        measured=f"memory of applying to {many:,} tenants",
        ours=applied[many].peak_mib,
        alternative=f"the same, {few:,}",
        theirs=applied[few].peak_mib,
        unit="MiB",
    )


def _costs(fleets: Sequence[int], folder: Path) -> tuple[dict[int, Cost], dict[int, Cost]]:
    """Plan fleets of every size, then upgrade the two smaller ones."""
    names = [f"tenant-{number}" for number in range(max(fleets))]
    few, many = fleets[:2]
    with served(dict.fromkeys(names, _tenant()), folder) as endpoints:
        planned = {size: _run("plan", names[:size], endpoints, folder) for size in fleets}
        applied = {
            few: _run("apply", names[-few:], endpoints, folder),
            many: _run("apply", names[:many], endpoints, folder),
        }
    return planned, applied


def _run(verb: str, names: Sequence[str], endpoints: Mapping[str, str], folder: Path) -> Cost:
    auth = {"method": "token", "token": {"env": "TOKEN"}}
    tenants = {name: {"graph_endpoint": endpoints[name]} for name in names}
    inventory, playbook = folder / "inventory.yaml", folder / "playbook.yaml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": {"auth": auth}, "tenants": tenants}}))
    playbook.write_text(yaml.safe_dump([_play(verb)]))
    line = [sys.executable, "-m", "runner.cli", verb, str(playbook), "-i", str(inventory)]
    line += ["--forks", str(FORKS), *(["--yes"] if verb == "apply" else [])]
    return _cost(line, {**os.environ, "TOKEN": TOKEN, "XDG_STATE_HOME": str(folder)})


def _noop(targets: int, folder: Path) -> Cost:
    """Let Ansible do nothing on every target, in a home of its own."""
    inventory, playbook = folder / "hosts", folder / "noop.yaml"
    inventory.write_text("".join(f"target-{number}\n" for number in range(targets)))
    tasks = [{"ansible.builtin.debug": {"msg": "nothing"}}]
    play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
    playbook.write_text(yaml.safe_dump([play]))
    line = (*ANSIBLE, "-i", str(inventory), str(playbook), "--forks", str(FORKS))
    own = {"HOME": str(folder), "ANSIBLE_HOME": str(folder / "ansible"), "LC_ALL": "C.UTF-8"}
    return _cost(line, {**os.environ, **own})


def _cost(line: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a process to its end; its memory is that of the process alone, without children."""
    began = perf_counter()
    done = subprocess.run(
        (sys.executable, "-S", "-c", WATCH, *line),
        env=environment,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{line[2:4]} ended with {done.returncode}")
    return Cost(seconds=perf_counter() - began, peak_mib=int(done.stdout) * MIB)


def _tenant() -> dict[str, object]:
    return {
        "country": "IT",
        "subscriptions": [{"sku": E4, "seats": USERS}, {"sku": E5, "seats": USERS}],
        "users": [{"count": USERS, "licenses": [E4], "usage_location": "IT"}],
    }


def _play(verb: str) -> dict[str, object]:
    """Return a play; what is applied has no task for a person, or the run would wait for them."""
    ending = [{"sku": E4, "state": "renewal_off"}] if verb == "plan" else []
    wanted = {"subscriptions": ending, "assignments": [{"from": E4, "to": E5}]}
    return {"name": "The upgrade", "tenants": "all", "desired_state": wanted}
