"""The rooms of `docs/architecture.md` as the tests hold them."""

from dataclasses import dataclass

WORLD = frozenset({"time", "chance", "network", "disk", "environment", "screen", "process"})


@dataclass(frozen=True, kw_only=True)
class Room:
    """A room: its purpose, what it may import, and which parts of the world it may touch."""

    purpose: str
    may_import: tuple[str, ...] = ()
    touches: str = "no"
    world: frozenset[str] = frozenset()
    is_async: bool = False


ROOMS = {
    "model": Room(purpose="The nouns: frozen dataclasses and enums without behaviour."),
    "catalog": Room(
        purpose="SKU names and GUIDs, allowed upgrades, quotas: "
        "data, each with source and date read.",
        may_import=("model",),
        touches="reads package data",
        world=frozenset({"disk"}),
    ),
    "ports": Room(
        purpose="Protocols that say what the outside can do for us: "
        "`Directory`, `Commerce`, `Clock`, `Records`, `Listener`.",
        may_import=("model",),
        is_async=True,
    ),
    "steps": Room(
        purpose="One file per step kind: its data, `plan`, `check`, `perform`; "
        "beside them what they share: who moves how, seats, business days.",
        may_import=("model", "catalog", "ports"),
        is_async=True,
    ),
    "planning": Room(
        purpose="Desired and observed in, plan out; guards, order, waves, digests.",
        may_import=("model", "catalog", "steps"),
    ),
    "engine": Room(
        purpose="The loop: look, act, look again, record; "
        "decides nothing that `planning` can decide.",
        may_import=("model", "ports", "steps", "planning"),
        touches="only through ports",
        is_async=True,
    ),
    "playbook": Room(
        purpose="YAML text to `TenantSpec`, every problem with file and line.",
        may_import=("model",),
        touches="reads files",
        world=frozenset({"disk"}),
    ),
    "store": Room(
        purpose="Plan files, snapshots, the journal, one lock per tenant: SQLite by default, "
        "PostgreSQL when machines share it; atomic writes, mode 0600.",
        may_import=("model", "steps"),
        touches="disk, database",
        world=frozenset({"disk", "process"}),
    ),
    "providers": Room(
        purpose="Ports made real: `graph/` (on msgraph-sdk: client, batch, pace), "
        "`partner_center/`, `azure_billing/`, `manual.py`, clock.",
        may_import=("model", "catalog", "ports"),
        touches="network, time",
        world=WORLD - {"screen"},
        is_async=True,
    ),
    "render": Room(
        purpose="Events to text: terminal, JSON Lines, Markdown, HTML.",
        may_import=("model",),
        touches="the stream it is given",
    ),
    "simulator": Room(
        purpose="Graph, Partner Center and Azure billing over HTTP for one or many pretend "
        "tenants, with its own clock and faults.",
        touches="loopback socket",
        world=WORLD - {"screen", "environment"},
        is_async=True,
    ),
    "cli": Room(
        purpose="Arguments, exit codes, wiring; the only room that knows all the others.",
        may_import=("all",),
        touches="stdio, environment",
        world=WORLD,
        is_async=True,
    ),
}


def may_import(room: str, other: str) -> bool:
    """Say whether a file of `room` may import from `other`."""
    allowed = ROOMS[room].may_import
    return room == other or other in allowed or allowed == ("all",)
