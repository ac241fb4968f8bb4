"""Say where the last run of each tenant stands and what it waits for."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.failed import unfinished_tenants
from runner.cli.options import Given, file_options, take_given
from runner.cli.screen import screen_width
from runner.cli.status_shown import status_lines
from runner.engine import GATES
from runner.render.wrapping import fitted


@click.command(
    epilog="Example: upgrade-runner status playbooks/e4-to-e5.yaml",
    short_help="Where each tenant stands and what it waits for.",
)
@click.argument("playbook", required=False, type=click.Path(path_type=Path))
@file_options
def status(*, playbook: Path | None, **options: Any) -> int:
    """Show how the last run left each tenant, what it waits for, since when, until when.

    Of many tenants those that are done are only counted; `-v` shows all, `-l` those you name.
    """
    from runner.cli.places import require_store

    given = take_given(options)
    store = require_store(playbook)
    try:
        document = _document(store, _chosen(given, playbook))
    finally:
        store.close()
    if given.as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        shows_all = given.is_verbose or bool(given.limit)
        width = screen_width()
        lines = status_lines(document, shows_all=shows_all, width=width)
        shown = [each for line in lines for each in fitted(line, width=width)]
        click.echo("\n".join(shown) or "no tenant has been worked on yet")
    return DONE


def _chosen(given: Given, playbook: Path | None) -> Collection[str] | None:
    """Return the names of the tenants that `-l` means, or None for all on record."""
    from runner.playbook import load_inventory

    if not given.limit:
        return None
    books = (playbook,) if playbook else ()
    return {tenant.name for tenant in load_inventory(given.load_options(books))}


def _document(store: Any, chosen: Collection[str] | None) -> dict[str, Any]:
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
                "playbook": wait.playbook,
            }
        )
    playbooks = {run.id: run.playbook for run in store.journal.runs()}
    return {
        "tenants": [
            {
                "tenant": row.name,
                "tenant_id": row.tenant,
                "standing": row.standing.value,
                "summary": row.summary,
                "run": row.run,
                "playbook": playbooks.get(row.run, ""),
                "at": row.at.isoformat(),
                "waits_for": waits.get(row.tenant, []),
            }
            for row in store.notes.tenants()
            if chosen is None or row.name in chosen
        ],
        "unfinished": list(_unfinished(store)),
        "gates": waits.get(GATES, []),
    }


def _unfinished(store: Any) -> Iterator[dict[str, Any]]:
    """Yield the runs without an end, with the tenants that nobody has finished since.

    Two machines may run at once: the one that was killed is not always the latest.
    """
    last = {row.name: row for row in store.notes.tenants()}
    later: set[str] = set()
    for run in store.journal.runs():
        names = [
            name
            for name in unfinished_tenants(store, run)
            if name not in last or (last[name].run not in later and last[name].at <= run.started_at)
        ]
        if names or (run.exit_code is None and not later):
            yield {"run": run.id, "tenants": names}
        later.add(run.id)
