"""Settings are checked whole, by every verb that reads them, before anything else is done."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from runner.cli.options import forks_option, wait_option
from runner.cli.program import main

VERBS = (["plan", "book.yaml"], ["apply", "book.yaml"], ["validate", "book.yaml"], ["status"])
SECRET = "https://example.com/a-secret-in-the-address"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("STATE", "INVENTORY", "LIMIT", "FORKS", "WAIT", "MAX_AGE"):
        monkeypatch.delenv(f"UPGRADE_RUNNER_{name}", raising=False)


@pytest.mark.parametrize("arguments", VERBS, ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list\n", "error[not-settings]: the settings are no mapping of names to values"),
        ("forks: 0\n", "error[wrong-value]: `forks` is 0"),
        ("wait: soon\n", "error[wrong-value]: `wait` is"),
        ("notify: [", "error[yaml-syntax]"),
        ("polices: rules\n", "error[unknown-key]: `polices` is not a key of the settings"),
        ("state: 5\n", "error[wrong-value]: `state` is 5"),
        ("state: a\npolicies: 3\n", "upgrade-runner.yaml:2:11"),
        ("policies: [a, 7]\n", "error[wrong-value]: `policies` is 7"),
        ("policies: [a]\npolicies: [b]\n", "upgrade-runner.yaml:2:1"),
        (f"notify: [{{url: '{SECRET}'}}]\n", "error[literal-secret]"),
        ("notify: [{url: {env: A}, on: [outcome]}]\n", "upgrade-runner.yaml:1:31"),
    ],
)
def test_wrong_settings_are_told_with_their_place(
    arguments: list[str],
    text: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "upgrade-runner.yaml").write_text(text, encoding="utf-8")
    assert main(arguments) == 65
    told = capsys.readouterr().err
    assert said in told
    assert "upgrade-runner.yaml:" in told
    assert SECRET not in told


def test_what_is_here_comes_before_what_is_the_users_own(tmp_path: Path) -> None:
    from runner.cli.options import configuration

    own = tmp_path / "upgrade-runner" / "config.yaml"
    own.parent.mkdir()
    own.write_text("state: mine\ninventory: [theirs.yaml]\n", encoding="utf-8")
    (tmp_path / "upgrade-runner.yaml").write_text("state: ours\n", encoding="utf-8")
    assert configuration() == {"state": "ours", "inventory": ["theirs.yaml"]}


@click.command()
@forks_option
@wait_option
def _shown(forks: int, patience_s: float) -> None:
    click.echo(f"{forks} {patience_s:g}")


@pytest.mark.parametrize(
    ("flags", "variable", "settings", "said"),
    [
        ([], "", "", "5 0"),
        ([], "", "forks: 3\nwait: 2h\n", "3 7200"),
        ([], "7", "forks: 3\n", "7 0"),
        (["--forks", "9", "--wait", "1m"], "7", "forks: 3\nwait: 2h\n", "9 60"),
    ],
)
def test_flags_come_before_variables_and_those_before_the_settings(
    flags: list[str],
    variable: str,
    settings: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "upgrade-runner.yaml").write_text(settings or "{}\n", encoding="utf-8")
    if variable:
        monkeypatch.setenv("UPGRADE_RUNNER_FORKS", variable)
    assert CliRunner().invoke(_shown, flags).output.strip() == said


def test_a_variable_that_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPGRADE_RUNNER_FORKS", "many")
    assert main(["plan", "book.yaml"]) == 64
    assert "'many' is not a valid" in capsys.readouterr().err
