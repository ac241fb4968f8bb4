"""A run over many tenants of which some are in trouble: the others do not notice."""

import re

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.fleet import USERS, fleet, names, not_moved, write_upgrade
from tests.journeys.stage import E5

TENANTS = 100
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
    assert set(not_moved(stage)) == {*forbidden, *unreachable, *waiting}
    plan, told = re.split(r"(?<=quota\.)\n", run.stdout)
    assert max(len(part.splitlines()) for part in (plan, told)) <= SCREENFUL, run.stdout
    counts = "Run: 88 done, 10 waiting, 0 refused, 0 failed, 2 unreachable."
    assert told.splitlines()[-1].startswith(f"{counts} {88 * USERS} users changed."), told
    trouble = told.split("\n\n")[-2]
    for tenant, reason in ((forbidden[0], "403 Auth"), (unreachable[0], "no answer: Remote")):
        assert re.search(rf"reading organization: {reason}.*\n +{tenant}$", trouble, re.M), told
    assert "10 tenants   tenant-0001, tenant-0011, tenant-0021 and 7 more   waiting" in told

    stage.world.set_faults([])
    for name in waiting:
        stage.world.admin(name).buy(E5, seats=USERS)
    again = stage.apply("--forks", "16")
    assert again.code == 0, again.said
    assert list(not_moved(stage)) == []
    assert stage.plan("--forks", "16", "--detailed-exitcode").code == 0
