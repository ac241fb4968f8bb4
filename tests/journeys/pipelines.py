"""Run the jobs of a repository's pipelines: their own shell, in fresh clones, hosts pretended."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tests.journeys.stage import PATIENT_S, ROOT, TOKEN_VARIABLE, Stage

_TOOLS = {
    "upgrade-runner": f'exec {sys.executable} -m runner.cli "$@"',
    "pip": 'echo "pip $*" >> "$HOST/calls"',
    "gh": """
echo "gh $*" >> "$HOST/calls"
case "$1 ${*: -1}" in
  "api "*/comments) cat "$HOST/comments" ;;
esac
case "$1 $2" in
  "api "*production) cat "$HOST/production" ;;
  "api "*production-continue) echo branch_policy ;;
  "issue list") cat "$HOST/issue" 2>/dev/null || true ;;
  "issue create") echo 7 > "$HOST/issue" ;;
  "issue close") rm "$HOST/issue" ;;
esac
while [ $# -gt 0 ]; do
  [ "$1" != --body-file ] || cp "$2" "$HOST/body"
  case "$1" in body=@*) cp "${1#body=@}" "$HOST/body" ;; esac
  shift
done
""",
    "curl": """
echo "curl $*" >> "$HOST/calls"
case "$*" in
  */user) echo '{"id": 5}'; exit ;;
  *per_page=*) cat "$HOST/notes"; exit ;;
esac
for each in "$@"; do case "$each" in body@*) cp "${each#body@}" "$HOST/body" ;; esac; done
""",
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a job ended, what it said, and the outputs of its steps."""

    code: int
    said: str
    outputs: Mapping[str, str] = field(default_factory=dict)


