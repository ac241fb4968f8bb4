"""Take an administrator's acts, the clock and the faults over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from runner.simulator.clock import parse_moment
from runner.simulator.errors import Refusal
from runner.simulator.report import (
    report_call,
    report_faults,
    report_state,
    report_subscription,
)
from runner.simulator.scenario import FaultEntry
from runner.simulator.world import World


class _Act(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    tenant: str | None = None


class _Buy(_Act, kw_only=True):
    sku: str
    seats: int
    credit_check: str | float | None = None


class _Resize(_Act, kw_only=True):
    target: str
    seats: int
    force: bool = False


class _Cancel(_Act, kw_only=True):
    target: str
    force: bool = False


class _Upgrade(_Act, kw_only=True):
    target: str
    sku: str
    seats: int | None = None


class _Renew(_Act, kw_only=True):
    target: str
    on: bool


class _Assign(_Act, kw_only=True):
    user: str
    sku: str
    disabled: list[str] = []


class _Unassign(_Act, kw_only=True):
    user: str
    sku: str


class _Membership(_Act, kw_only=True):
    user: str
    group: str


class _DeleteUser(_Act, kw_only=True):
    user: str


class _Clock(_Act, kw_only=True):
    set: datetime | None = None
    advance: str | None = None
    rate: Annotated[float, msgspec.Meta(ge=0)] | None = None


class _Faults(_Act, kw_only=True):
    faults: list[FaultEntry]


async def control(world: World, http: HttpRequest) -> Response:
    """Do one act and answer what came of it.

    Order: 400 for an act that makes no sense, 409 for one the admin center would refuse.
    """
    content = await http.body()
    try:
        with world.lock:
            return _json(_do(world, http, content=content))
    except Refusal as error:
        return _json({"refused": str(error)}, 409)
    except (ValueError, LookupError) as error:
        return _json({"error": str(error.args[0] if error.args else error)}, 400)


def _do(world: World, http: HttpRequest, *, content: bytes) -> Any:
    world.catch_up()
    act = http.path_params["act"]
    if http.method == "GET":
        return _shown(world, act, query=http.query_params)
    if act not in _ACTS:
        raise LookupError(f"no act is called {act!r}, there are: {', '.join(_ACTS)}")
    kind, do = _ACTS[act]
    return do(world, msgspec.json.decode(content or b"{}", type=kind))


def _shown(world: World, what: str, *, query: Mapping[str, str]) -> Any:
    if what == "state":
        return report_state(world, tenant=query.get("tenant"))
    if what == "faults":
        return report_faults(world)
    if what == "clock":
        return _clock(world)
    if what != "log":
        raise LookupError(f"{what!r} cannot be shown, there are: state, log, faults, clock")
    tenant = query.get("tenant")
    is_all = "writes" not in query
    calls = [
        report_call(call)
        for call in world.log
        if tenant in (None, call.tenant) and (is_all or call.is_write)
    ]
    return {"calls": calls[-int(query.get("limit", "1000")) :]}


def _clock(world: World) -> dict[str, Any]:
    state = report_state(world)
    return {"now": state["now"], "rate": state["rate"]}


def _buy(world: World, act: _Buy) -> Any:
    admin = world.admin(act.tenant)
    bought = admin.buy(act.sku, seats=act.seats, credit_check=act.credit_check)
    return report_subscription(bought, world.clock.now())


def _resize(world: World, act: _Resize) -> Any:
    admin = world.admin(act.tenant)
    change = admin.cut if act.force else admin.resize
    return report_subscription(change(act.target, seats=act.seats), world.clock.now())


def _cancel(world: World, act: _Cancel) -> Any:
    item = world.admin(act.tenant).cancel(act.target, force=act.force)
    return report_subscription(item, world.clock.now())


def _upgrade(world: World, act: _Upgrade) -> Any:
    bought = world.admin(act.tenant).upgrade(act.target, sku=act.sku, seats=act.seats)
    return report_subscription(bought, world.clock.now())


def _renew(world: World, act: _Renew) -> Any:
    item = world.admin(act.tenant).renew(act.target, on=act.on)
    return report_subscription(item, world.clock.now())


def _assign(world: World, act: _Assign) -> Any:
    world.admin(act.tenant).assign(act.user, sku=act.sku, disabled=act.disabled)
    return {"assigned": act.sku, "user": act.user}


def _unassign(world: World, act: _Unassign) -> Any:
    world.admin(act.tenant).unassign(act.user, sku=act.sku)
    return {"unassigned": act.sku, "user": act.user}


def _join(world: World, act: _Membership) -> Any:
    world.admin(act.tenant).join(act.user, group=act.group)
    return {"joined": act.group, "user": act.user}


def _leave(world: World, act: _Membership) -> Any:
    world.admin(act.tenant).leave(act.user, group=act.group)
    return {"left": act.group, "user": act.user}


def _delete_user(world: World, act: _DeleteUser) -> Any:
    world.admin(act.tenant).delete_user(act.user)
    return {"deleted": act.user}


def _move_clock(world: World, act: _Clock) -> Any:
    if act.set is not None or act.rate is not None:
        at = world.clock.now() if act.set is None else parse_moment(act.set)
        world.clock.set(at, rate=act.rate)
    if act.advance is not None:
        world.advance(act.advance)
    return _clock(world)


def _set_faults(world: World, act: _Faults) -> Any:
    world.set_faults(act.faults, tenant=act.tenant)
    return report_faults(world)


_ACTS: Mapping[str, tuple[type[_Act], Callable[[World, Any], Any]]] = {
    "buy": (_Buy, _buy),
    "resize": (_Resize, _resize),
    "cancel": (_Cancel, _cancel),
    "upgrade": (_Upgrade, _upgrade),
    "renew": (_Renew, _renew),
    "assign": (_Assign, _assign),
    "unassign": (_Unassign, _unassign),
    "join": (_Membership, _join),
    "leave": (_Membership, _leave),
    "delete-user": (_DeleteUser, _delete_user),
    "clock": (_Clock, _move_clock),
    "faults": (_Faults, _set_faults),
}


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
