"""Options that several verbs share, and where their values come from."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runner.cli.durations import DURATION

if TYPE_CHECKING:
    from runner.cli.outside import Outside
    from runner.playbook import LoadOptions, SkuResolution

Command = TypeVar("Command", bound=Callable[..., Any])

INVENTORIES = ("inventory.yaml", "inventory.yml", "inventory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What every verb that reads files is told."""

    inventories: tuple[Path, ...]
    limit: tuple[str, ...]
    extra_vars: tuple[str, ...]
    tags: tuple[str, ...]
    is_verbose: bool
    has_color: bool
    as_json: bool
    outside: "Outside"
    is_expanded: bool
    policies: tuple[Path, ...]

    def load_options(
        self,
        playbooks: tuple[Path, ...] = (),
        *,
        is_offline: bool = False,
        named_sets: "Mapping[str, frozenset[str]] | None" = None,
    ) -> "LoadOptions":
        """Return what the playbook room is told; the usual inventory is found by its name.

        Offline no plugin of an inventory asks anybody.
        """
        from runner.cli.accepting import TAKEN, policies_of
        from runner.playbook import LoadOptions

        return LoadOptions(
            inventories=self.inventories or _usual_inventory(playbooks),
            limit=self.limit,
            extra_vars=self.extra_vars,
            tags=self.tags,
            resolve_sku=_resolve,
            is_country=_is_country,
            find_customers=None if is_offline else self.outside.find_customers,
            read_facts=None if is_offline else self.outside.read_facts,
            run_script=self.outside.run_script,
            named_sets=named_sets or {},
            policies=policies_of(playbooks, self.policies),
            taken_codes=TAKEN,
        )


def _usual_inventory(playbooks: tuple[Path, ...]) -> tuple[Path, ...]:
    places = [Path(), *(playbook.parent for playbook in playbooks)]
    for folder in places:
        for name in INVENTORIES:
            if (folder / name).exists():
                return (folder / name,)
    return ()


def _resolve(text: str) -> "SkuResolution":
    from runner.catalog import Miss, find_sku, load_catalog
    from runner.playbook import SkuMiss

    found = find_sku(load_catalog(), text)
    if isinstance(found, Miss):
        kind: Any = found.kind.value
        return SkuMiss(kind=kind, nearest=found.nearest)
    return found


def _is_country(code: str) -> bool:
    from runner.catalog import is_country

    return is_country(code)


def configuration() -> dict[str, Any]:
    """Return the settings of `upgrade-runner.yaml` here, over those of the user's own file.

    Raises: PlaybookError with all problems, when there is any.
    """
    from runner.playbook import load_settings

    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    known = (home / "upgrade-runner" / "config.yaml", Path("upgrade-runner.yaml"))
    return load_settings(path for path in known if path.is_file())


def stated_paths(name: str) -> tuple[Path, ...]:
    """Return the path or paths that the settings give under a name."""
    stated = configuration().get(name, ())
    listed = [stated] if isinstance(stated, str) else stated
    return tuple(Path(each) for each in listed)


def file_options(command: Command) -> Command:
    """Add the options of verbs that read playbooks and inventories; they arrive as `given`."""
    options = [
        click.option(
            "-i",
            "--inventory",
            "inventories",
            multiple=True,
            type=click.Path(path_type=Path),
            envvar="UPGRADE_RUNNER_INVENTORY",
            help="Inventory file or directory; may be repeated.",
        ),
        click.option(
            "-l",
            "--limit",
            multiple=True,
            envvar="UPGRADE_RUNNER_LIMIT",
            help="Only these tenants or groups.",
        ),
        click.option(
            "-e",
            "--extra-vars",
            multiple=True,
            help="Variables: key=value, a YAML or JSON mapping, or @FILE.",
        ),
        click.option("-t", "--tags", multiple=True, help="Only plays with these tags."),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Say where steps come from, and name users.",
        ),
        click.option("--no-color", is_flag=True, help="No colors (also NO_COLOR, TERM=dumb)."),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def from_settings(name: str, otherwise: Any = None) -> Callable[[], Any]:
    """Return what asks the settings for a value, where neither a flag nor a variable gives it."""
    return lambda: configuration().get(name, otherwise)


def forks_option(command: Command) -> Command:
    """Add the option that says how many tenants are worked on at once."""
    return click.option(
        "--forks",
        type=click.IntRange(1, 500),
        default=from_settings("forks", 5),
        envvar="UPGRADE_RUNNER_FORKS",
        help="Tenants at once.  [default: 5]",
    )(command)


def wait_option(command: Command) -> Command:
    """Add the option that says how long a run looks on at what waits, in seconds."""
    return click.option(
        "--wait",
        "patience_s",
        type=DURATION,
        default=from_settings("wait", "0s"),
        envvar="UPGRADE_RUNNER_WAIT",
        help="Keep looking so long while waiting.",
    )(command)


def expand_option(command: Command) -> Command:
    """Add the option that shows every tenant by itself."""
    text = "Show every tenant by itself; else those of the same shape are one entry."
    return click.option("--expand", is_flag=True, help=text)(command)


def format_option(forms: Sequence[str]) -> Callable[[Command], Command]:
    """Return the option that chooses how something is printed; `chosen_form` says which."""
    text = "How to print it.  [default: text]"
    return click.option("--format", "form", type=click.Choice(forms), help=text)


def chosen_form(form: str | None, *, as_json: bool) -> str:
    """Return how to print something, by `--format` and `--json`.

    Raises: click.UsageError when the two ask for two things.
    """
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} ask for two things: name one")
    return "json" if as_json else form or "text"


def take_given(options: dict[str, Any]) -> Given:
    """Take the shared options out of a verb's keyword arguments."""
    from runner.cli.outside import Outside

    inventories: tuple[Path, ...] = options.pop("inventories") or stated_paths("inventory")
    tags = tuple(tag for text in options.pop("tags") for tag in text.split(",") if tag)
    is_verbose: bool = options.pop("verbose")
    return Given(
        inventories=inventories,
        limit=tuple(options.pop("limit")),
        extra_vars=tuple(options.pop("extra_vars")),
        tags=tags,
        is_verbose=is_verbose,
        has_color=_has_color(is_refused=options.pop("no_color")),
        as_json=options.pop("as_json"),
        outside=Outside(),
        is_expanded=options.pop("expand", False) or is_verbose,
        policies=tuple(options.pop("policies", ())),
    )


def _has_color(*, is_refused: bool) -> bool:
    """Return whether a terminal may be given colors: one that is dumb shows their codes."""
    return not (is_refused or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb")
