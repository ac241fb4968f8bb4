"""Serve pretend tenants and act as their administrator."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from runner.cli.simulate_calls import Problem, WrongFile, WrongLine, act_on, acting, call, show

PORT = 8365


@click.group()
def simulate() -> None:
    """Serve an embedded Microsoft Graph, drive its clock, act as its administrator.

    Example: upgrade-runner simulate serve playbooks/scenarios/contoso.yaml
    """


@simulate.command()
@click.argument(
    "scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO..."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address.")
@click.option(
    "--port",
    default=PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes a free one.",
)
@click.option("--certfile", type=click.Path(exists=True), help="Serve TLS with this certificate.")
@click.option("--keyfile", type=click.Path(exists=True), help="The certificate's private key.")
def serve(
    *, scenarios: tuple[Path, ...], host: str, port: int, certfile: str | None, keyfile: str | None
) -> None:
    """Serve the tenants of one or more scenario files until interrupted.

    Example: upgrade-runner simulate serve contoso.yaml fabrikam.yaml --port 8365
    """
    from runner.simulator import ScenarioError, World
    from runner.simulator import serve as serve_world

    if (certfile is None) != (keyfile is None):
        raise WrongLine("TLS needs both `--certfile` and `--keyfile`")
    tls = (certfile, keyfile) if certfile and keyfile else None
    try:
        world = World.from_files(scenarios)
        known = {each.name: (each.id, each.entry.timezone) for each in world.tenants.values()}
        serve_world(world, host=host, port=port, tls=tls, ready=partial(_announce, known=known))
    except ScenarioError as error:
        raise WrongFile(str(error)) from None
    except ValueError as error:
        raise WrongLine(str(error)) from None
    except OSError as error:
        raise Problem(f"listening on {host}:{port}: {error.strerror}") from None
    except KeyboardInterrupt:
        return


def _announce(url: str, *, known: Mapping[str, tuple[str, str]]) -> None:
    click.echo(f"simulator ready at {url}, stop it with ctrl-c", err=True)
    click.echo("an inventory for it; put any word into SIMULATOR_TOKEN:", err=True)
    click.echo("all:\n  tenants:", err=True)
    for name, (tenant_id, timezone) in known.items():
        auth = "{method: token, token: {env: SIMULATOR_TOKEN}}"
        place = f'timezone: "{timezone}", graph_endpoint: "{url}/{name}/v1.0"'
        click.echo(f"    {name}: {{tenant_id: {tenant_id}, {place}, auth: {auth}}}", err=True)


@simulate.command()
@click.argument("sku")
@click.argument("seats", type=int)
@click.option("--credit-check", metavar="SPAN", help="As '2 business days'; '0s' for none.")
@acting
def buy(**line: Any) -> None:
    """Buy a subscription of SKU with SEATS.

    Example: upgrade-runner simulate buy ENTERPRISEPREMIUM 120 --credit-check "2 business days"
    """
    act_on("buy", line, keys=("sku", "seats", "credit_check"))


@simulate.command()
@click.argument("target")
@click.argument("seats", type=int)
@click.option("--force", is_flag=True, help="Cut even below the seats in use.")
@acting
def resize(**line: Any) -> None:
    """Set the seats of a subscription, TARGET being its SKU or id, to the total SEATS.

    Example: upgrade-runner simulate resize ENTERPRISEWITHSCAL 25
    """
    act_on("resize", line, keys=("target", "seats", "force"))


@simulate.command()
@click.argument("target")
@click.option("--force", is_flag=True, help="Cancel more than 25 seats at once.")
@acting
def cancel(**line: Any) -> None:
    """Cancel a subscription, TARGET being its SKU or id.

    Example: upgrade-runner simulate cancel ENTERPRISEWITHSCAL
    """
    act_on("cancel", line, keys=("target", "force"))


@simulate.command()
@click.argument("target")
@click.argument("sku")
@click.option("--seats", type=int, help="Without it as many as there are.")
@acting
def upgrade(**line: Any) -> None:
    """Use the Upgrade tab of a subscription: buy SKU, move everybody to it, cancel TARGET.

    Example: upgrade-runner simulate upgrade ENTERPRISEWITHSCAL ENTERPRISEPREMIUM
    """
    act_on("upgrade", line, keys=("target", "sku", "seats"))


@simulate.command()
@click.argument("target")
@click.option("--on/--off", required=True, help="Whether it renews at the end of its term.")
@acting
def renew(**line: Any) -> None:
    """Switch recurring billing of a subscription on or off.

    Example: upgrade-runner simulate renew ENTERPRISEWITHSCAL --off
    """
    act_on("renew", line, keys=("target", "on"))


@simulate.command()
@click.argument("user")
@click.argument("sku")
@click.option("--disabled", multiple=True, metavar="PLAN", help="Switch this plan off; repeats.")
@acting
def assign(**line: Any) -> None:
    """Give USER a license of SKU.

    Example: upgrade-runner simulate assign user000001@contoso.onmicrosoft.com ENTERPRISEPREMIUM
    """
    act_on("assign", line, keys=("user", "sku", "disabled"))


@simulate.command()
@click.argument("user")
@click.argument("sku")
@acting
def unassign(**line: Any) -> None:
    """Take the license of SKU from USER.

    Example: upgrade-runner simulate unassign user000001@contoso.onmicrosoft.com SPE_E5
    """
    act_on("unassign", line, keys=("user", "sku"))


@simulate.command()
@click.argument("user")
@click.argument("group")
@acting
def join(**line: Any) -> None:
    """Put USER into GROUP, whose licenses follow in the background.

    Example: upgrade-runner simulate join user000001@contoso.onmicrosoft.com Sales
    """
    act_on("join", line, keys=("user", "group"))


@simulate.command()
@click.argument("user")
@click.argument("group")
@acting
def leave(**line: Any) -> None:
    """Take USER out of GROUP; what the user inherited goes in the background.

    Example: upgrade-runner simulate leave user000001@contoso.onmicrosoft.com Sales
    """
    act_on("leave", line, keys=("user", "group"))


@simulate.command("delete-user")
@click.argument("user")
@acting
def delete_user(**line: Any) -> None:
    """Delete USER, which frees the seats.

    Example: upgrade-runner simulate delete-user user000001@contoso.onmicrosoft.com
    """
    act_on("delete-user", line, keys=("user",))


@simulate.command()
@click.option("--advance", metavar="SPAN", help="As '72h' or '2 business days'.")
@click.option("--set", metavar="TIME", help="As 2026-11-24T09:00:00Z.")
@click.option(
    "--rate", type=click.FloatRange(min=0), help="Simulated seconds in a real one; 0 stands still."
)
@acting
def clock(**line: Any) -> None:
    """Show the simulated time, move it or set it.

    Example: upgrade-runner simulate clock --advance "2 business days"
    """
    keys = ("advance", "set", "rate")
    if any(line[key] is not None for key in keys):
        act_on("clock", line, keys=keys)
    else:
        show(line, call(line, "clock"), kind="act")


@simulate.command()
@acting
def state(**line: Any) -> None:
    """Show the seats and subscriptions of every tenant.

    Example: upgrade-runner simulate state --json
    """
    query = f"?{urlencode({'tenant': line['tenant']})}" if line["tenant"] else ""
    show(line, call(line, f"state{query}"), kind="state")


@simulate.command()
@click.option("--writes", is_flag=True, help="Only calls that asked for a change.")
@click.option("--limit", default=50, show_default=True, help="The newest so many.")
@acting
def log(**line: Any) -> None:
    """Show the calls the simulator got.

    Example: upgrade-runner simulate log --writes --limit 20
    """
    query = {"limit": str(line["limit"])}
    query |= {"writes": "1"} if line["writes"] else {}
    query |= {"tenant": line["tenant"]} if line["tenant"] else {}
    show(line, call(line, f"log?{urlencode(query)}"), kind="log")


@simulate.command()
@click.argument("fault", nargs=-1)
@click.option("--clear", is_flag=True, help="Let nothing go wrong any more.")
@acting
def faults(**line: Any) -> None:
    """Show the faults, or replace them by these; each FAULT is a line of key=value.

    Example: upgrade-runner simulate faults "kind=429 rate=0.05 on=inner" "kind=drop every=20"
    """
    from runner.simulator.client import read_fault

    body = None
    if line["fault"] or line["clear"]:
        given = [] if line["clear"] else [read_fault(text) for text in line["fault"]]
        body = {"faults": given, "tenant": line["tenant"]}
    show(line, call(line, "faults", body=body), kind="faults")
