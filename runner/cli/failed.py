"""Take the tenants that failed in the last run for `@failed` in `--limit`."""

import re
from dataclasses import replace
from pathlib import Path

from runner.cli.options import Given
from runner.cli.places import require_store
from runner.model.findings import NotOnRecord
from runner.model.outcome import Standing

WORD = "@failed"
_FAILED = (Standing.FAILED, Standing.UNREACHABLE)


def with_failed(given: Given, playbook: Path) -> Given:
    """Return what was given, with the names of tenants in the place of `@failed`.

    Raises: NotOnRecord where nothing ran before, or nothing failed.
    """
    if not any(WORD in re.split("[:,!&]", text) for text in given.limit):
        return given
    names = failed_tenants(playbook)
    return replace(given, limit=tuple(_with_names(text, names) for text in given.limit))


def failed_tenants(playbook: Path) -> tuple[str, ...]:
    """Return the tenants that failed or could not be reached in the last run of a playbook.

    Raises: NotOnRecord where nothing ran before, or nothing failed.
    """
    store = require_store(playbook)
    try:
        mine = str(playbook.resolve())
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


def _with_names(text: str, names: tuple[str, ...]) -> str:
    """Return the pattern with the names, each with the `!` of the word it stands for."""
    parts = re.split("([:,])", text)
    found = {sign + WORD: ":".join(sign + name for name in names) for sign in ("", "!")}
    return "".join(found.get(part.strip(), part) for part in parts)
