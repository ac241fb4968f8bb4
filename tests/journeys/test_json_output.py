"""With `--json` stdout is one document with the documented keys, and nothing else."""

from tests.journeys.conftest import SetUp
from tests.journeys.stage import E4, E5, Stage, buying, cancelling, moving, play, scene, world_of


def _asking(set_up: SetUp) -> Stage:
    entry = scene()["tenants"]["contoso"]
    stage = set_up(world_of({"contoso": entry, "fabrikam": entry}))
    stage.write_playbook(play(subscriptions=[buying(), cancelling()], assignments=[moving()]))
    return stage


def test_a_plan_is_the_plan_file(set_up: SetUp) -> None:
    stage = _asking(set_up)
    file = stage.folder / "plan.json"
    planned = stage.plan("--json", "--out", file)
    assert planned.code == 0, planned.said
    assert planned.stdout == file.read_text()
    document = planned.document
    assert document["format"] == "upgrade-runner/plan"
    assert document["format_version"] == "1.0"
    tenants = document["tenants"]
    assert [tenant["tenant"] for tenant in tenants] == ["contoso", "fabrikam"]
    for tenant in tenants:
        assert {"tenant_id", "observed", "steps", "findings", "wave"} <= tenant.keys()
        for step in tenant["steps"]:
            assert {"id", "kind", "needs", "reason", "origin"} <= step.keys()
            assert step["origin"].rpartition(":")[0].endswith("playbook.yaml")
    assert [step["kind"] for step in tenants[0]["steps"]] == [
        "buy_seats",
        "await_ready",
        "move_users",
        "move_users",
        "cancel_subscription",
    ]


def test_an_apply_says_how_every_tenant_and_step_stands(set_up: SetUp) -> None:
    stage = _asking(set_up)
    applied = stage.apply("--json")
    assert applied.code == 4, applied.said
    document = applied.document
    assert document["format"] == "upgrade-runner/run"
    assert document["exit_code"] == 4
    assert {"run", "plan", "started_at", "finished_at", "users_changed"} <= document.keys()
    assert [tenant["tenant"] for tenant in document["tenants"]] == ["contoso", "fabrikam"]
    for tenant in document["tenants"]:
        assert tenant["standing"] == "waiting"
        by_kind = {step["kind"]: step for step in tenant["steps"]}
        assert by_kind["buy_seats"]["status"] == "waiting"
        assert "Billing Administrator" in by_kind["buy_seats"]["task"]
        assert by_kind["buy_seats"]["look_again_at"]
        assert by_kind["cancel_subscription"]["status"] == "blocked"


def test_an_apply_with_nothing_to_do_is_a_document_too(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying(sku="ENTERPRISEWITHSCAL", seats=30)]))
    applied = stage.apply("--json")
    assert applied.code == 0, applied.said
    assert applied.document["exit_code"] == 0


def test_no_run_ends_before_it_has_begun(set_up: SetUp) -> None:
    stage = set_up()
    stage.write_playbook(play(subscriptions=[buying()]))
    documents = [stage.apply("--json").document for _ in range(3)]
    moments = [(each["started_at"], each["finished_at"]) for each in documents]
    moments += stage.rows("SELECT started_at, finished_at FROM runs")
    assert len(moments) == 6
    assert all(begun <= ended for begun, ended in moments), moments


def test_status_says_what_is_waited_for_and_since_when(set_up: SetUp) -> None:
    stage = _asking(set_up)
    stage.apply()
    stage.world.advance("3h")
    stage.apply()
    said = stage.cli("status", stage.playbook, "--json")
    assert said.code == 0, said.said
    for tenant in said.document["tenants"]:
        assert {"tenant", "tenant_id", "standing", "summary", "run", "at"} <= tenant.keys()
        assert tenant["standing"] == "waiting"
        (wait,) = tenant["waits_for"]
        assert "/buy_seats/" in wait["step"]
        assert wait["since"].startswith("2026-11-20T09:00")
        assert wait["look_again_at"] > "2026-11-20T12:00"


def test_status_as_text_names_the_wait(set_up: SetUp) -> None:
    stage = _asking(set_up)
    stage.apply()
    said = stage.cli("status", stage.playbook)
    assert "contoso   waiting" in said.stdout
    assert "since Fri 2026-11-20 09:00 (UTC)" in said.stdout


def test_status_without_a_run_says_so(set_up: SetUp) -> None:
    stage = _asking(set_up)
    said = stage.cli("status", stage.playbook)
    assert said.code == 1
    assert "no runs are on record" in said.stderr


def test_a_recorded_run_is_shown_again_from_the_journal(set_up: SetUp) -> None:
    stage = _asking(set_up)
    applied = stage.apply("--json").document
    environment = {**stage.environment(), "UPGRADE_RUNNER_STATE": f"{stage.folder}/.upgrade-runner"}
    stage.environment = lambda: environment  # type: ignore[method-assign]
    assert stage.cli("show", applied["run"], "--format", "gitlab").code == 64
    shown = stage.cli("show", applied["run"], "--json")
    assert shown.code == 0, shown.said
    assert shown.document == applied


def test_problems_of_a_playbook_are_a_document(set_up: SetUp) -> None:
    stage = _asking(set_up)
    stage.write_playbook(play(assignments=[moving(target="NO_SUCH")], colour="red"))
    said = stage.cli("validate", stage.playbook, "-i", stage.inventory, "--json")
    assert said.code == 65, said.said
    assert len(said.document["problems"]) == 2


def test_pauses_are_told_beside_the_document_and_not_in_it(set_up: SetUp) -> None:
    stage = set_up(subscriptions=[{"sku": E4, "seats": 30}, {"sku": E5, "seats": 30}])
    stage.write_playbook(play(assignments=[moving()]))
    stage.world.set_faults([{"kind": 429, "count": 1, "on": "inner", "retry_after": 3}])
    applied = stage.apply("--json")
    assert applied.document["exit_code"] == applied.code == 0, applied.said
    assert "contoso   Graph asks for a pause of 3 s, after 1 refusal, 0 of 15" in applied.stderr
    assert "pause" not in applied.stdout
