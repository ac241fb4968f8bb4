"""Take the tenants that failed, or were cut off, in the last run for `@failed` in patterns."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.cli.places import require_store
from runner.model.findings import NotOnRecord
from runner.model.outcome import Run, Standing
from runner.store import Store

WORD = "@failed"
_FAILED = (Standing.FAILED, Standing.UNREACHABLE)


def failed_set(limit: Iterable[str], playbook: Path) -> Mapping[str, frozenset[str]]:
    """Return what `@failed` means, where a limit says it.

    Raises: NotOnRecord where nothing ran before, or nothing failed.
    """
    if not any(WORD in text for text in limit):
        return {}
    return {WORD.removeprefix("@"): frozenset(failed_tenants(playbook))}


def failed_tenants(playbook: Path) -> tuple[str, ...]:
    """Return the tenants that failed or could not be reached in the last run of a playbook.

    Where that run was killed, those it had begun and did not finish are among them.

    Raises: NotOnRecord where nothing ran before, or nothing failed.
    """
    store = require_store(playbook)
    try:
        mine = store.name_of(playbook)
        run = next((each for each in store.journal.runs() if each.playbook == mine), None)
        endings = store.journal.endings(run.id) if run else {}
        killed = unfinished_tenants(store, run) if run else ()
    finally:
        store.close()
    names = (*(name for name, standing in endings.items() if standing in _FAILED), *killed)
    if not names:
        last = f"the last run {run.id}" if run else "any run"
        raise NotOnRecord(
            f"no tenant failed or was out of reach in {last} of {playbook}",
            hint="leave `@failed` out of `--limit`, or look at `upgrade-runner runs`",
        )
    return names


def unfinished_tenants(store: Store, run: Run) -> tuple[str, ...]:
    """Return the tenants a run had begun when it was killed; a run with an end has none."""
    if run.exit_code is not None:
        return ()
    return store.journal.unfinished(run.id)
