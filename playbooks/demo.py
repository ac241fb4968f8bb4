"""Take a simulated tenant from Office 365 E4 to Office 365 E5, command by command."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PROGRAM = [sys.executable, "-m", "runner.cli"]
PLAYBOOK = "playbooks/e4-to-e5.yaml"
INVENTORY = ["-i", "playbooks/demo/inventory.yaml"]
USUAL_PORT = 8365
READY_WITHIN_S = 20.0


def main() -> int:
    """Run the demonstration and return 0 when every command ended as it should."""
    os.chdir(Path(__file__).resolve().parents[1])
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    other = [] if port == USUAL_PORT else ["-e", f"simulator={url}"]
    at = [] if port == USUAL_PORT else ["--url", url]
    with tempfile.TemporaryDirectory(prefix="upgrade-runner-demo-") as records:
        os.environ.update(SIMULATOR_TOKEN="demo")
        os.environ.update(UPGRADE_RUNNER_STATE=records, XDG_STATE_HOME=records)
        with simulator(port):
            return play([*INVENTORY, *other], at)


def play(inventory: list[str], at: list[str]) -> int:
    """Run the commands in the order of Microsoft's article."""
    apply = ["apply", PLAYBOOK, *inventory, "--yes"]
    tell("A tenant with 120 seats of Office 365 E4. What is missing to reach the playbook?")
    run(["plan", PLAYBOOK, *inventory], expect=0)
    tell("Microsoft sells to direct customers only in its admin center: apply asks a person.")
    run(apply, expect=4)
    tell("The person buys. The order sits in a credit check of two business days.")
    run(["simulate", "buy", "ENTERPRISEPREMIUM", "120", *at], expect=0)
    run(apply, expect=4)
    tell("Two business days later the subscription is ready, and every user moves in one call.")
    run(["simulate", "clock", "--advance", "2 business days", *at], expect=0)
    run(apply, expect=4)
    tell("Nobody holds Office 365 E4 any more. After the soak a person may cancel it, in two acts.")
    run(["simulate", "clock", "--advance", "72h", *at], expect=0)
    run(apply, expect=4)
    run(["simulate", "resize", "ENTERPRISEWITHSCAL", "25", *at], expect=0)
    run(["simulate", "cancel", "ENTERPRISEWITHSCAL", *at], expect=0)
    run(apply, expect=0)
    tell("A second plan is empty.")
    run(["plan", PLAYBOOK, *inventory, "--detailed-exitcode"], expect=0)
    tell("Done: everybody is on Office 365 E5, and what was switched off is still off.")
    return 0


def tell(text: str) -> None:
    """Say what comes next."""
    print(f"\n# {text}", flush=True)


def run(arguments: list[str], *, expect: int) -> None:
    """Show a command, run it, and leave with 1 when its exit code is not the expected one."""
    print(f"\n$ upgrade-runner {shlex.join(arguments)}", flush=True)
    code = subprocess.run([*PROGRAM, *arguments], check=False).returncode
    print(f"(exit code {code})", flush=True)
    if code != expect:
        print(f"the demonstration expected exit code {expect}", file=sys.stderr)
        sys.exit(1)


def free_port() -> int:
    """Return the usual port, or another one where something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def simulator(port: int):
    """Serve the tenant in a process of its own, and end it afterwards."""
    scenario = "playbooks/scenarios/contoso.yaml"
    command = [*PROGRAM, "simulate", "serve", scenario, "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until_open(port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    """Wait until the simulator answers; it takes about a second."""
    deadline_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("the simulator did not start")


if __name__ == "__main__":
    sys.exit(main())
