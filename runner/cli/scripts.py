"""Run the programs that are inventories, with a limit on their time."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from runner.playbook.options import ScriptAnswer

SECONDS = 120
MOST_SAID = 300


def run_script(path: Path, words: Sequence[str], *, seconds: float = SECONDS) -> ScriptAnswer:
    """Run a program and return what it printed, or what went wrong and what it said of it."""
    command = [str(path.resolve()), *words]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        wrong = f"does not end within {seconds:g} s"
        return ScriptAnswer(wrong=wrong + _said(error.stderr or b""))
    except OSError as error:
        reason = (error.strerror or "not a program").lower()
        return ScriptAnswer(wrong=f"cannot be started: {reason}")
    if done.returncode:
        return ScriptAnswer(wrong=f"ends with code {done.returncode}{_said(done.stderr)}")
    try:
        return ScriptAnswer(text=done.stdout.decode("utf-8"))
    except UnicodeDecodeError:
        return ScriptAnswer(wrong="prints what is not UTF-8")


def _said(stderr: bytes) -> str:
    """Return the last line of what a program complained about."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    clean = "".join(char if char.isprintable() else "?" for char in lines[-1]) if lines else ""
    return f" and says: {clean[:MOST_SAID]}" if clean else ""
