"""The benchmarks still run; what they measure is nobody's promise."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.table import Row, table

ROOT = Path(__file__).resolve().parents[2]


def test_every_benchmark_still_runs() -> None:
    line = (sys.executable, "-m", "tests.benchmarks", "--tiny")
    run = subprocess.run(line, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert [row.split("|")[1].strip() for row in run.stdout.splitlines()[2:]] == [
        "`upgrade-runner --help`",
        "loading a tenant, of 4",
        "one tenant of 4, each with a file",
        "planning a user, of 20",
        "memory for a user and the plan, of 20",
        "moving a user, of 30",
        "reading a user, of 30",
        "planning a tenant over HTTP, of 4",
        "memory of planning 4 tenants",
        "memory of applying to 4 tenants",
    ]


def test_the_ratio_says_how_many_times_as_much_the_alternative_costs() -> None:
    row = Row(measured="reading", ours=0.25, alternative="the SDK", theirs=120.4, unit="ms")
    assert table([row]).splitlines() == [
        "| measured | upgrade-runner | alternative | alternative's cost | ratio |",
        "| -------- | -------------- | ----------- | ------------------ | ----- |",
        "| reading  | 0.25 ms        | the SDK     | 120 ms             | 482 × |",
    ]
