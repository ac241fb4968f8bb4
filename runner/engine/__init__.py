"""The loop: look, act, look again, record; decides nothing that `planning` can decide."""

from runner.engine.looking import with_users
from runner.engine.run import Surroundings, TenantResult, apply_plan, standing_of
from runner.engine.tell import Handle, Tell

__all__ = [
    "Handle",
    "Surroundings",
    "Tell",
    "TenantResult",
    "apply_plan",
    "standing_of",
    "with_users",
]
