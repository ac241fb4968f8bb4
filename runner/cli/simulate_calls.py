"""Send the acts of an administrator to a running simulator and show its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

URL = "http://127.0.0.1:8365"
Command = TypeVar("Command", bound=Callable[..., Any])


class Problem(click.ClickException):
    """What could not be done, in one line."""

    def show(self, file: Any = None) -> None:
        """Print it."""
        click.echo(f"error: {self.message}", err=True, file=file)


class Refused(Problem):
    """An act that the admin center would refuse."""

    exit_code = 5


class WrongLine(Problem):
    """A command line that makes no sense."""

    exit_code = 64


class WrongFile(Problem):
    """A scenario that makes no sense."""

    exit_code = 65


def acting(command: Command) -> Command:
    """Give a verb the options that lead to a simulator."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        click.option("--tenant", "-t", help="Needed where the simulator has several."),
        click.option("--cafile", type=click.Path(exists=True), help="Trusted for https."),
        click.option("--url", default=URL, show_default=True, help="The running simulator."),
    ):
        command = option(command)
    return command


def act_on(act: str, line: Mapping[str, Any], *, keys: tuple[str, ...]) -> None:
    """Do an act with these words of the line, and show what came of it."""
    body = {key: line[key] for key in (*keys, "tenant") if line[key] is not None}
    show(line, call(line, act, body=body), kind="act")


def call(line: Mapping[str, Any], act: str, *, body: Mapping[str, Any] | None = None) -> Any:
    """Ask a simulator, or have it do an act where there is a body.

    Raises: Refused, WrongLine, Problem where none answers.
    """
    from runner.simulator.client import Client
    from runner.simulator.errors import Refusal

    client = Client(url=line["url"], cafile=line["cafile"])
    try:
        return client.show(act) if body is None else client.act(act, body)
    except Refusal as error:
        raise Refused(str(error)) from None
    except ConnectionError as error:
        hint = "start one with `upgrade-runner simulate serve`"
        raise Problem(f"{error}, {hint}") from None
    except ValueError as error:
        raise WrongLine(str(error)) from None


def show(line: Mapping[str, Any], answer: Mapping[str, Any], *, kind: str) -> None:
    """Show an answer as its kind is shown, or as it is."""
    from runner.simulator import screen

    if line["as_json"]:
        click.echo(json.dumps(answer, indent=2))
        return
    for text in getattr(screen, f"lines_of_{kind}")(answer):
        click.echo(text)
