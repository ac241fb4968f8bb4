"""A repository that `init` made carries a change from a branch to the tenant, and finds drift."""

import json
from pathlib import Path

import pytest

from tests.journeys.conftest import SetUp
from tests.journeys.pipelines import GitHub, GitLab, Host
from tests.journeys.stage import E5, Stage, buying, moving, play

E3 = "ENTERPRISEPACK"
BOOK = "playbooks/e3-to-e5.yaml"


@pytest.fixture
def stage(set_up: SetUp) -> Stage:
    users = [{"count": 6, "licenses": [E3], "usage_location": "IT"}]
    return set_up(subscriptions=[{"sku": E3, "seats": 10}], users=users)


@pytest.fixture
def host(stage: Stage) -> Host:
    """Make a repository with `init`, whose tenant is simulated and wants nothing yet."""
    host = Host(stage)
    made = stage.cli("init", host.repository)
    assert made.code == 0, made.said
    host.git("init", "-q", "-b", "main")
    token = {"file": str(host.folder / "temp" / "azure-token")}
    (host.folder / "temp/azure-token").write_text("a-word-of-the-host")
    tenant = {
        "graph_endpoint": f"{stage.url}/contoso/v1.0",
        "auth": {"method": "token", "token": token},
    }
    inventory = {"all": {"tenants": {"contoso": tenant}}}
    (host.repository / "inventory.yaml").write_text(json.dumps(inventory))
    write(host, {"state": "renewal_off", "sku": "SPE_E5"})
    host.git("add", "--all")
    host.git("commit", "-q", "-m", "Our tenants")
    return host


def write(
    host: Host, *subscriptions: dict[str, object], moves: bool = False, **rest: object
) -> None:
    wanted = play(
        subscriptions=subscriptions, assignments=[moving(E3, E5)] if moves else [], **rest
    )
    (host.repository / BOOK).write_text(json.dumps([wanted], indent=2))


def change(host: Host) -> None:
    host.git("switch", "-q", "-c", "to-e5")
    write(host, buying(E5, {"match": E3}), moves=True)
    host.git("commit", "-q", "-a", "-m", "Everybody gets E5")


def merge(host: Host) -> None:
    host.git("switch", "-q", "main")
    host.git("merge", "-q", "--no-ff", "-m", "Merge to-e5", "to-e5")


def undo_by_hand(stage: Stage) -> None:
    user = stage.user_ids[0]
    stage.world.admin().unassign(user, sku=E5)
    stage.world.admin().assign(user, sku=E3)


def test_github_carries_a_change_and_reports_and_repairs_drift(stage: Stage, host: Host) -> None:
    hub = GitHub(host)
    change(host)
    assert hub.run("validate", event="pull_request").code == 0
    planned = hub.run("plan", event="pull_request")
    assert planned.code == 0, planned.said
    assert host.calls[-1] == "gh pr comment 12 --body-file comment-report.txt"
    assert "6 users" in host.body
    assert not stage.world.log.writes()

    merge(host)
    assert hub.run("plan", event="push").code == 0
    applied = hub.run("apply", event="push")
    assert applied.code == 0, applied.said
    assert (host.folder / "cache/waiting/plan.json").read_bytes() == (
        host.folder / "artifacts/plan.json"
    ).read_bytes()
    assert hub.run("continue", event="schedule").outputs == {"waiting": "true"}

    stage.world.admin().buy(E5, seats=10)
    went_on = hub.run("continue", event="schedule")
    assert (went_on.code, went_on.outputs) == (0, {}), went_on.said
    assert len(stage.world.log.writes()) == 6
    host.calls  # noqa: B018
    quiet = hub.run("drift", event="schedule")
    assert (quiet.code, quiet.said) == (0, "")
    assert [each.split(" --")[0] for each in host.calls] == ["gh issue list"]

    undo_by_hand(stage)
    assert hub.run("continue", event="schedule").code == 0
    assert len(stage.world.log.writes()) == 6
    for told in ("gh label create drift", "gh issue edit 7"):
        drifted = hub.run("drift", event="schedule")
        assert drifted.code == 0, drifted.said
        assert any(call.startswith(told) for call in host.calls)
        assert "1 user" in host.body

    assert hub.run("plan", event="workflow_dispatch").code == 0
    assert hub.run("apply", event="workflow_dispatch").code == 0
    assert len(stage.world.log.writes()) == 7
    assert hub.run("drift", event="schedule").code == 0
    assert any(call.startswith("gh issue close 7") for call in host.calls)


def test_github_applies_the_file_that_was_approved_and_no_other(stage: Stage, host: Host) -> None:
    hub = GitHub(host)
    change(host)
    merge(host)
    stage.world.admin().buy(E5, seats=10)
    hub.run("plan", event="push")
    artifact = host.folder / "artifacts/plan.json"
    document = json.loads(artifact.read_text())
    document["tenants"][0]["steps"][-1]["users"].pop()
    artifact.write_text(json.dumps(document))
    refused = hub.run("apply", event="push")
    assert refused.code == 5, refused.said
    assert not stage.world.log.writes()


