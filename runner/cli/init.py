"""Start a repository: playbook, inventory, what the editor needs, hooks and pipelines."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import click

from runner import __version__
from runner.cli.exits import DONE
from runner.model.findings import CannotWrite, RunnerError
from runner.playbook.schemas import schema_text
from runner.render.words import counted

TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "README.md": "README.md",
        "inventory.yaml": "inventory.yaml",
        "playbooks/e3-to-e5.yaml": "playbook.yaml",
        ".gitignore": "gitignore",
        ".pre-commit-config.yaml": "pre-commit.yaml",
        ".vscode/settings.json": "vscode-settings.json",
        ".vscode/extensions.json": "vscode-extensions.json",
        ".github/actions/prepare/action.yaml": "github-prepare.yaml",
        ".github/workflows/upgrade.yaml": "github.yaml",
        ".gitlab-ci.yml": "gitlab.yaml",
    }
)
"""Every file of a new repository that is the same for everybody, and its template."""

SCHEMAS = ("playbook", "inventory", "policy", "settings")
"""The schemas of the files that people write in an editor."""

NEXT = """next:
  1. write your tenants into {inventory} and your products into {playbook}
  2. upgrade-runner validate {playbook} -i {inventory}
  3. upgrade-runner doctor -i {inventory} -e '{{auth: {{method: azure_cli}}}}'
  4. upgrade-runner plan {playbook} -i {inventory} -e '{{auth: {{method: azure_cli}}}}'
  5. pipelines and their sign-in: {readme}"""


class FilesThere(RunnerError):
    """Files that a new repository would overwrite."""

    code = "files-there"


@click.command(
    epilog="Example: upgrade-runner init our-tenants",
    short_help="Start a repository: playbook, inventory, pipelines.",
)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def init(*, folder: Path) -> int:
    """Write a playbook, an inventory, schemas for the editor, hooks and pipelines.

    No file is overwritten: where one is there with another content, nothing is written at all.
    """
    files = new_files()
    missing = _missing(files, folder)
    try:
        for name in missing:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(files[name], encoding="utf-8")
            click.echo(f"wrote {folder / name}", err=True)
    except OSError as error:
        raise CannotWrite(folder / name, error) from error
    places = {
        "inventory": folder / "inventory.yaml",
        "playbook": folder / "playbooks/e3-to-e5.yaml",
        "readme": folder / "README.md",
    }
    click.echo(NEXT.format(**places), err=True)
    return DONE


def new_files() -> dict[str, str]:
    """Return the path and the text of every file of a new repository."""
    packaged = resources.files("runner.cli") / "new_repository"
    texts = {
        name: (packaged / template).read_text(encoding="utf-8")
        for name, template in TEMPLATES.items()
    }
    schemas = {f"schemas/{name}.schema.json": schema_text(name) for name in SCHEMAS}
    return {**texts, **schemas, "requirements.txt": f"upgrade-runner=={__version__}\n"}


def _missing(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the files that are not there yet.

    Raises: FilesThere when one is there with another content.
    """
    there = {name for name in files if (folder / name).exists()}
    others = [name for name in files if name in there and not _is(folder / name, files[name])]
    if others:
        raise FilesThere(
            f"{counted(len(others), 'file')} of a new repository already there with other content: "
            f"{', '.join(others)}",
            where=str(folder),
            hint="name an empty folder and take from it what you need",
        )
    return [name for name in files if name not in there]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
