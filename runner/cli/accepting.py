"""The rules of a repository and what a person lets pass: options, places and codes."""

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from runner.cli.options import Command, stated_paths
from runner.model.policy import Rule
from runner.planning.guards import ACCEPTABLE, CODES

FOLDER = "policies"

TAKEN = CODES | {
    "error",
    "files-there",
    "lock-lost",
    "not-allowed",
    "not-as-exported",
    "not-on-record",
    "output",
    "plan-file",
    "plan-refused",
    "playbook",
    "provider",
    "read-incomplete",
    "secret-missing",
    "state",
    "tenant-locked",
    "throttled",
    "unreachable",
    "wrong-tenant",
}
"""Every code of a finding or an error of ours, which no rule of a repository may have."""


def accept_option(command: Command) -> Command:
    """Add the option that lets findings pass by their codes."""
    listed = ", ".join(ACCEPTABLE)
    text = f"Let this finding pass; repeats. {listed}, or the code of a rule of your policies."
    return click.option("--accept", multiple=True, metavar="CODE", help=text)(command)


def policy_option(command: Command) -> Command:
    """Add the option that names policies; they arrive as `given`."""
    return click.option(
        "--policy",
        "policies",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A policy, or a folder of them, besides those of the repository.",
    )(command)


def policies_of(playbooks: Sequence[Path], named: Sequence[Path]) -> tuple[Path, ...]:
    """Return every policy that judges plans of these playbooks; none replaces another.

    The usual folder counts here, beside the playbook and at the top of their Git repositories, so
    that nobody leaves a repository's rules behind by starting in another folder of it.
    """
    from runner.playbook.policies import policy_files

    near = [Path(), *(playbook.parent for playbook in playbooks)] if playbooks else []
    folders = [place / FOLDER for place in (*near, *filter(None, map(_top, near)))]
    usual = [each for each in folders if each.is_dir() and policy_files(each)]
    return (*usual, *stated_paths("policies"), *named)


def _top(folder: Path) -> Path | None:
    """Return the top of the Git repository that a folder is in, if it is in one."""
    here = folder.resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)


def expect_acceptable(accepted: Sequence[str], rules: Collection[Rule]) -> None:
    """Refuse codes that nothing lets pass.

    Raises: UsageError with every code that can be accepted.
    """
    known = [*ACCEPTABLE, *(rule.code for rule in rules if rule.is_acceptable)]
    unknown = [code for code in accepted if code not in known]
    if unknown:
        listed = ", ".join(sorted(known))
        raise click.UsageError(f"--accept {unknown[0]}: what can be accepted is {listed}")
