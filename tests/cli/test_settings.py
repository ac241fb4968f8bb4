"""Settings are checked whole, by every verb that reads them, before anything else is done."""

from pathlib import Path

import pytest

from runner.cli.program import main

VERBS = (["plan", "book.yaml"], ["apply", "book.yaml"], ["validate", "book.yaml"], ["status"])
SECRET = "https://example.com/a-secret-in-the-address"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("STATE", "INVENTORY", "LIMIT"):
        monkeypatch.delenv(f"UPGRADE_RUNNER_{name}", raising=False)


@pytest.mark.parametrize("arguments", VERBS, ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list\n", "error[not-settings]: the settings are no mapping of names to values"),
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
