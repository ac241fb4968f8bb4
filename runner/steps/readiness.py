"""Say what a move waits for: its own product, or every product where seats are handed on."""

from dataclasses import dataclass

from runner.model.ids import SkuId
from runner.model.state import TenantState
from runner.steps.await_ready import AwaitReady
from runner.steps.buy_seats import seats_once_bought
from runner.steps.kind import Context
from runner.steps.naming import step_id
from runner.steps.seats import seats_at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The waits a move comes after, and whether it uses seats that others give back."""

    needs: tuple[str, ...]
    uses_freed_seats: bool


def readiness_of(tenant: str, target: SkuId, *, have: TenantState, context: Context) -> Readiness:
    """Return what moves to a product wait for.

    Where there will be fewer seats than all who arrive need at once, others have to give some back,
    so everything that is bought must be there before anybody begins.
    """
    own = step_id(tenant, "await_ready", target)
    peak = seats_at_once(have, target, context.sorting)
    if peak <= seats_once_bought(target, have, context.earlier):
        return Readiness(needs=(own,), uses_freed_seats=False)
    waits = [step.id for step in context.earlier if isinstance(step, AwaitReady)]
    return Readiness(needs=tuple(dict.fromkeys((own, *waits))), uses_freed_seats=True)
