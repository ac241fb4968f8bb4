"""`init` starts a repository that is valid as it stands, and overwrites nothing."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from runner import __version__
from runner.cli import main
from runner.cli.init import TEMPLATES, new_files
from tests.house.source import PACKAGE

TEMPLATE_FOLDER = PACKAGE / "cli" / "new_repository"


def test_a_new_repository_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "ours")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "upgrade-runner plan" in err
    monkeypatch.chdir(tmp_path / "ours")
    assert main(["validate", "playbooks/e3-to-e5.yaml"]) == 0
    assert main(["permissions", "playbooks/e3-to-e5.yaml"]) == 0
    assert Path("requirements.txt").read_text() == f"upgrade-runner=={__version__}\n"


def test_the_rules_and_settings_that_the_readme_shows_are_valid_in_the_new_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path)])
    monkeypatch.chdir(tmp_path)
    rule, settings = (
        part.split("```")[0] for part in Path("README.md").read_text().split("```yaml\n")[1:]
    )
    Path("policies").mkdir()
    for name, text in (("policies/house.yaml", rule), ("upgrade-runner.yaml", settings)):
        place = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        Path(name).write_text(text)
        assert (Path(name).parent / place).is_file()
    assert main(["validate", "playbooks/e3-to-e5.yaml"]) == 0
    Path("policies/house.yaml").write_text(rule.replace("users_moved", "moved"))
    Path("upgrade-runner.yaml").write_text("")
    assert main(["validate", "playbooks/e3-to-e5.yaml"]) == 65
    assert "policies/house.yaml:5:9" in capsys.readouterr().err


def test_on_ones_own_machine_one_signs_in_as_oneself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path)])
    option = "{auth: {method: azure_cli}}"
    said = capsys.readouterr().err
    assert f"-e '{option}'" in said
    assert f"-e '{option}'" in (tmp_path / "inventory.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    assert main(["inventory", "--tenant", "contoso", "-e", option]) == 0
    assert '{"method": "azure_cli"}' in capsys.readouterr().out


def test_a_second_init_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    capsys.readouterr()
    assert main(["init", str(tmp_path)]) == 0
    assert "wrote" not in capsys.readouterr().err


def test_files_with_other_content_are_kept_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inventory.yaml").write_text("all: {}\n")
    (tmp_path / "README.md").mkdir()
    assert main(["init", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "error[files-there]: 2 files" in said
    assert "README.md, inventory.yaml" in said
    assert (tmp_path / "inventory.yaml").read_text() == "all: {}\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_every_template_is_written() -> None:
    assert {path.name for path in TEMPLATE_FOLDER.iterdir()} == set(TEMPLATES.values())


def test_editors_are_led_to_the_schemas_that_are_there(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    settings = json.loads((tmp_path / ".vscode/settings.json").read_text())
    for place in settings["yaml.schemas"]:
        Draft202012Validator.check_schema(json.loads((tmp_path / place).read_text()))
    for name in ("inventory.yaml", "playbooks/e3-to-e5.yaml"):
        first = (tmp_path / name).read_text().splitlines()[0]
        place = first.removeprefix("# yaml-language-server: $schema=")
        assert ((tmp_path / name).parent / place).is_file()


def test_what_pipelines_leave_behind_is_ignored_by_git(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    left = ["plan.json", "waiting/plan.json", "plan-report.txt", "counts.json"]
    left.append("playbooks/.upgrade-runner/journal.sqlite")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ran = subprocess.run(
        ["git", "check-ignore", *left], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == left


def test_pipelines_hold_no_secret_and_pin_every_action() -> None:
    files = new_files()
    assert "secrets." not in "".join(files[name] for name in files if ".github" in name)
    for name in (".github/workflows/upgrade.yaml", ".github/actions/prepare/action.yaml"):
        used = [line.split("uses: ")[1] for line in files[name].splitlines() if "uses: " in line]
        assert used
        assert all(each.startswith("./") or each.partition("@v")[2].isdigit() for each in used)


def test_no_job_leaves_the_hosts_token_in_its_folder() -> None:
    jobs = _jobs(".github/workflows/upgrade.yaml")["jobs"]
    checkouts = [
        step
        for job in jobs.values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert len(checkouts) == len(jobs)
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_every_job_has_a_time_limit() -> None:
    jobs = _jobs(".github/workflows/upgrade.yaml")["jobs"]
    assert all(0 < job["timeout-minutes"] < 360 for job in jobs.values())
    lab = _jobs(".gitlab-ci.yml")
    assert lab["default"]["timeout"] == "1h"
    assert [lab[name]["timeout"] for name in ("apply", "continue")] == ["6h", "6h"]


def test_every_cache_of_the_workflow_names_the_same_paths() -> None:
    files = new_files()
    text = "".join(files[name] for name in files if ".github" in name)
    paths = [
        line.split("path: ")[1].split(", key")[0] for line in text.splitlines() if "key:" in line
    ]
    assert len(paths) == 3
    assert len(set(paths)) == 1


def _jobs(name: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load(new_files()[name])
    return found


def test_only_guarded_jobs_may_write() -> None:
    jobs = _jobs(".github/workflows/upgrade.yaml")["jobs"]
    writers = {name: job["environment"] for name, job in jobs.items() if "APPLY" in str(job)}
    assert writers == {"apply": "production", "continue": "production-continue"}
    lab = _jobs(".gitlab-ci.yml")
    assert {name: job["environment"] for name, job in lab.items() if "APPLY" in str(job)} == writers
    assert lab["apply"]["rules"][0]["when"] == "manual"


HALF = "- name: A\n  \n  desired_stat: {}\n  desired_state:\n    subscriptions:\n      - state: \n"
LANGUAGE_SERVER = os.environ.get("YAML_LANGUAGE_SERVER", "")


@pytest.mark.skipif(
    not LANGUAGE_SERVER, reason="YAML_LANGUAGE_SERVER names no bin/yaml-language-server"
)
def test_the_language_server_completes_and_explains(tmp_path: Path) -> None:
    from tests.cli.language_server import LanguageServer

    main(["init", str(tmp_path)])
    book, half = tmp_path / "playbooks/e3-to-e5.yaml", tmp_path / "playbooks/half.yaml"
    with LanguageServer(LANGUAGE_SERVER, tmp_path) as server:
        server.open(book, book.read_text())
        assert server.problems(book) == []
        assert "nobody may have held" in server.hover(book, "soak")
        server.open(tmp_path / "inventory.yaml", (tmp_path / "inventory.yaml").read_text())
        assert server.problems(tmp_path / "inventory.yaml") == []
        server.open(half, HALF)
        assert any("desired_stat is not allowed" in said for said in server.problems(half))
        assert {"tenants", "limits", "serial"} <= server.completions(half, line=1)
        assert {"active", "renewal_off", "cancelled"} <= server.completions(half, line=5)
