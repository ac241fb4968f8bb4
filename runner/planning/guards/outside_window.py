"""Say when work may start at a tenant whose maintenance windows are closed."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from runner.model.findings import Finding, Severity
from runner.planning.guards.review import Review
from runner.planning.windows import opening


def check(review: Review) -> Iterator[Finding]:
    """Yield the next opening, or an error where the windows of several plays never meet."""
    windows, now = review.spec.windows, review.state.read_at
    opens_at = opening(windows, now)
    if not windows or not review.steps or opens_at == now:
        return
    where = str(windows[0].where)
    if opens_at is None:
        yield Finding(
            severity=Severity.ERROR,
            code="windows-apart",
            summary=f"the {len(windows)} maintenance windows of the tenant are never open together",
            hint="give its plays windows that have some time in common",
            where=where,
        )
        return
    timezone = windows[0].timezone
    local = opens_at.astimezone(ZoneInfo(timezone))
    yield Finding(
        severity=Severity.INFO,
        code="outside-window",
        summary=f"work starts when its maintenance window opens, {local:%a %Y-%m-%d %H:%M} "
        f"({timezone})",
        hint="apply it then, or with `--wait`",
        where=where,
    )
