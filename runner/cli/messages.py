"""Say problems on stderr the way the house writes them."""

from collections.abc import Iterable

import click

from runner.model.findings import Finding, PlaybookError, RunnerError, Severity
from runner.render.words import counted, said_by


def say_error(error: RunnerError) -> None:
    """Write an error, or every problem of the files given."""
    if isinstance(error, PlaybookError):
        say_problems(error.problems)
        return
    click.echo(said_by(error.code, error.summary, where=error.where, hint=error.hint), err=True)


def print_problems(error: RunnerError) -> None:
    """Print an error, or every problem of the files given, as one JSON document on stdout."""
    import msgspec

    problems = error.problems if isinstance(error, PlaybookError) else (as_finding(error),)
    print_document({"problems": msgspec.to_builtins(problems)})


def print_document(document: object) -> None:
    """Print one JSON document on stdout."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def as_finding(error: RunnerError) -> Finding:
    """Return an error as the finding it would be in a plan."""
    return Finding(
        severity=Severity.ERROR,
        code=error.code,
        summary=error.summary,
        hint=error.hint,
        where=error.where,
    )


def say_problems(problems: Iterable[Finding]) -> None:
    """Write every problem and how many there are."""
    listed = tuple(problems)
    for problem in listed:
        detail = f"{problem.summary} ({problem.detail})" if problem.detail else problem.summary
        said = said_by(problem.code, detail, where=problem.where, hint=problem.hint)
        click.echo(said, err=True)
    click.echo(f"{counted(len(listed), 'problem')}", err=True)


def say_notes(notes: Iterable[Finding]) -> None:
    """Write what is no problem and yet worth knowing."""
    for note in notes:
        click.echo(f"note: {note.summary}\n  {note.where}", err=True)
