"""The distribution, built once and installed into fresh environments without a network."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source import ROOT

BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment the program was installed into, and a folder far from the repository."""

    prefix: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, away from the repository."""
        command = [str(self.prefix / "bin" / program), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.elsewhere, env={}
        )


def _run(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else ""


def _build(folder: Path, *, form: str) -> Path:
    return folder / _run("-c", BUILD, f"build_{form}", str(folder))


def _install(distribution: Path, folder: Path) -> Installed:
    """Install into a fresh environment that borrows the libraries of the running one.

    A plain path in a `.pth` file brings the libraries, but not what their own `.pth` files point
    at, so that the editable install of the running environment stays out.
    """
    prefix = folder / "environment"
    venv.create(prefix, symlinks=True)
    python = str(prefix / "bin" / "python")
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile")
    _run("-m", "pip", "--python", python, "install", *options, str(distribution))
    packages = next((prefix / "lib").glob("python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installed(prefix=prefix, elsewhere=elsewhere)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what builds the `wheel` or the `editable` form, each once."""
    built: dict[str, Path] = {}

    def form(name: str) -> Path:
        if name not in built:
            built[name] = _build(tmp_path_factory.mktemp(name), form=name)
        return built[name]

    return form


@pytest.fixture(scope="session", params=["wheel", "editable"])
def installed(
    request: pytest.FixtureRequest,
    build: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    """Return an environment with the program installed in one of its two forms."""
    return _install(build(request.param), tmp_path_factory.mktemp(f"installed-{request.param}"))


@pytest.fixture(scope="session")
def wheel(build: Callable[[str], Path]) -> Path:
    """Return the wheel."""
    return build("wheel")
