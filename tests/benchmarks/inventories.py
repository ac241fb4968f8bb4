"""Loading an inventory: what one tenant costs as the inventory grows."""

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
    yield Row(
        measured=f"loading a tenant, of {large:,}",
        ours=costs[large],
        alternative=f"the same, of {small:,}",
        theirs=costs[small],
        unit="ms",
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
