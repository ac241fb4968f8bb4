"""The project names no machine, and its lock fits its project file."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.source import ROOT, refuse, texts

FOLDERS_OF_A_MACHINE = re.compile(r"(?<![\w.}~-])/(?:home|root|work|Users)/")
REGISTRIES = re.compile(r"(?<!no-emit-)(?:index-url|find-links)|pypi[.]org|pythonhosted[.]org")
BESIDE_THE_PROJECT = re.compile(r"[.][.]/shared|shared/(?:data|design|reference)")
PAGES = re.compile(r"(?<![<>\w/-])[a-z][\w/-]*[.]md\b")
LOCKS = ("runtime", "build", "dev")


def _project() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.+!]+)", _lock(name), flags=re.MULTILINE))


def _offences(pattern: re.Pattern[str], *, under: str = "") -> list[str]:
    return [
        f"{place}:{number}: {found.group()}"
        for place, text in texts()
        if place.startswith(under)
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := pattern.search(line)) and f're.compile(r"{pattern.pattern}' not in line
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    refuse(_offences(FOLDERS_OF_A_MACHINE))


def test_no_file_names_a_package_registry() -> None:
    refuse(_offences(REGISTRIES))


def test_the_package_reads_nothing_beside_the_project() -> None:
    refuse(_offences(BESIDE_THE_PROJECT, under="runner/"))


def test_every_page_that_is_named_exists() -> None:
    pages = {path.name for path in (ROOT / "docs").rglob("*.md")}
    missing = [
        f"{place}:{number}: {name}"
        for place, text in texts()
        if not place.startswith("docs/reference/")
        for number, line in enumerate(text.splitlines(), start=1)
        for name in PAGES.findall(line)
        if name.rpartition("/")[2] not in pages
    ]
    refuse(missing)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_the_lock_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[\w-]+==)", _lock(name))[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_what_the_project_file_asks_for() -> None:
    project = _project()
    groups = project["dependency-groups"]
    wanted = [
        *(("runtime", text) for text in project["project"]["dependencies"]),
        *(("build", text) for text in groups["build"]),
        *(("dev", text) for text in groups["dev"] if isinstance(text, str)),
    ]
    missing = [
        (lock, text)
        for lock, text in wanted
        if _pins(lock).get(Requirement(text).name, "0") not in Requirement(text).specifier
    ]
    assert missing == []


def test_the_locks_agree_on_every_version() -> None:
    together = _pins("dev")
    assert _pins("runtime").items() <= together.items()
    assert _pins("build").items() <= together.items()
