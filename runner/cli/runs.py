"""List the runs on record, the latest first."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from runner.cli.exits import DONE
from runner.cli.failed import unfinished_tenants
from runner.cli.options import file_options, take_given
from runner.render.words import moment

SHOWN = 20


@click.command(
    epilog="Example: upgrade-runner runs playbooks/e4-to-e5.yaml",
    short_help="What ran before, and how it ended.",
)
@click.argument("playbook", required=False, type=click.Path(path_type=Path))
@click.option(
    "--last", default=SHOWN, show_default=True, type=click.IntRange(min=1), help="How many."
)
@file_options
def runs(*, playbook: Path | None, last: int, **options: Any) -> int:
    """List the runs on record: when, of which playbook, how tenants ended, the exit code.

    With PLAYBOOK only those of this playbook. `upgrade-runner show RUN` shows one again.
    """
    from runner.cli.places import require_store

    given = take_given(options)
    of = f" of {playbook}" if playbook else ""
    store = require_store(playbook)
    try:
        mine = store.name_of(playbook) if playbook else None
        found = [each for each in store.journal.runs() if mine in (None, each.playbook)]
        document = {"runs": [_row(each, store) for each in found[:last]]}
    finally:
        store.close()
    if given.as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        click.echo("\n".join(map(_line, document["runs"])) or f"no run{of} is on record")
    return DONE


def _row(run: Any, store: Any) -> dict[str, Any]:
    endings = store.journal.endings(run.id)
    counts = Counter(each.value for each in endings.values())
    if unfinished := len(unfinished_tenants(store, run)):
        counts["not_finished"] = unfinished
    return {
        "run": run.id,
        "playbook": run.playbook,
        "plan": run.plan,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "exit_code": run.exit_code,
        "tenants": dict(sorted(counts.items())),
    }


def _line(row: dict[str, Any]) -> str:
    ended = "under way, or killed" if row["exit_code"] is None else f"exit {row['exit_code']}"
    tenants = (f"{count:,} {word.replace('_', ' ')}" for word, count in row["tenants"].items())
    told = ", ".join(tenants) or "no tenant finished"
    parts = (row["run"], moment(row["started_at"]), Path(row["playbook"]).name, told, ended)
    return "   ".join(parts)
