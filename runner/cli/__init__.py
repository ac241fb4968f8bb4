"""Arguments, exit codes, wiring; the only room that knows all the others."""

from runner.cli.program import main, program

__all__ = ["main", "program"]
