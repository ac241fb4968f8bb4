"""Wait until nobody has held the product for as long as the playbook asks."""

from datetime import datetime, timedelta

from runner.model.outcome import Check
from runner.model.state import TenantState
from runner.steps.ending import EndStep, others_suffice
from runner.steps.verdicts import wait
from runner.steps.words import in_words


def check(step: EndStep, have: TenantState, now: datetime) -> Check | None:
    """Wait out the soak; where no record says since when, it begins now.

    Source: commerce.md 4.4 (G11), read 2026-11-22.
    """
    if not step.soak_s or others_suffice(step, have):
        return None
    since = have.memory.unheld_since.get(step.sku, now)
    until = since + timedelta(seconds=step.soak_s)
    if until <= now:
        return None
    ago = f"for {in_words(now - since)}" if since < now else "from now on"
    return wait(f"nobody has held {step.product} {ago}", again=until)
