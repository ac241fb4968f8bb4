"""What volume licensing sold is nobody else's to change, and is not tried any other way."""

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, buying, cancelling, moving, play


def test_the_task_goes_to_who_holds_the_agreement(set_up: SetUp) -> None:
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": 30, "channel": "volume"}],
        users=[{"count": 5, "licenses": [E4], "usage_location": "IT"}],
    )
    settings = {"endpoint": f"{stage.url}/azure", "writes": True}
    stage.write_inventory({"contoso": {"azure_billing": settings}})
    stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
    applied = stage.apply()
    assert applied.code == 4, applied.said
    task = applied.stdout
    assert "who      the account representative or the partner of the volume licensing" in task
    assert "tab Volume licensing" in task
    for other in ("Billing Administrator", "its tab Upgrade", "who sold it cannot be read"):
        assert other not in task, applied.said
    stage.world.admin().buy(E5, seats=30)
    assert stage.apply().code == 4
    assert all(set(stage.held(index)) == {E5_ID} for index in range(5))


E5_ID = "c7df2760-2c81-4ef7-b578-5b5392b571df"
