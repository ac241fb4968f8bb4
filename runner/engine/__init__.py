"""The loop: look, act, look again, record; decides nothing that `planning` can decide."""

from runner.engine.looking import with_users
from runner.engine.run import Surroundings, TenantResult, apply_plan, standing_of
from runner.engine.tell import Tell

__all__ = ["Surroundings", "Tell", "TenantResult", "apply_plan", "standing_of", "with_users"]
