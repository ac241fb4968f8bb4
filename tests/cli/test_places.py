"""Where records are: the variable, then the settings file, then beside the playbook."""

from pathlib import Path

import pytest

from runner.cli.places import open_store


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("UPGRADE_RUNNER_STATE", raising=False)


def _found(tmp_path: Path) -> list[str]:
    open_store(tmp_path / "book.yaml").close()
    return [path.parent.name for path in tmp_path.glob("**/journal.sqlite")]


def test_records_are_beside_the_playbook(tmp_path: Path) -> None:
    assert _found(tmp_path) == [".upgrade-runner"]


def test_the_settings_file_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "upgrade-runner.yaml").write_text("state: filed\n", encoding="utf-8")
    assert _found(tmp_path) == ["filed"]


def test_the_variable_comes_before_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "upgrade-runner.yaml").write_text("state: filed\n", encoding="utf-8")
    monkeypatch.setenv("UPGRADE_RUNNER_STATE", f"sqlite:///{tmp_path}/named")
    assert _found(tmp_path) == ["named"]
