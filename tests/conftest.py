"""Give tests a place for records: a folder, and a database of a real server."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from runner.store import Store
from tests.postgresql import Server, start_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Yield the session's PostgreSQL server, or skip.

    Its user is not ours where we are root, and may not look into the folder that pytest makes.
    """
    with TemporaryDirectory() as folder:
        started = start_server(Path(folder))
        yield started
        started.stop()


@pytest.fixture
def address(server: Server) -> str:
    """Return the address of an empty database."""
    return server.make_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Return an empty place for records, of either kind."""
    if request.param == "sqlite":
        return tmp_path
    found: str = request.getfixturevalue("address")
    return found


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    """Yield records of either kind."""
    opened = Store(place)
    yield opened
    opened.close()
