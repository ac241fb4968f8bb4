"""Show the inventory as it is understood: its groups, its tenants, and where values come from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from runner.cli.options import file_options, take_given
from runner.model.findings import Origin, PlaybookError
from runner.playbook import list_inventory
from runner.playbook.listing import ListedVariable, Listing
from runner.playbook.problems import nearest, or_list, problem

WIDEST = 40
Tree = dict[str, Any]


@click.command(
    epilog="Example: upgrade-runner inventory --tenant contoso -i inventory.yaml -v",
    short_help="The inventory as it is understood, and where each value comes from.",
)
@click.option("--list", "as_list", is_flag=True, help="Groups, tenants and variables as JSON.")
@click.option(
    "--graph", is_flag=False, flag_value="all", metavar="[GROUP]", help="Groups in groups."
)
@click.option("--tenant", metavar="NAME", help="The variables of one tenant, each with its place.")
@click.option(
    "--playbook-dir",
    "playbook_dirs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Read the variable files beside these playbooks too; repeats.",
)
@file_options
def inventory(
    *,
    as_list: bool,
    graph: str | None,
    tenant: str | None,
    playbook_dirs: tuple[Path, ...],
    **options: Any,
) -> None:
    """Show what the inventories say together; nothing outside is asked.

    `--list` prints JSON as inventory scripts do. `-v` adds to `--tenant` what each value overrides.
    """
    if (as_list, graph is not None, tenant is not None).count(True) != 1:
        raise click.UsageError("give one of `--list`, `--graph` and `--tenant`")
    given = take_given(options)
    asked = given.load_options(playbook_dirs)
    tenants = (tenant,) if tenant else ("all",)
    listing = list_inventory(asked, tenants=tenants, playbook_dirs=playbook_dirs)
    if as_list:
        _print_json(_document(listing))
    elif tenant is not None:
        name = _expect("tenant", tenant, known=listing.tenants)
        variables = listing.tenants[name]
        if given.as_json:
            _print_json(_tenant_document(listing, name))
        else:
            click.echo(f"{name}   in {', '.join(listing.groups_of[name])}")
            click.echo("\n".join(_lines(variables, shows_overridden=given.is_verbose)))
    else:
        group = _expect("group", graph or "all", known=listing.groups)
        if given.as_json:
            _print_json(_tree(listing, group))
        else:
            click.echo("\n".join(_graph(listing, group)))


def _expect(kind: str, name: str, *, known: Any) -> str:
    """Return a name that is known.

    Raises: PlaybookError when it is not.
    """
    if name in known:
        return name
    close = nearest(name, known)
    hint = f"did you mean {or_list(close)}" if close else "`--graph` shows all groups and tenants"
    at = Origin(file="the command line", line=0)
    raise PlaybookError((problem(f"no-such-{kind}", f"`{name}` is no {kind}", at=at, hint=hint),))


def _document(listing: Listing) -> Tree:
    """Return groups with their children and tenants, and the variables below `_meta`."""
    document: Tree = {
        "_meta": {
            "tenantvars": {
                name: {each.name: each.value for each in variables}
                for name, variables in listing.tenants.items()
            }
        }
    }
    for group in listing.groups.values():
        tenants = group.tenants if group.name != "all" else ()
        said = {"children": list(group.children), "tenants": list(tenants)}
        if any(said.values()):
            document[group.name] = {key: names for key, names in said.items() if names}
    return document


def _tree(listing: Listing, name: str) -> Tree:
    group = listing.groups[name]
    return {
        "group": name,
        "children": [_tree(listing, child) for child in group.children],
        "tenants": list(group.tenants) if name != "all" else [],
    }


def _graph(listing: Listing, name: str, *, depth: int = 0) -> Iterator[str]:
    """Yield a group, the groups in it and then its tenants, each one deeper than the other."""
    yield f"{_branch(depth)}@{name}:"
    group = listing.groups[name]
    for child in group.children:
        yield from _graph(listing, child, depth=depth + 1)
    for tenant in group.tenants if name != "all" else ():
        yield f"{_branch(depth + 1)}{tenant}"


def _branch(depth: int) -> str:
    return f"{'  |' * depth}--" if depth else ""


def _tenant_document(listing: Listing, name: str) -> Tree:
    return {
        "tenant": name,
        "groups": list(listing.groups_of[name]),
        "variables": [
            {
                "name": each.name,
                "value": each.value,
                "where": _place(each.where),
                "overrides": [
                    {"value": said.value, "where": _place(said.where)} for said in each.overridden
                ],
            }
            for each in listing.tenants[name]
        ],
    }


def _lines(variables: tuple[ListedVariable, ...], *, shows_overridden: bool) -> Iterator[str]:
    rows = []
    for each in variables:
        rows.append((each.name, _text(each.value), _place(each.where)))
        if shows_overridden:
            weaker = each.overridden
            rows += [("", f"over {_text(said.value)}", _place(said.where)) for said in weaker]
    names, values = (max((len(row[column]) for row in rows), default=0) for column in range(2))
    for name, value, where in rows:
        yield f"  {name.ljust(names)}  {value.ljust(min(values, WIDEST))}  {where}"


def _place(at: Origin) -> str:
    return at.file if at.file == "-e" else str(at)


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _print_json(document: Tree) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