class Host:
    """A Git host: a repository on main, artifacts, a cache, and what its interface was told."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.folder / "host"
        self.repository = stage.folder / "repository"
        self._stage = stage
        self._jobs = 0
        tools = self.folder / "tools"
        for place in (tools, self.folder / "temp", self.folder / "artifacts"):
            place.mkdir(parents=True)
        for name, text in _TOOLS.items():
            (tools / name).write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{text}\n")
            (tools / name).chmod(0o700)
        (self.folder / "production").write_text("required_reviewers\n")
        (self.folder / "notes").write_text("[]")
        (self.folder / "comments").write_text("")

    @property
    def calls(self) -> list[str]:
        """Return the calls of the host's interface since the last time, without sign-in."""
        calls = self.folder / "calls"
        told = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [each for each in told if "audience=" not in each and not each.startswith("pip")]

    @property
    def body(self) -> str:
        """Return the last text that was given to the host to show."""
        return (self.folder / "body").read_text(encoding="utf-8")

    def git(self, *arguments: str) -> str:
        """Run Git in the repository."""
        who = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com"]
        command = ["git", *who, *arguments]
        ran = subprocess.run(
            command, cwd=self.repository, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a job: the tools of the host, and no token of the stage."""
        path = f"{self.folder / 'tools'}:{os.environ['PATH']}"
        given = self._stage.environment() | {
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "HOST": str(self.folder),
            "TMPDIR": str(self.folder / "temp"),
        }
        given.pop(TOKEN_VARIABLE)
        return given | more

    def shell(self, script: str, *, folder: Path, environment: Mapping[str, str]) -> Ran:
        """Run shell lines as the hosts do: bash that ends with the first failure."""
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENT_S,
            check=False,
        )
        return Ran(code=ran.returncode, said=ran.stdout + ran.stderr)

    def clone(self) -> Path:
        """Return a fresh clone of the branch that is checked out."""
        self._jobs += 1
        folder = self.folder / f"job-{self._jobs}"
        self.git("clone", "-q", str(self.repository), str(folder))
        return folder

    def keep(self, store: str, names: str | list[str], *, of: Path) -> None:
        """Keep files and folders of a job."""
        for name in names.split() if isinstance(names, str) else names:
            kept = self.folder / store / name
            shutil.rmtree(kept, ignore_errors=True)
            if (of / name).is_dir():
                shutil.copytree(of / name, kept)
            elif (of / name).exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(of / name, kept)

    def fetch(self, store: str, *, into: Path) -> None:
        """Put everything that was kept into a job's folder."""
        if (self.folder / store).exists():
            shutil.copytree(self.folder / store, into, dirs_exist_ok=True)


class GitHub:
    """Runs the jobs of a workflow."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._outputs: dict[str, str] = {}

    def run(self, job: str, *, event: str) -> Ran:
        """Run a job as an event would; its steps run as they stand in the files."""
        folder = self._host.clone()
        workflow = _read(folder / ".github/workflows/upgrade.yaml")
        files = {name: folder / f".{name.lower()}" for name in _FILES}
        given = {name: str(path) for name, path in files.items()}
        given |= {
            "RUNNER_TEMP": str(self._host.folder / "temp"),
            "GITHUB_REPOSITORY": "contoso/tenants",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            **workflow["env"],
            **workflow["jobs"][job].get("env", {}),
        }
        given = {name: _filled(text, event) for name, text in given.items()}
        ended = Ran(code=0, said="")
        for step in _steps(workflow["jobs"][job], folder):
            if not _wanted(step.get("if", ""), event, is_well=ended.code == 0):
                continue
            known = {f"needs.plan.outputs.{key}": text for key, text in self._outputs.items()}
            more = {n: _filled(text, event, known) for n, text in step.get("env", {}).items()}
            ran = self._step(step, folder, {**given, **_lines(files["GITHUB_ENV"]), **more})
            ended = Ran(code=ended.code or ran.code, said=ended.said + ran.said)
        outputs = _lines(files["GITHUB_OUTPUT"])
        if job == "plan":
            self._outputs = outputs
        return Ran(code=ended.code, said=ended.said, outputs=outputs)

    def _step(self, step: Mapping[str, Any], folder: Path, given: Mapping[str, str]) -> Ran:
        if "run" in step:
            return self._host.shell(step["run"], folder=folder, environment=given)
        action, options = step["uses"].partition("@")[0], step.get("with", {})
        if action == "actions/upload-artifact":
            self._host.keep("artifacts", options["path"], of=folder)
        elif action == "actions/download-artifact":
            self._host.fetch("artifacts", into=folder)
        elif action == "actions/cache/save":
            self._host.keep("cache", options["path"], of=folder)
        elif action == "actions/cache/restore":
            self._host.fetch("cache", into=folder)
        else:
            assert action in {"actions/checkout", "actions/setup-python"}
        return Ran(code=0, said="")


class GitLab:
    """Runs the jobs of a pipeline."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self, job: str, **variables: str) -> Ran:
        """Run a job; before_script and script run as they stand, one after another."""
        folder = self._host.clone()
        pipeline = _read(folder / ".gitlab-ci.yml")
        wanted = {**pipeline.get(pipeline[job].get("extends", ""), {}), **pipeline[job]}
        cache = wanted.get("cache", {})
        if cache:
            self._host.fetch("cache", into=folder)
        if "needs" in wanted:
            self._host.fetch("artifacts", into=folder)
        given = {"AZURE_ID_TOKEN": "a-word-of-the-host", **pipeline["variables"], **variables}
        before = wanted.get("before_script", pipeline["default"]["before_script"])
        script = "\n".join([*before, *wanted["script"]])
        ran = self._host.shell(script, folder=folder, environment=given)
        artifacts = wanted.get("artifacts", {})
        reports = list(artifacts.get("reports", {}).values())
        self._host.keep("artifacts", artifacts.get("paths", []), of=folder)
        self._host.keep("reports", reports, of=folder)
        if cache.get("policy") != "pull":
            self._host.keep("cache", cache.get("paths", []), of=folder)
        return ran

    @property
    def counts(self) -> dict[str, int]:
        """Return what the widget of the merge request shows."""
        found: dict[str, int] = json.loads((self._host.folder / "reports/counts.json").read_text())
        return found


_FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _steps(job: Mapping[str, Any], folder: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for step in job["steps"]:
        own = step.get("uses", "").startswith("./")
        found += _read(folder / step["uses"] / "action.yaml")["runs"]["steps"] if own else [step]
    return found


def _wanted(condition: str, event: str, *, is_well: bool) -> bool:
    """Return whether a step runs; conditions are `always()` and comparisons of the event."""
    parts = [part.strip() for part in condition.split("&&") if part.strip()]
    known = {
        "always()": True,
        "github.event_name == 'pull_request'": event == "pull_request",
        "github.event_name != 'pull_request'": event != "pull_request",
    }
    return (is_well or "always()" in parts) and all(known[part] for part in parts)


def _filled(text: str, event: str, known: Mapping[str, str] = MappingProxyType({})) -> str:
    values = {
        **known,
        "vars.PLAN_CLIENT_ID": "the-reader",
        "vars.APPLY_CLIENT_ID": "the-writer",
        "github.token": "a-token-of-the-host",
        "github.event.pull_request.number": "12" if event == "pull_request" else "",
    }
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], text)


def _lines(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return dict(line.split("=", 1) for line in text.splitlines())
