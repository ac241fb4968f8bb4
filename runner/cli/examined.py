"""Examine one tenant: its sign-in, Graph, clock, permissions and channels, one sign for each."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from runner.catalog.permissions import Permission
from runner.cli.channels import open_channels
from runner.model.findings import NotAllowed, RunnerError
from runner.model.ids import tenant_id
from runner.model.spec import Channel, Tenant
from runner.providers.clock import TenantClock
from runner.providers.graph.application import Application
from runner.providers.graph.clouds import LOOPBACK, endpoint_of
from runner.providers.graph.examining import Examined, examine
from runner.providers.graph.reading import Forbidden
from runner.render.words import counted, span

CLOCK_DIFFERS_S = 300.0
"""Beyond this the time of a real tenant is not believed, and saved plans look too old."""

NAMES = {Channel.PARTNER_CENTER: "Partner Center", Channel.AZURE_BILLING: "Azure billing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was tried: `standing` is `ok`, `note` or `missing`."""

    what: str
    standing: str
    said: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything that was tried of one tenant."""

    tenant: str
    name: str
    signs: tuple[Sign, ...]

    @property
    def is_ill(self) -> bool:
        """Say whether something is missing without which the work cannot go on."""
        return any(sign.standing == "missing" for sign in self.signs)


async def visit(
    tenant: Tenant, *, plan: Sequence[Permission], apply: Sequence[Permission]
) -> Visit:
    """Try everything of one tenant; what cannot be tried for want of a sign-in is left out."""
    signs: list[Sign] = []
    application = Application()
    name, found_id = "", tenant.tenant_id or ""
    try:
        is_local = endpoint_of(tenant).host in LOOPBACK
        clock = TenantClock(is_local=is_local)
        calls = [each.call for each in plan if each.call]
        found = await examine(tenant, calls=calls, clock=clock, application=application)
    except RunnerError as error:
        signs.append(_trouble("sign-in", error))
    else:
        name, found_id = found.organization, found.found_id or found_id
        signs.append(_of_token(tenant, found))
        silent = found.reads["organization"]
        if silent is not None and not isinstance(silent, Forbidden):
            signs.append(_trouble("Graph", silent))
        else:
            signs += _of_graph(tenant, found, is_local=is_local)
            signs += _of_permissions(found, plan=plan, apply=apply)
    async for sign in _of_channels(tenant, found_id, application):
        signs.append(sign)
    return Visit(tenant=tenant.name, name=name, signs=tuple(signs))


def _trouble(what: str, error: RunnerError) -> Sign:
    return Sign(what=what, standing="missing", said=error.summary, hint=error.hint)


def _of_token(tenant: Tenant, found: Examined) -> Sign:
    claims = found.claims
    said = [tenant.auth.method]
    said += [f"application {claims.application}"] if claims.application else []
    said += ["for a person"] if claims.is_delegated else []
    said += [f"until {claims.expires_at:%Y-%m-%d %H:%M} UTC"] if claims.expires_at else []
    return Sign(what="sign-in", standing="ok", said=", ".join(said))


def _of_graph(tenant: Tenant, found: Examined, *, is_local: bool) -> Iterator[Sign]:
    yield Sign(what="Graph", standing="ok", said=f"{found.root} answers as {found.organization}")
    if tenant.tenant_id and found.found_id and tenant_id(found.found_id) != tenant.tenant_id:
        yield Sign(
            what="tenant",
            standing="missing",
            said=f"the sign-in leads to {found.found_id}, the inventory names {tenant.tenant_id}",
            hint="check `tenant_id` and `auth`",
        )
    yield _of_clock(found.ahead_s or 0.0, is_local=is_local)


def _of_clock(ahead_s: float, *, is_local: bool) -> Sign:
    """Judge the difference of the two clocks; a simulator may live in another time."""
    if abs(ahead_s) <= CLOCK_DIFFERS_S:
        return Sign(what="clock", standing="ok", said=f"within {span(max(1.0, abs(ahead_s)))}")
    side = "behind" if ahead_s > 0 else "ahead of"
    said = f"this machine is {span(abs(ahead_s))} {side} Graph"
    if is_local:
        return Sign(what="clock", standing="note", said=f"{said}, which is on this machine too")
    return Sign(what="clock", standing="missing", said=said, hint="set this machine's clock")


def _of_permissions(
    found: Examined, *, plan: Sequence[Permission], apply: Sequence[Permission]
) -> Iterator[Sign]:
    yield from _of_verb("plan", [(each, _can_read(each, found)) for each in plan])
    if found.claims.permissions is None:
        said = "the token does not tell what it may change"
        hint = f"needed: {', '.join(sorted({each.least for each in apply if not each.without}))}"
        yield Sign(what="apply", standing="note", said=said, hint=hint if apply else "")
        return
    granted = found.claims.permissions
    yield from _of_verb("apply", [(each, each.is_in(granted)) for each in apply])
    for call, error in found.reads.items():
        if error is not None and not isinstance(error, NotAllowed):
            yield _trouble(call.partition("?")[0], error)


def _can_read(each: Permission, found: Examined) -> bool | None:
    """Say whether a read was answered; what was not tried is as the token says, or unknown."""
    if each.call:
        return not isinstance(found.reads[each.call], NotAllowed)
    granted = found.claims.permissions
    return None if granted is None else each.is_in(granted)


def _of_verb(verb: str, answers: Sequence[tuple[Permission, bool | None]]) -> Iterator[Sign]:
    missing = [each for each, is_there in answers if is_there is False]
    must = [each for each in missing if not each.without]
    if not must:
        count = counted(len([each for each, _ in answers if not each.without]), "permission")
        yield Sign(what=verb, standing="ok", said=f"may do all it must: {count}")
    for each in must:
        yield Sign(
            what=verb,
            standing="missing",
            said=f"{each.least} is missing: {each.purpose}",
            hint="grant it to the application and give admin consent; "
            f"enough is also {', '.join(each.also)}",
        )
    for each in missing:
        if each.without:
            said = f"without {each.least}, {each.without}"
            yield Sign(what=verb, standing="note", said=said)


async def _of_channels(
    tenant: Tenant, found_id: str, application: Application
) -> AsyncIterator[Sign]:
    """Read what each channel sells to the tenant, as planning does."""
    clock = TenantClock()
    try:
        channels = open_channels(tenant, clock, application)
    except RunnerError as error:
        yield _trouble("channels", error)
        return
    for channel, opened in channels.items():
        try:
            sales = await opened.read(tenant_id(found_id))
        except RunnerError as error:
            yield _trouble(NAMES[channel], error)
        else:
            own = [each for each in sales if not each.is_unplaced]
            yield _answered(NAMES[channel], len(own))
        finally:
            await opened.close()


def _answered(channel: str, subscriptions: int) -> Sign:
    """Say what a channel sells to the tenant; where that is nothing, the sign-in may be wrong."""
    if subscriptions:
        said = f"answers, {counted(subscriptions, 'subscription')} of this tenant"
        return Sign(what=channel, standing="ok", said=said)
    return Sign(
        what=channel,
        standing="note",
        said="answers, and lists no subscription of this tenant",
        hint="where it should, check whose sign-in that is, and whether the tenant is its customer",
    )
