"""Loading an inventory: what one tenant costs as it grows, and what files cost nobody asks for."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import yaml

from runner.playbook import LoadOptions, load_inventory
from tests.benchmarks.table import Row, Sizes, typical

TENANTS_OF_A_GROUP = 50
MS = 1_000


def inventory_rows(sizes: Sizes) -> Iterator[Row]:
    """Yield what loading a tenant costs in a large inventory, against a small one."""
    small, large = sizes.inventories
    with TemporaryDirectory() as folder:
        costs = {
            size: _cost_ms(Path(folder) / f"{size}.yaml", size, rounds=sizes.rounds)
            for size in (small, large)
        }
        one, everybody = _with_files_ms(Path(folder), large, rounds=sizes.rounds)
    yield Row(
        measured=f"loading a tenant, of {large:,}",
        ours=costs[large],
        alternative=f"the same, of {small:,}",
        theirs=costs[small],
        unit="ms",
    )
    yield Row(
        measured=f"one tenant of {large:,}, each with a file",
        ours=one,
        alternative="the same, all of them",
        theirs=everybody,
        unit="ms",
    )


def _with_files_ms(folder: Path, size: int, *, rounds: int) -> tuple[float, float]:
    """Return what one tenant costs, and what all cost, where a file says how to sign in to each."""
    (folder / "tenant_vars").mkdir()
    for number in range(size):
        said = yaml.safe_dump(_tenant(number))
        (folder / "tenant_vars" / f"tenant-{number}.yaml").write_text(said, encoding="utf-8")
    file = folder / "plain.yaml"
    file.write_text(f"all: {{tenants: {{'tenant-[0:{size - 1}]': }}}}", encoding="utf-8")
    one = LoadOptions(inventories=(file,), limit=("tenant-0",))
    everybody = LoadOptions(inventories=(file,))
    return (
        typical(lambda: load_inventory(one), rounds=rounds) * MS,
        typical(lambda: load_inventory(everybody), rounds=rounds) * MS,
    )


def _cost_ms(file: Path, size: int, *, rounds: int) -> float:
    file.write_text(_inventory(size), encoding="utf-8")
    options = LoadOptions(inventories=(file,))
    return typical(lambda: load_inventory(options), rounds=rounds) / size * MS


def _inventory(size: int) -> str:
    """Return an inventory of groups of fifty tenants, each with a sign-in of its own."""
    groups = {
        f"region-{start // TENANTS_OF_A_GROUP}": {
            "vars": {"timezone": "Europe/Rome"},
            "tenants": {
                f"tenant-{number}": _tenant(number)
                for number in range(start, min(start + TENANTS_OF_A_GROUP, size))
            },
        }
        for start in range(0, size, TENANTS_OF_A_GROUP)
    }
    return yaml.safe_dump({"all": {"vars": {"cloud": "global"}, "children": groups}})


def _tenant(number: int) -> dict[str, object]:
    return {
        "tenant_id": str(UUID(int=number + 1)),
        "auth": {
            "method": "client_secret",
            "client_id": str(UUID(int=number + 1)),
            "client_secret": {"env": f"SECRET_{number}"},
        },
    }
