"""The wheel holds the whole program and nothing besides."""

import zipfile
from pathlib import Path

from runner import __version__
from tests.house.source import PACKAGE, ROOT


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_only_the_program_and_its_license(wheel: Path) -> None:
    metadata = f"upgrade_runner-{__version__}.dist-info"
    outside = {name for name in _names(wheel) if not name.startswith("runner/")}
    assert outside == {
        f"{metadata}/METADATA",
        f"{metadata}/RECORD",
        f"{metadata}/WHEEL",
        f"{metadata}/entry_points.txt",
        f"{metadata}/licenses/LICENSE",
    }


def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    schemas = {f"runner/_schemas/{path.name}" for path in (ROOT / "schemas").iterdir()}
    assert schemas
    assert "runner/catalog/products.json" in files
    assert {name for name in _names(wheel) if name.startswith("runner/")} == files | schemas


def test_the_wheel_fits_every_machine(wheel: Path) -> None:
    assert wheel.name == f"upgrade_runner-{__version__}-py3-none-any.whl"
