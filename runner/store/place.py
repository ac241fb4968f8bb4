"""Say where records live, and write files that only their owner reads."""

import errno
import os
import tempfile
from pathlib import Path

from runner.model.findings import CannotWrite, RunnerError

FOLDER = ".upgrade-runner"
_SQLITE = "sqlite:///"
_SHARED = ("postgresql://", "postgres://")


class StateError(RunnerError):
    """Records that cannot be kept where they should be."""

    code = "state"


def state_place(beside: Path, setting: str | None) -> Path | str:
    """Return where the records are: a folder, made if need be, or the address of a database.

    `setting` is the value of `UPGRADE_RUNNER_STATE`.
    Raises: StateError for a database that is not supported, or a folder that cannot be made.
    """
    if setting and setting.startswith(_SHARED):
        return setting
    return state_folder(beside, setting)


def state_folder(beside: Path, setting: str | None) -> Path:
    """Return the folder of the records, made if need be, mode 0700.

    `setting` is `sqlite:///FOLDER` or a plain path.
    Raises: StateError for another address, or a folder that cannot be made.
    """
    if setting and "://" in setting and not setting.startswith(_SQLITE):
        scheme = setting.split("://", 1)[0]
        raise StateError(
            f"records in {scheme} are not supported",
            hint=f"use {_SQLITE}FOLDER, postgresql://USER@HOST/DATABASE, or leave it out",
        )
    folder = Path(setting.removeprefix(_SQLITE)) if setting else beside / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"the folder {folder} for records cannot be made: {error.strerror}",
            hint="set UPGRADE_RUNNER_STATE to a folder that can be written",
        ) from error
    return folder


def name_in_repository(path: Path) -> str:
    """Return what a file is called on every machine: its path in its repository, if any."""
    for folder in path.parents:
        if (folder / ".git").exists():
            return path.relative_to(folder).as_posix()
    return str(path)


def require_place(path: Path) -> None:
    """Try whether a file can be written there, before work is done for it.

    Raises: CannotWrite when it cannot.
    """
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_special(path):
            with tempfile.TemporaryFile(dir=Path(os.path.realpath(path)).parent):
                return
    except OSError as error:
        raise CannotWrite(path, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file with mode 0600 so that it is there whole or not at all.

    A link leads to its file, and a device or a pipe is written to: neither is ever replaced.
    Raises: CannotWrite when it cannot be written.
    """
    try:
        if _is_special(path):
            path.write_bytes(content)
            return
        place = Path(os.path.realpath(path))
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(place)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWrite(path, error) from error


def _is_special(path: Path) -> bool:
    """Return whether a device, a pipe or a socket is there."""
    return path.exists() and not (path.is_file() or path.is_dir())
