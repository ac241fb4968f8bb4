"""Take the tenants that failed in the last run for `@failed` in patterns."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.cli.places import require_store
from runner.model.findings import NotOnRecord
from runner.model.outcome import Standing

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

    Raises: NotOnRecord where nothing ran before, or nothing failed.
    """
    store = require_store(playbook)
    try:
        mine = store.name_of(playbook)
        run = next((each.id for each in store.journal.runs() if each.playbook == mine), "")
        endings = store.journal.endings(run)
    finally:
        store.close()
    names = tuple(name for name, standing in endings.items() if standing in _FAILED)
    if not names:
        last = f"the last run {run}" if run else "any run"
        raise NotOnRecord(
            f"no tenant failed or was out of reach in {last} of {playbook}",
            hint="leave `@failed` out of `--limit`, or look at `upgrade-runner runs`",
        )
    return names
