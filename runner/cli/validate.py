"""Check playbooks and inventories offline, all problems at once."""

from pathlib import Path
from typing import Any

import click

from runner.cli.accepting import policy_option
from runner.cli.exits import DONE, WRONG_FILE
from runner.cli.messages import say_notes, say_problems
from runner.cli.options import file_options, settings_files, take_given
from runner.model.findings import Finding, PlaybookError, Severity
from runner.render.words import counted


@click.command(
    epilog="Example: upgrade-runner validate playbooks/*.yaml -i inventory.yaml",
    short_help="Check playbooks and inventories offline.",
)
@click.argument("playbooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
)
@policy_option
@file_options
def validate(*, playbooks: tuple[Path, ...], form: str, **options: Any) -> int:
    """Check everything that can be known without reading a tenant.

    Exit code 0 when nothing is wrong, 65 with every problem when something is.
    """
    import msgspec

    from runner.playbook import validate as find_problems

    given = take_given(options)
    found = (*find_problems(playbooks, given.load_options(playbooks)), *_of_settings())
    problems = [each for each in found if each.severity is Severity.ERROR]
    if given.as_json or form != "text":
        from runner.render import sarif_document

        as_sarif = form == "sarif" and not given.as_json
        listed = {"problems": msgspec.to_builtins(found)}
        document = sarif_document(found) if as_sarif else listed
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    elif problems:
        say_problems(problems)
    else:
        click.echo(f"{counted(len(playbooks), 'playbook')}: nothing wrong")
    if not given.as_json and form == "text":
        say_notes(each for each in found if each.severity is not Severity.ERROR)
    return WRONG_FILE if problems else DONE


def _of_settings() -> tuple[Finding, ...]:
    from runner.playbook import load_webhooks

    try:
        load_webhooks(settings_files())
    except PlaybookError as error:
        return error.problems
    return ()
