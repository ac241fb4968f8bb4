"""The program: verbs that are loaded when they are used, and how errors are said."""

import importlib
import io
import os
import sys
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from runner import __version__
from runner.cli.exits import (
    ERROR,
    INTERRUPTED,
    WRONG_COMMAND_LINE,
    exit_code_of_error,
)
from runner.cli.messages import say_error
from runner.model.findings import RunnerError

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "validate": "runner.cli.validate:validate",
        "plan": "runner.cli.plan:plan",
        "show": "runner.cli.show:show",
        "apply": "runner.cli.apply:apply",
        "confirm": "runner.cli.confirm:confirm",
        "status": "runner.cli.status:status",
        "facts": "runner.cli.facts:facts",
        "skus": "runner.cli.skus:skus",
        "simulate": "runner.cli.simulate:simulate",
    }
)
"""Every verb and where it is; a verb's module is imported when the verb is used."""

WIDTH = 100


class Verbs(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs in the order of the work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a verb, imported now."""
        place = VERBS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Verbs, context_settings={"max_content_width": WIDTH})
@click.version_option(__version__, prog_name="upgrade-runner")
def program() -> None:
    """Take Microsoft 365 tenants to the subscriptions and licenses their owner wrote down.

    Example: upgrade-runner plan playbooks/e4-to-e5.yaml -i playbooks/inventory.yaml
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; nothing but an exit code leaves it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return _run(arguments)
    except RunnerError as error:
        say_error(error)
        return exit_code_of_error(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; what was done is recorded", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return ERROR
    except Exception as error:
        if os.environ.get("UPGRADE_RUNNER_DEBUG"):
            traceback.print_exc()
        said = f"{type(error).__name__}: {error}"
        click.echo(f"error[bug]: this is a bug in runner: {said}", err=True)
        click.echo("hint: report it with UPGRADE_RUNNER_DEBUG=1 set", err=True)
        return ERROR


def _run(arguments: list[str] | None) -> int:
    try:
        result: Any = program.main(
            args=arguments, prog_name="upgrade-runner", standalone_mode=False
        )
    except click.UsageError as error:
        error.show()
        return WRONG_COMMAND_LINE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ERROR
    return result if isinstance(result, int) else 0
