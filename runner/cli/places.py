"""Find where records are kept, for verbs with and without a playbook."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.cli.options import configuration
from runner.model.findings import NotOnRecord
from runner.model.state import Memory
from runner.store import Store, state_place
from runner.store.place import FOLDER


def open_store(playbook: Path | None) -> Store:
    """Open the records beside a playbook, or those the settings name.

    Without a playbook the folder is looked for here and in `playbooks/`.
    """
    setting = _setting()
    beside = playbook.parent if playbook is not None else _found()
    return Store(state_place(beside, setting), pause=time.sleep)


def require_store(playbook: Path | None) -> Store:
    """Open records that must be there already.

    Raises: NotOnRecord when no run was ever recorded here.
    """
    setting = _setting()
    beside = playbook.parent if playbook is not None else _found()
    if not setting and not (beside / FOLDER).is_dir():
        raise NotOnRecord(
            f"no runs are on record in {beside / FOLDER}",
            hint="run this in the folder of the playbook, or set UPGRADE_RUNNER_STATE",
        )
    return Store(state_place(beside, setting), pause=time.sleep)


def machine_folder() -> Path:
    """Return the folder whose locks keep runs of this user apart, wherever their records are."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "upgrade-runner"


def _setting() -> str | None:
    return os.environ.get("UPGRADE_RUNNER_STATE") or configuration().get("state")


def _found() -> Path:
    for folder in (Path(), Path("playbooks")):
        if (folder / FOLDER).is_dir():
            return folder
    return Path()


@contextmanager
def remembering(playbook: Path | None) -> Iterator[Callable[[str], Memory]]:
    """Give what the records know of a tenant; without records, nothing, and none are made."""
    setting = _setting()
    beside = playbook.parent if playbook is not None else _found()
    if not setting and not (beside / FOLDER).is_dir():
        yield lambda _: Memory()
        return
    store = Store(state_place(beside, setting), pause=time.sleep)
    try:
        yield store.recall
    finally:
        store.close()
