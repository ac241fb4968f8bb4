"""The program: verbs that are loaded when they are used, and how errors are said."""

import difflib
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
from runner.cli.messages import print_problems, say_error
from runner.model.findings import RunnerError

VERBS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "init": ("init", "Start a repository: playbook, inventory, pipelines."),
        "validate": ("validate", "Check playbooks and inventories offline."),
        "plan": ("plan", "Read the tenants and print the missing steps."),
        "show": ("show", "Show a saved plan or a recorded run, offline."),
        "apply": ("apply", "Carry a plan out."),
        "rollback": ("rollback", "Plan the way back from a run, and carry it out."),
        "confirm": ("confirm", "Say that a human task is done."),
        "status": ("status", "Where each tenant stands and what it waits for."),
        "export": ("export", "Tenants as YAML whose plan is empty."),
        "inventory": ("inventory", "Groups and tenants, and where each value comes from."),
        "runs": ("runs", "What ran before, and how it ended."),
        "facts": ("facts", "What is observed: seats, subscriptions, holders."),
        "skus": ("skus", "The products of the catalog that fit some words."),
        "doctor": ("doctor", "Try sign-in, permissions, clock and endpoints of tenants."),
        "permissions": ("permissions", "The least permissions to plan and to apply a playbook."),
        "simulate": ("simulate", "A pretend Microsoft Graph and its administrator."),
    }
)
"""Every verb, the module of this room it is in, and its line in the help.

A verb's module is imported when the verb is used, so that the help need not import them all.
"""

WIDTH = 100


class Verbs(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs in the order of the work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a verb, imported now."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"runner.cli.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that is meant; one that is not there is told with the nearest."""
        close = difflib.get_close_matches(args[0].lower(), VERBS, n=1) if args else []
        if close and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"No such command '{args[0]}'. Did you mean {close[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the verbs and their lines without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"max_content_width": WIDTH})
@click.version_option(__version__, prog_name="upgrade-runner")
def program() -> None:
    """Take Microsoft 365 tenants to the subscriptions and licenses their owner wrote down.

    Example: upgrade-runner plan playbooks/e4-to-e5.yaml -i playbooks/inventory.yaml
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; nothing but an exit code leaves it."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return _run(arguments)
    except RunnerError as error:
        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            print_problems(error)
        say_error(error)
        return exit_code_of_error(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; what was done is recorded", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return ERROR
    except OSError as error:
        click.echo(f"error[output]: the output cannot be written: {error.strerror}", err=True)
        return ERROR
    except Exception as error:
        if os.environ.get("UPGRADE_RUNNER_DEBUG"):
            traceback.print_exc()
        said = f"{type(error).__name__}: {error}"
        click.echo(f"error[bug]: this is a bug in runner: {said}", err=True)
        click.echo("hint: report it with UPGRADE_RUNNER_DEBUG=1 set", err=True)
        return ERROR


def _open_closed_streams() -> None:
    """Give what is written on a closed stdout or stderr, such as by `>&-`, a place to vanish in."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123


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
