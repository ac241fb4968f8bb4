"""Every verb explains itself, and whatever goes wrong ends in an exit code and a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import main
from runner.cli.program import VERBS
from runner.model.outcome import Wait
from runner.store import Store
from tests.builders import CONTOSO, NOW

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert "Example: upgrade-runner" in capsys.readouterr().out


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {verb} " in shown for verb in VERBS)


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("upgrade-runner")


@pytest.mark.parametrize("arguments", [["plam"], ["plan", "--oot"], ["skus", "--jsn"], []])
def test_a_wrong_command_line_is_64_and_says_nothing_on_stdout(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage" in err


def test_a_reader_that_leaves_early_is_no_trouble() -> None:
    command = f"{sys.executable} -m runner.cli skus | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_step_nobody_asked_for_cannot_be_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPGRADE_RUNNER_STATE", str(tmp_path))
    assert main(["confirm", "contoso/buy_seats/0000"]) == 1
    assert "no step contoso/buy_seats/0000 asks a person" in capsys.readouterr().err


@pytest.mark.parametrize("spelled", ["aply", "Plan", "simulat"])
def test_a_verb_that_is_misspelled_is_told_with_the_nearest(
    spelled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([spelled, "book.yaml"]) == 64
    assert "Did you mean " in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["plan", "show", "validate"])
def test_two_ways_to_print_are_not_asked_for_at_once(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = "sarif" if verb == "validate" else "markdown"
    assert main([verb, "book.yaml", "--json", "--format", form]) == 64
    assert f"--json and --format {form} ask for two things" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_wrong_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "nowhere.json"]) == 65
    assert "there is no such file\n  nowhere.json" in capsys.readouterr().err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_output_is_no_bug(closed: str) -> None:
    command = f"{sys.executable} -m runner.cli skus ENTERPRISEPACK {closed}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0
    assert "bug" not in done.stderr


def test_only_steps_that_ask_a_person_are_named_beside_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPGRADE_RUNNER_STATE", str(tmp_path))
    store = Store(tmp_path)
    soak = Wait(tenant=CONTOSO, step="contoso/cancel_subscription/1", since=NOW, why="soaks")
    task = Wait(tenant=CONTOSO, step="contoso/buy_seats/2", since=NOW, why="asks", task="do  buy")
    store.notes.save_waits(CONTOSO, [soak, task], playbook="book.yaml")
    store.close()
    assert main(["confirm", soak.step]) == 1
    assert capsys.readouterr().err.endswith("hint: steps that do: contoso/buy_seats/2\n")
