"""Check the verbs that serve a simulator and talk to one."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from runner.cli.simulate import simulate
from tests.simulator.served import E4

SCENARIO = """
clock: {start: 2026-11-20T09:00:00Z, rate: 0}
tenants:
  contoso:
    country: IT
    subscriptions: [{sku: ENTERPRISEWITHSCAL, seats: 30}]
    users: [{count: 3, licenses: [ENTERPRISEWITHSCAL], usage_location: IT}]
"""
START = "from runner.cli.simulate import simulate; simulate()"


def run(*words):
    """Run a verb in this process."""
    return CliRunner().invoke(simulate, [str(word) for word in words])


@pytest.fixture
def graph(serve):
    """Serve a tenant with thirty E4 seats."""
    return serve(subscriptions=[{"sku": E4, "seats": 30}])


def test_the_administrators_day_from_the_command_line(graph):
    there = ("--url", graph.url)
    bought = run("buy", "ENTERPRISEPREMIUM", 3, "--credit-check", "2 business days", *there)
    assert "credit check until    2026-11-24T09:00:00Z" in bought.stdout
    assert run("resize", "ENTERPRISEWITHSCAL", 25, *there).exit_code == 0
    refused = run("resize", "ENTERPRISEWITHSCAL", 2, *there)
    assert (refused.exit_code, refused.stderr) == (
        5,
        "error: 2 seats are too few, 3 are in use: unassign licenses first\n",
    )
    assert "2026-11-24T09:00:00Z" in run("clock", "--advance", "2 business days", *there).stdout
    user = "user000001@contoso.onmicrosoft.com"
    assert run("assign", user, "ENTERPRISEPREMIUM", "--disabled", "SWAY", *there).exit_code == 0
    assert run("unassign", user, "ENTERPRISEWITHSCAL", *there).exit_code == 0
    assert run("delete-user", user, *there).exit_code == 0
    assert run("renew", "ENTERPRISEPREMIUM", "--off", *there).exit_code == 0
    assert run("cancel", "ENTERPRISEWITHSCAL", *there).exit_code == 0
    shown = run("state", *there).stdout
    assert "ENTERPRISEWITHSCAL      Suspended   2 of 0 seats in use" in shown
    assert json.loads(run("state", "--json", *there).stdout)["tenants"]["contoso"]["users"] == 4


def test_groups_from_the_command_line(serve):
    graph = serve(
        groups=[{"name": "Sales", "licenses": [E4]}],
        users=[{"count": 2, "usage_location": "IT"}],
        group_licensing={"rate": "instant"},
    )
    there = ("--url", graph.url)
    user = "user000001@contoso.onmicrosoft.com"
    assert run("join", user, "Sales", *there).exit_code == 0
    assert run("join", user, "Sales", *there).exit_code == 5
    shown = run("state", *there).stdout
    assert (
        "  group Sales: ENTERPRISEWITHSCAL   1 members, 0 in error   ProcessingComplete\n" in shown
    )
    assert run("leave", user, "Sales", *there).exit_code == 0
    assert graph.held(0) == {}


def test_the_log_and_the_faults_from_the_command_line(graph):
    there = ("--url", graph.url)
    set_ = run("faults", "kind=500 on=write,/users count=1", *there)
    assert "contoso   1 faults" in set_.stdout
    assert graph.assign(0, add=[E4]).status_code == 500
    assert "met 1, struck 1" in run("faults", *there).stdout
    log = run("log", "--writes", *there).stdout
    assert log.startswith("2026-11-20T09:00:00Z  contoso  POST /users/")
    assert log.endswith("/assignLicense  500  fault: 500\n")
    assert run("faults", "--clear", *there).stdout == "contoso   0 faults\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("state", "--url", "http://127.0.0.1:1"), 1),
        (("state", "--url", "nonsense"), 64),
        (("serve", "gone.yaml"), 65),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words, code):
    result = run(*words)
    assert result.exit_code == code
    assert re.fullmatch(r"error: .*\n", result.stderr)


@pytest.mark.parametrize(
    "words", [("serve", "contoso.yaml", "--port", 65536), ("clock", "--rate", -1)]
)
def test_a_number_out_of_range_is_a_wrong_command_line(words):
    result = run(*words)
    assert result.exit_code == 2
    assert "is not in the range" in result.stderr


def test_time_does_not_run_backwards(graph):
    assert graph.http.post("/_control/clock", json={"rate": -1}).status_code == 400
    assert graph.http.get("/_control/clock").json()["rate"] >= 0


def test_only_loopback_is_served(tmp_path):
    path = tmp_path / "contoso.yaml"
    path.write_text(SCENARIO)
    result = run("serve", path, "--host", "0.0.0.0", "--port", 0)
    assert (result.exit_code, result.stderr) == (
        64,
        "error: 0.0.0.0 is not a loopback address, use 127.0.0.1\n",
    )
    assert run("serve", path, "--certfile", path).exit_code == 64


def test_a_served_scenario_announces_itself_and_stops_on_interrupt(tmp_path):
    path = tmp_path / "contoso.yaml"
    path.write_text(SCENARIO)
    command = [sys.executable, "-W", "error", "-c", START, "serve", str(path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        lines = [process.stderr.readline() for _ in range(5)]
        url = re.search(r"http://127\.0\.0\.1:\d+", lines[0])[0]
        assert run("state", "--url", url).exit_code == 0
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
    assert process.returncode == 0
    assert f'timezone: "UTC", graph_endpoint: "{url}/contoso/v1.0"' in lines[4]


def test_help_does_not_load_the_server():
    command = (
        "import sys; import runner.cli.simulate; "
        "sys.exit('starlette' in sys.modules or 'uvicorn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
