"""Plan files: canonical JSON that is refused when a byte of it was changed."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from runner.model.findings import Finding, PlanFileError, PlanRefused
from runner.model.ids import TenantId, UserId
from runner.model.plan import Observed, Plan, TenantPlan, UnreadTenant
from runner.model.spec import MaintenanceWindow, Pace
from runner.steps import KINDS
from runner.steps.document import tenant_document
from runner.store.place import write_whole

FORMAT = "upgrade-runner/plan"
VERSION = "1.0"
_DIGEST_KEY = "digest"
_HALLMARKS = (b'"digest":"sha256:', b'"format":"upgrade-runner/plan"')
_ENCODER = msgspec.json.Encoder(order="sorted")
_KINDS = {kind.name: kind.step for kind in KINDS}


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain JSON values, with its digest."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "format_version": VERSION,
        "id": plan.id,
        "made_at": plan.made_at,
        "runner_version": plan.runner_version,
        "playbook": {"file": plan.playbook_file, "digest": plan.playbook_digest},
        "accepted": plan.accepted,
        "tenants": [tenant_document(each) for each in plan.tenants],
        "unread": plan.unread,
        "paces": plan.paces,
        "rules": plan.rules,
        "rolls_back": plan.rolls_back,
    }
    plain: dict[str, Any] = msgspec.to_builtins(document)
    plain[_DIGEST_KEY] = _digest(plain)
    return plain


def _digest(document: dict[str, Any]) -> str:
    bare = {key: value for key, value in document.items() if key != _DIGEST_KEY}
    return f"sha256:{hashlib.sha256(_ENCODER.encode(bare)).hexdigest()}"


def plan_bytes(plan: Plan) -> bytes:
    """Return the one file a plan makes: sorted keys, one line, a line end."""
    return _ENCODER.encode(plan_document(plan)) + b"\n"


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan file with mode 0600.

    Raises: CannotWrite when it cannot be written.
    """
    write_whole(path, plan_bytes(plan))


def load_plan(path: Path) -> Plan:
    """Read a plan file back and verify it.

    Raises: PlanFileError when it is not a plan of this major version, PlanRefused when it is one
    but not the bytes that were saved.
    """
    where = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanFileError(f"the file cannot be read: {error.strerror}", where=where) from error
    document = _parse(content, where)
    if not _is_as_saved(document, content):
        raise PlanRefused(
            "the plan is not the one that was saved: its digest does not fit its content",
            hint="make the plan again and have it approved",
            where=where,
        )
    _refuse_other_version(document, where)
    try:
        return _as_plan(document)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
        raise PlanFileError(
            f"the plan has a part of another shape: {error}", where=where
        ) from error


def _is_as_saved(document: dict[str, Any], content: bytes) -> bool:
    try:
        is_whole = document.get(_DIGEST_KEY) == _digest(document)
        return is_whole and _ENCODER.encode(document) + b"\n" == content
    except UnicodeEncodeError:
        return False


def _parse(content: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _no_plan("it is not JSON", content, where) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _no_plan(f"its format is not {FORMAT}", content, where)
    return document


def _refuse_other_version(document: dict[str, Any], where: str) -> None:
    version = str(document.get("format_version", ""))
    if version.split(".", 1)[0] != VERSION.split(".", 1)[0]:
        raise PlanFileError(
            f"the plan has format version {version}, this program reads {VERSION}",
            hint="apply it with the version of upgrade-runner that made it",
            where=where,
        )


def _no_plan(why: str, content: bytes, where: str) -> PlanFileError | PlanRefused:
    if any(each in content for each in _HALLMARKS):
        return PlanRefused(
            f"the plan is not the one that was saved: {why}",
            hint="make the plan again and have it approved",
            where=where,
        )
    return PlanFileError(f"the file is no plan: {why}", where=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    file: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _TenantShape:
    tenant: str
    tenant_id: TenantId
    name: str
    wave: int
    waves: int
    timezone: str
    observed: Observed
    findings: tuple[Finding, ...]
    steps: tuple[dict[str, Any], ...]
    windows: tuple[MaintenanceWindow, ...] = ()
    names: dict[UserId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlanShape:
    id: str
    made_at: datetime
    runner_version: str
    playbook: _Book
    tenants: tuple[_TenantShape, ...]
    unread: tuple[UnreadTenant, ...]
    accepted: tuple[str, ...]
    paces: tuple[Pace, ...] = ()
    rules: tuple[str, ...] = ()
    rolls_back: str = ""


def _as_plan(document: dict[str, Any]) -> Plan:
    shape = msgspec.convert(document, _PlanShape)
    return Plan(
        id=shape.id,
        made_at=shape.made_at,
        runner_version=shape.runner_version,
        playbook_file=shape.playbook.file,
        playbook_digest=shape.playbook.digest,
        tenants=tuple(_as_tenant(each) for each in shape.tenants),
        unread=shape.unread,
        accepted=shape.accepted,
        paces=shape.paces,
        rules=shape.rules,
        rolls_back=shape.rolls_back,
    )


def _as_tenant(shape: _TenantShape) -> TenantPlan:
    return TenantPlan(
        tenant=shape.tenant,
        tenant_id=shape.tenant_id,
        name=shape.name,
        wave=shape.wave,
        waves=shape.waves,
        timezone=shape.timezone,
        observed=shape.observed,
        findings=shape.findings,
        windows=shape.windows,
        names=shape.names,
        steps=tuple(msgspec.convert(each, _KINDS[each["kind"]]) for each in shape.steps),
    )
