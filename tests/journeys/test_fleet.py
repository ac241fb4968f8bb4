"""A run over many tenants of which some are in trouble: the others do not notice."""

import os
import re

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.fleet import USERS, fleet, names, not_moved, write_upgrade
from tests.journeys.stage import E5

TENANTS = int(os.environ.get("FLEET_TENANTS", "100"))
"""A multiple of a hundred; the suite takes the smallest, `FLEET_TENANTS=1000` proves the size."""

SCREENFUL = 50


@pytest.mark.usefixtures("hasty")
def test_trouble_of_some_tenants_stays_their_own(set_up: SetUp) -> None:
    stage = set_up(fleet(TENANTS))
    write_upgrade(stage)
    run = stage.apply("--forks", "16")
    assert run.code == 3, run.said
    forbidden, unreachable, waiting = (
        names(TENANTS, lot) for lot in ("forbidden", "unreachable", "waiting")
    )
    assert set(not_moved(stage)) == {*forbidden, *unreachable, *waiting}, run.said
    plan, told = re.split(r"(?<=quota\.)\n", run.stdout)
    assert max(len(part.splitlines()) for part in (plan, told)) <= SCREENFUL, run.stdout
    done, gone = TENANTS * 88 // 100, len(forbidden) + len(unreachable)
    counts = (
        f"Run: {done:,} done, {len(waiting):,} waiting, 0 refused, 0 failed, {gone} unreachable."
    )
    assert told.splitlines()[-1].startswith(f"{counts} {done * USERS:,} users changed."), told
    trouble = told.split("\n\n")[-2]
    for tenants, reason in ((forbidden, "403 Auth"), (unreachable, "no answer: Remote")):
        named = r",\s+".join(tenants)
        assert re.search(rf"reading organization: {reason}.*\n +{named}$", trouble, re.M), told
    more = f"tenant-0001, tenant-0011, tenant-0021 and {len(waiting) - 3} more   waiting"
    assert f"{len(waiting)} tenants   {more}" in told

    status = stage.cli("status", stage.playbook).stdout
    assert len(status.splitlines()) <= SCREENFUL, status
    assert f"{done} done, {len(waiting)} waiting, {gone} unreachable" in status.splitlines()[0]
    assert forbidden[0] in status and "tenant-0000" not in status
    one = stage.cli("status", stage.playbook, "-i", stage.inventory, "-l", waiting[0]).stdout
    assert "do       buy Office 365 E5" in one and waiting[1] not in one

    stage.world.set_faults([])
    for name in waiting:
        stage.world.admin(name).buy(E5, seats=USERS)
    again = stage.apply("--forks", "16")
    assert again.code == 0, again.said
    assert list(not_moved(stage)) == []
    assert stage.plan("--forks", "16", "--detailed-exitcode").code == 0
