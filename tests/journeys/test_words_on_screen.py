"""What a person reads: after a confirmation, of clocks that differ, of tasks and long lines."""

import platform

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play


def _asked(set_up: SetUp, **changes: object) -> tuple[Stage, str]:
    """Return a stage on which a person is asked to buy, and the step."""
    stage = set_up(**changes)
    stage.write_playbook(play(subscriptions=[buying()]))
    assert stage.apply().code == 4
    ((step,),) = stage.rows("SELECT step FROM orders")
    return stage, str(step)


def test_a_confirmation_counts_by_the_clock_of_the_tenant(set_up: SetUp) -> None:
    stage, step = _asked(set_up)
    stage.world.advance("300d")
    assert stage.cli("confirm", step, stage.playbook).code == 0
    said = stage.apply()
    assert said.code == 4, said.said
    assert "bought by a person's word" in said.stdout
    assert "said to be done Thu 2027-09-16 09:00 (UTC)" in said.stdout


def test_a_confirmation_as_json_is_one_document(set_up: SetUp) -> None:
    stage, step = _asked(set_up)
    noted = stage.cli("confirm", step, stage.playbook, "--json")
    assert noted.document == {"step": step, "noted": True}


def test_a_confirmation_that_came_to_nothing_is_given_anew(set_up: SetUp) -> None:
    stage, step = _asked(set_up)
    stage.cli("confirm", step, stage.playbook)
    assert stage.apply().code == 4
    stage.world.advance("10d")
    failed = stage.apply()
    assert failed.code == 3, failed.said
    assert f"to wait anew say `upgrade-runner confirm {step}`" in failed.stdout
    stage.cli("confirm", step, stage.playbook)
    assert stage.apply().code == 4


def test_status_says_when_the_tenant_has_another_clock(set_up: SetUp) -> None:
    stage, _ = _asked(set_up)
    assert "what follows is in the tenant's time" in stage.cli("status", stage.playbook).stdout


def test_every_reason_to_leave_users_alone_is_named(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}])
    stage.write_playbook(play(assignments=[moving()]))
    file = stage.folder / "plan.json"
    assert stage.plan("--out", file).code == 0
    admin = stage.world.admin()
    for place in (0, 1):
        admin.unassign(stage.user_ids[place], sku=E4)
    admin.assign(stage.user_ids[2], sku=E5)
    said = stage.cli("apply", file, "-i", stage.inventory)
    assert said.code == 5, said.said
    assert (
        "3 users are left alone: 2 × no longer holds Office 365 E4, "
        "1 × has been given Office 365 E5 since planning" in said.stdout
    )


def test_an_old_plan_says_its_age_in_words(set_up: SetUp) -> None:
    stage, _ = _asked(set_up)
    file = stage.folder / "plan.json"
    stage.plan("--out", file)
    refused = stage.cli("apply", file, "-i", stage.inventory, "--max-age", "0s")
    assert refused.code == 5
    assert "the limit is 0 s" in refused.stderr


def test_a_tenant_name_with_an_umlaut_is_told_which_letters_there_are(set_up: SetUp) -> None:
    stage, _ = _asked(set_up)
    stage.write_inventory({"müller": {}})
    refused = stage.plan()
    assert refused.code == 65
    assert "write a name of the letters `a` to `z` and `A` to `Z`, digits" in refused.stderr


def test_a_task_is_shown_in_full_once_and_in_short_from_then_on(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()]))
    first, second = stage.apply(), stage.apply()
    ((step,),) = stage.rows("SELECT step FROM orders")
    role = "who      Billing Administrator"
    assert role in first.stdout and role not in second.stdout
    assert "task     as before: `upgrade-runner status -v` shows it in full" in second.stdout
    assert f"then     upgrade-runner confirm {step}" in second.stdout
    assert role in stage.cli("status", stage.playbook).stdout
    assert role in stage.apply("-v").stdout


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_screens_fit_their_width(set_up: SetUp, columns: int) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()], assignments=[moving()]))
    told = (
        stage.cli("plan", stage.playbook, "-i", stage.inventory, "-v", columns=columns),
        stage.cli(*stage.apply_arguments(), columns=columns),
        stage.cli("status", stage.playbook, columns=columns),
    )
    for said in told:
        wide = [line for line in said.stdout.splitlines() if len(line) > columns]
        kept = ("Plan: ", "Run: ", "upgrade-runner confirm", "http", str(stage.playbook))
        assert not [line for line in wide if not any(each in line for each in kept)], said.stdout


def test_a_run_is_shown_with_its_date_its_playbook_and_its_machine(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _ = _asked(set_up)
    monkeypatch.setenv("UPGRADE_RUNNER_STATE", str(stage.folder / ".upgrade-runner"))
    ((run, began),) = stage.rows("SELECT id, started_at FROM runs")
    monkeypatch.chdir(stage.folder)
    shown = stage.cli("show", str(run)).stdout.splitlines()
    assert shown[0] == f"run {run}   {stage.playbook}"
    assert shown[1].startswith("  began ") and str(began)[:10] in shown[1]
    assert shown[2].startswith("  run by ") and f" on {platform.node()}" in shown[2]


def test_a_blocked_step_names_all_that_it_comes_after(set_up: SetUp) -> None:
    stage = set_up()
    wanted = [buying(), cancelling()]
    stage.write_playbook(play(subscriptions=wanted, assignments=[moving()]))
    assert (
        "comes after: buy Office 365 E5, wait Office 365 E5, move 12 users, move 3 users\n"
    ) in stage.apply().stdout


def test_a_refused_plan_shows_its_steps_as_not_to_be_carried_out(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(
        play(assignments=[moving()], limits={"users": 3}, subscriptions=[buying()])
    )
    refused = stage.plan()
    assert refused.code == 5
    lines = refused.stdout.splitlines()
    assert lines[1] == "  refused, so none of these steps is carried out:"
    assert lines[2].startswith("  + buy ")
