"""Say problems on stderr the way the house writes them."""

from collections.abc import Iterable

import click

from runner.model.findings import Finding, PlaybookError, RunnerError
from runner.render.words import counted, said_by


def say_error(error: RunnerError) -> None:
    """Write an error, or every problem of the files given."""
    if isinstance(error, PlaybookError):
        say_problems(error.problems)
        return
    click.echo(said_by(error.code, error.summary, where=error.where, hint=error.hint), err=True)


def say_problems(problems: Iterable[Finding]) -> None:
    """Write every problem and how many there are."""
    listed = tuple(problems)
    for problem in listed:
        detail = f"{problem.summary} ({problem.detail})" if problem.detail else problem.summary
        said = said_by(problem.code, detail, where=problem.where, hint=problem.hint)
        click.echo(said, err=True)
    click.echo(f"{counted(len(listed), 'problem')}", err=True)
