"""Check playbooks and inventories offline, all problems at once."""

from pathlib import Path
from typing import Any

import click

from runner.cli.accepting import policy_option
from runner.cli.exits import DONE, WRONG_FILE
from runner.cli.messages import say_notes, say_problems
from runner.cli.options import (
    chosen_form,
    configuration,
    file_options,
    format_option,
    take_given,
)
from runner.model.findings import Finding, PlaybookError, Severity
from runner.render.words import counted


@click.command(
    epilog="Example: upgrade-runner validate playbooks/*.yaml -i inventory.yaml",
    short_help="Check playbooks and inventories offline.",
)
@click.argument("playbooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option(["text", "json", "sarif"])
@policy_option
@file_options
def validate(*, playbooks: tuple[Path, ...], form: str | None, **options: Any) -> int:
    """Check everything that can be known without reading a tenant.

    Exit code 0 when nothing is wrong, 65 with every problem when something is.
    """
    import msgspec

    from runner.playbook import validate as find_problems

    shown_as = chosen_form(form, as_json=options["as_json"])
    found = _of_settings() or find_problems(playbooks, take_given(options).load_options(playbooks))
    problems = [each for each in found if each.severity is Severity.ERROR]
    if shown_as != "text":
        from runner.render import sarif_document

        listed = {"problems": msgspec.to_builtins(found)}
        document = sarif_document(found) if shown_as == "sarif" else listed
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    elif problems:
        say_problems(problems)
    else:
        click.echo(f"{counted(len(playbooks), 'playbook')}: nothing wrong")
    if shown_as == "text":
        say_notes(each for each in found if each.severity is not Severity.ERROR)
    return WRONG_FILE if problems else DONE


def _of_settings() -> tuple[Finding, ...]:
    try:
        configuration()
    except PlaybookError as error:
        return error.problems
    return ()
