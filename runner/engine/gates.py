"""Ask a person whether the next wave may start, and remember the answer."""

from collections.abc import Sequence

from runner.engine.results import TenantResult
from runner.engine.surroundings import Surroundings
from runner.model.ids import SkuId
from runner.model.outcome import Standing, Wait
from runner.model.plan import Plan
from runner.model.spec import Gate, Pace
from runner.model.state import OpenOrder
from runner.steps.naming import step_id

GATES = "gate"
"""What stands for the tenant where a gate is recorded."""


class Gates:
    """The confirmations between the waves of one plan.

    A gate is known by the playbook and by the tenants before it: where one of them changes, a
    person is asked anew.
    """

    def __init__(self, plan: Plan, around: Surroundings) -> None:
        self._plan = plan
        self._around = around
        self._passed: list[tuple[int, str]] = []

    def why_held(self, pace: Pace, *, wave: int) -> str:
        """Return what a person is asked after a wave, or nothing once that is confirmed."""
        if pace.gate is not Gate.CONFIRM:
            return ""
        gate, records, now = self._id(wave), self._around.records, self._around.now()
        order = OpenOrder(key=gate, step=gate, kind="gate", sku=SkuId(""), seats=0, opened_at=now)
        records.open_order(GATES, order)
        kept = {each.step: each for each in records.remember(GATES).orders}
        if kept[gate].confirmed_at is not None:
            self._passed.append((wave, gate))
            records.save_waits(GATES, (), keep=())
            return ""
        why = f"a person has to say that wave {wave} is well: `upgrade-runner confirm {gate}`"
        wait = Wait(tenant=GATES, step=gate, since=now, why=why)
        records.save_waits(GATES, (wait,), keep=())
        return why

    def _id(self, wave: int) -> str:
        names = [each.tenant for each in self._plan.tenants if each.wave <= wave]
        names += [each.tenant for each in self._plan.unread if each.wave <= wave]
        return step_id(GATES, f"wave-{wave + 1}", self._plan.playbook_digest, *sorted(names))

    def close_passed(self, results: Sequence[TenantResult]) -> None:
        """Forget confirmations once everything behind them is done."""
        standing = {each.tenant: each.standing for each in results}
        for wave, gate in self._passed:
            later = (each.tenant for each in self._plan.tenants if each.wave > wave)
            if all(standing[name] is Standing.DONE for name in later):
                self._around.records.close_order(GATES, gate, self._around.now())
