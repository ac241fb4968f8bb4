"""What must outlive a process: plan files, the journal, orders, waits, snapshots, locks."""

from runner.store.lock import TenantLock
from runner.store.past import steps_done, tenants_of_run
from runner.store.place import require_place, state_folder, state_place
from runner.store.plan_file import load_plan, plan_bytes, plan_document, save_plan
from runner.store.records import RunRecords, Store

__all__ = [
    "RunRecords",
    "Store",
    "TenantLock",
    "load_plan",
    "plan_bytes",
    "plan_document",
    "require_place",
    "save_plan",
    "state_folder",
    "state_place",
    "steps_done",
    "tenants_of_run",
]