def test_github_applies_no_plan_of_another_run(stage: Stage, host: Host) -> None:
    hub = GitHub(host)
    change(host)
    merge(host)
    stage.world.admin().buy(E5, seats=10)
    assert hub.run("plan", event="push").code == 0
    other = GitHub(host)
    assert other.run("plan", event="push").code == 0
    refused = hub.run("apply", event="push")
    assert refused.code == 5, refused.said
    assert "is not the file that this run planned" in refused.said
    assert not stage.world.log.writes()
    assert other.run("apply", event="push").code == 0


def test_github_replaces_its_own_comment_and_says_there_why_a_plan_is_refused(
    stage: Stage, host: Host
) -> None:
    host.git("switch", "-q", "-c", "to-e5")
    write(host, buying(E5, {"match": E3}), moves=True, limits={"users": 2})
    host.git("commit", "-q", "-a", "-m", "Everybody gets E5")
    (host.folder / "comments").write_text("41\n42\n")
    assert GitHub(host).run("plan", event="pull_request").code == 5
    assert host.calls[-1].endswith(
        "PATCH -F body=@comment-report.txt repos/contoso/tenants/issues/comments/41"
    )
    assert host.body.startswith("<!-- upgrade-runner plan -->")
    assert "too-many-users" in host.body


def test_the_comment_that_is_replaced_is_the_pipelines_own(host: Host) -> None:
    GitHub(host).run("plan", event="pull_request")
    asked = next(call for call in host.calls if "--paginate" in call)
    assert 'select(.user.login == "github-actions[bot]" and' in asked


def test_github_plans_nothing_for_an_environment_that_nobody_guards(
    stage: Stage, host: Host
) -> None:
    (host.folder / "production").write_text("wait_timer\n")
    unguarded = GitHub(host).run("plan", event="push")
    assert unguarded.code == 1
    assert "no required reviewers" in unguarded.said
    assert not (host.folder / "artifacts/plan.json").exists()


def test_gitlab_carries_a_change_and_reports_and_repairs_drift(stage: Stage, host: Host) -> None:
    lab = GitLab(host)
    change(host)
    asked = {
        "CI_API_V4_URL": "https://example.com/api/v4",
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_IID": "12",
        "NOTES_TOKEN": "a-token",
    }
    assert lab.run("validate").code == 0
    planned = lab.run("plan", **asked)
    assert planned.code == 0, planned.said
    assert lab.counts == {"create": 1, "update": 1, "delete": 0}
    notes = "https://example.com/api/v4/projects/3/merge_requests/12/notes"
    assert "-X POST" in host.calls[-1]
    assert "6 users" in host.body
    notes_there = [_note(1, "", by=5), _note(2, host.body, by=6), _note(99, host.body, by=5)]
    (host.folder / "notes").write_text(json.dumps(notes_there))
    assert lab.run("plan", **asked).code == 0
    told = host.calls[-1]
    assert "-X PUT" in told
    assert told.endswith(f"{notes}/99")

    merge(host)
    assert lab.run("plan").code == 0
    applied = lab.run("apply")
    assert applied.code == 0, applied.said
    waiting = lab.run("drift")
    assert (waiting.code, waiting.said) == (0, "")

    stage.world.admin().buy(E5, seats=10)
    went_on = lab.run("continue")
    assert went_on.code == 0, went_on.said
    assert len(stage.world.log.writes()) == 6
    quiet = lab.run("drift")
    assert (quiet.code, quiet.said) == (0, "")

    undo_by_hand(stage)
    drifted = lab.run("drift")
    assert drifted.code == 2, drifted.said
    assert "1 user" in drifted.said
    assert lab.run("plan").code == 0
    assert lab.run("apply").code == 0
    assert lab.run("drift").code == 0
    assert len(stage.world.log.writes()) == 7


def _note(number: int, body: str, *, by: int) -> dict[str, object]:
    return {"id": number, "body": body, "author": {"id": by}}


def test_gitlab_hands_the_token_of_the_job_over_in_a_file(stage: Stage, host: Host) -> None:
    assert GitLab(host).run("drift").code == 0
    written = [path for path in (host.folder / "temp").iterdir() if path.name != "azure-token"]
    assert [path.read_text() for path in written] == ["a-word-of-the-host"]
    assert [path.stat().st_mode & 0o077 for path in written] == [0]


def test_the_hook_refuses_a_wrong_playbook(host: Host, tmp_path: Path) -> None:
    import yaml

    hooks = yaml.safe_load((host.repository / ".pre-commit-config.yaml").read_text())
    entry = hooks["repos"][0]["hooks"][0]["entry"]
    assert host.shell(entry, folder=host.repository, environment={}).code == 0
    (host.repository / BOOK).write_text("- {name: wrong, tenants: all, desired_stat: {}}\n")
    wrong = host.shell(entry, folder=host.repository, environment={})
    assert wrong.code == 65, wrong.said
