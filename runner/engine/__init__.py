"""The loop: look, act, look again, record; decides nothing that `planning` can decide."""

from runner.engine.gates import GATES
from runner.engine.look import doubted, seen_anew, with_sales, with_users
from runner.engine.results import TenantResult, standing_of
from runner.engine.surroundings import Stop, Surroundings
from runner.engine.tell import Handle, Tell
from runner.engine.waves import apply_plan

__all__ = [
    "GATES",
    "Handle",
    "Stop",
    "Surroundings",
    "Tell",
    "TenantResult",
    "apply_plan",
    "doubted",
    "seen_anew",
    "standing_of",
    "with_sales",
    "with_users",
]
