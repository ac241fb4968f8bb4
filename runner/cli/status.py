"""Say where the last run of each tenant stands and what it waits for."""

from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.options import file_options, take_given
from runner.engine import GATES
from runner.render.words import moment


@click.command(
    epilog="Example: upgrade-runner status playbooks/e4-to-e5.yaml",
    short_help="Where each tenant stands and what it waits for.",
)
@click.argument("playbook", required=False, type=click.Path(path_type=Path))
@file_options
def status(*, playbook: Path | None, **options: Any) -> int:
    """Show how the last run left each tenant, what it waits for, since when, until when."""
    from runner.cli.places import require_store

    given = take_given(options)
    store = require_store(playbook)
    try:
        document = _document(store)
    finally:
        store.close()
    if given.as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        click.echo("\n".join(_lines(document)))
    return DONE


def _document(store: Any) -> dict[str, Any]:
    waits: dict[str, list[dict[str, Any]]] = {}
    for wait in store.notes.waits():
        waits.setdefault(wait.tenant, []).append(
            {
                "step": wait.step,
                "why": wait.why,
                "task": wait.task,
                "since": wait.since.isoformat(),
                "look_again_at": wait.look_again_at.isoformat() if wait.look_again_at else None,
                "deadline_at": wait.deadline_at.isoformat() if wait.deadline_at else None,
            }
        )
    return {
        "tenants": [
            {
                "tenant": row.name,
                "tenant_id": row.tenant,
                "standing": row.standing.value,
                "summary": row.summary,
                "run": row.run,
                "at": row.at.isoformat(),
                "waits_for": waits.get(row.tenant, []),
            }
            for row in store.notes.tenants()
        ],
        "gates": waits.get(GATES, []),
    }


def _lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for tenant in document["tenants"]:
        standing = tenant["standing"].replace("_", " ")
        head = f"{tenant['tenant']}   {standing}   {moment(tenant['at'])}"
        lines.append(f"{head}   run {tenant['run']}")
        for wait in tenant["waits_for"]:
            lines.append(f"  · {wait['why']}   {wait['step']}")
            lines.append(f"      since {moment(wait['since'])}")
            lines += [f"      {text}" for text in wait["task"].splitlines()]
            if wait["deadline_at"] and not wait["task"]:
                lines.append(f"      at most until {moment(wait['deadline_at'])}")
            if wait["look_again_at"]:
                lines.append(f"      look again {moment(wait['look_again_at'])}")
        if not tenant["waits_for"]:
            lines.append(f"  {tenant['summary']}")
    for gate in document["gates"]:
        lines.append(f"gate   since {moment(gate['since'])}")
        lines.append(f"  · {gate['why']}")
    return lines or ["no tenant has been worked on yet"]
