"""Take a tenant from Office 365 E4 to Office 365 E5 the way Microsoft's article goes."""

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play

SEATS = 120


def _article(set_up: SetUp) -> Stage:
    stage = set_up(
        timezone="Europe/Rome",
        subscriptions=[{"sku": E4, "seats": SEATS}],
        users=[
            {"count": 104, "licenses": [E4], "usage_location": "IT"},
            {
                "count": 12,
                "licenses": [{"sku": E4, "disabled": ["YAMMER_ENTERPRISE", "SWAY"]}],
                "usage_location": "IT",
            },
            {"count": 8, "name": "visitor", "user_type": "Guest"},
        ],
        purchase={"credit_check": "2 business days", "visible": True},
    )
    stage.write_inventory({"contoso": {"timezone": "Europe/Rome"}})
    stage.write_playbook(
        play(
            subscriptions=[buying(), cancelling(soak="72h")],
            assignments=[moving(service_plans="keep", new_services="enable")],
            limits={"users": 500, "seats_bought": 300},
        )
    )
    return stage


def test_the_articles_upgrade_goes_from_asking_to_an_empty_plan(set_up: SetUp) -> None:
    stage = _article(set_up)
    world, admin = stage.world, stage.world.admin("contoso")
    before = stage.tenant.snapshot()

    planned = stage.plan()
    assert planned.code == 0, planned.said
    assert "120 seats" in planned.stdout
    assert planned.stdout.splitlines()[-1].startswith(
        "Plan: 120 seats to buy, 116 users to move, 1 subscription to cancel"
    )
    assert stage.tenant.snapshot() == before

    asked = stage.apply()
    assert asked.code == 4, asked.said
    assert "Billing Administrator" in asked.stdout

    admin.buy(E5, seats=SEATS)
    checking = stage.apply()
    assert checking.code == 4, checking.said
    assert "at most until Tue 2026-11-24" in checking.stdout
    assert not world.log.writes()

    world.advance("2 business days")
    moved = stage.apply()
    assert moved.code == 4, moved.said
    assert len(world.log.writes()) == 116

    world.advance("72h")
    soaked = stage.apply()
    assert soaked.code == 4, soaked.said
    assert "reduce Office 365 E4 to 25 seats, then cancel it" in soaked.stdout

    admin.resize(E4, seats=25)
    reduced = stage.apply()
    assert reduced.code == 4, reduced.said
    admin.cancel(E4)

    ended = stage.apply()
    assert ended.code == 0, ended.said
    again = stage.plan("--detailed-exitcode")
    assert again.code == 0, again.said

    writes = len(world.log.writes())
    once_more = stage.apply()
    assert once_more.code == 0, once_more.said
    assert len(world.log.writes()) == writes == 116
    assert not stage.tenant.ever_unlicensed(stage.user_ids[:116], among=[E4, E5])
    assert max(stage.tenant.most_over_assigned.values()) <= 0


def test_what_was_switched_off_stays_off(set_up: SetUp) -> None:
    stage = _article(set_up)
    stage.world.admin("contoso").buy(E5, seats=SEATS, credit_check=0)
    assert stage.apply().code == 4
    off = {len(disabled) for held in map(stage.held, range(116)) for disabled in held.values()}
    assert off == {0, 2}


def test_every_task_is_asked_for_with_one_order(set_up: SetUp) -> None:
    stage = _article(set_up)
    for _ in range(3):
        assert stage.apply().code == 4
    orders = stage.rows("SELECT kind, seats, count(DISTINCT key) FROM orders GROUP BY step")
    assert orders == [("buy_seats", SEATS, 1)]


def test_a_credit_check_that_never_ends_is_a_failure_after_its_deadline(set_up: SetUp) -> None:
    stage = _article(set_up)
    stage.world.admin("contoso").buy(E5, seats=SEATS, credit_check="30 days")
    assert stage.apply().code == 4
    stage.world.advance("5 days")
    late = stage.apply()
    assert late.code == 3, late.said
    assert "should have been over by" in late.stdout


def test_the_article_in_real_processes(set_up: SetUp) -> None:
    stage = _article(set_up)
    assert stage.process(*stage.apply_arguments()).code == 4
    stage.world.admin("contoso").buy(E5, seats=SEATS, credit_check=0)
    moved = stage.process(*stage.apply_arguments())
    assert moved.code == 4, moved.said
    stage.world.advance("72h")
    assert stage.process(*stage.apply_arguments()).code == 4
    stage.world.admin("contoso").cancel(E4, force=True)
    ended = stage.process(*stage.apply_arguments())
    assert ended.code == 0, ended.said


def test_a_source_that_nobody_holds_is_cancelled_although_nobody_moves(set_up: SetUp) -> None:
    others = {"sku": "STANDARDPACK", "seats": 5}
    stage = set_up(
        subscriptions=[{"sku": E4, "seats": 30}, others],
        users=[{"count": 3, "usage_location": "IT"}],
    )
    wanted = [buying(seats={"needed": True}), cancelling()]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving()]))
    asked = stage.apply()
    assert asked.code == 4, asked.said
    stage.world.admin().cancel(E4, force=True)
    assert stage.apply().code == 0
