"""Prove that `doctor` finds what is missing, and `permissions` names what a playbook takes."""

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stage import E4, E5, Result, on_stage, scene

READ_ALL = ["LicenseAssignment.Read.All", "Organization.Read.All", "User.Read.All"]
MOVE = {"from": E4, "to": E5, "who": "everyone"}


def token(tenant: str, **claims: Any) -> str:
    body = json.dumps({"tid": tenant, **claims}).encode()
    return f"e30.{urlsafe_b64encode(body).rstrip(b'=').decode()}.sig"


def signs(result: Result) -> dict[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for sign in result.document["tenants"][0]["signs"]:
        found.setdefault((sign["what"], sign["standing"]), []).append(sign)
    return found


def examine(
    folder: Path, *, granted: list[str], **claims: Any
) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Examine a tenant that grants so much, with a token that says so."""
    with on_stage(scene(granted=granted), folder) as stage:
        roles = {} if "scp" in claims else {"roles": granted}
        ready = folder / "token"
        ready.write_text(token(stage.tenant.id, **{**roles, **claims}), encoding="utf-8")
        auth = {"method": "token", "token": {"file": str(ready)}}
        stage.write_inventory({stage.tenant.name: {"auth": auth}})
        result = stage.cli("doctor", "-i", stage.inventory, "--json")
    found = signs(result)
    is_ill = any(standing == "missing" for _, standing in found)
    assert result.code == (3 if is_ill else 0), result.said
    return found


def test_a_missing_right_to_assign_is_found_before_anything_is_tried(tmp_path: Path) -> None:
    found = examine(tmp_path, granted=[*READ_ALL, "Group.Read.All"])
    assert [each["said"] for each in found["apply", "missing"]] == [
        "LicenseAssignment.ReadWrite.All is missing: move users"
    ]
    assert found["plan", "ok"][0]["said"] == "may do all it must: 3 permissions"


def test_a_read_that_is_refused_names_the_permission(tmp_path: Path) -> None:
    rest = ["LicenseAssignment.Read.All", "User.Read.All", "Directory.ReadWrite.None"]
    found = examine(tmp_path, granted=rest)
    assert [each["said"] for each in found["plan", "missing"]] == [
        "Organization.Read.All is missing: the organization and its subscriptions"
    ]
    assert (
        "by a group stay as they are, and nothing can be cancelled"
        in (found["plan", "note"][0]["said"])
    )


def test_a_wider_permission_is_enough(tmp_path: Path) -> None:
    found = examine(tmp_path, granted=["Directory.ReadWrite.All"])
    assert not [each for each in found if each[1] == "missing"]
    assert found["apply", "ok"]


def test_a_token_for_a_person_tells_its_scopes(tmp_path: Path) -> None:
    granted = ["Directory.Read.All"]
    found = examine(tmp_path, granted=granted, scp="Directory.Read.All", appid="a1")
    assert found["sign-in", "ok"][0]["said"] == "token, application a1, for a person"
    assert found["apply", "missing"]


def test_an_opaque_token_is_no_reason_to_claim_anything(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        result = stage.cli("doctor", "-i", stage.inventory, "--json")
    assert signs(result)["apply", "note"][0]["said"] == (
        "the token does not tell what it may change"
    )
    assert result.code == 0


def test_a_tenant_that_is_not_there_is_told_and_the_others_are_examined(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        stage.write_inventory(
            {
                "contoso": {"tenant_id": "11111111-1111-4111-8111-111111111111"},
                "other": {"graph_endpoint": f"{stage.url}/{stage.tenant.name}/v1.0"},
            }
        )
        result = stage.cli("doctor", "-i", stage.inventory)
    assert result.code == 3
    assert "the inventory names 11111111-1111-4111-8111-111111111111" in result.stdout
    assert "other" in result.stdout


def test_a_playbook_without_locations_takes_no_right_to_write_users(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        play = {"name": "move", "tenants": "all", "desired_state": {"assignments": [MOVE]}}
        stage.write_playbook(play)
        least = stage.cli("permissions", stage.playbook, "-i", stage.inventory, "--json")
        play["desired_state"] = {"assignments": [{**MOVE, "usage_location": "IT"}]}
        stage.write_playbook(play)
        more = stage.cli("permissions", stage.playbook, "-i", stage.inventory, "--json")

    def must(result: Result) -> list[str]:
        return [each["permission"] for each in result.document["apply"] if not each["without"]]

    assert must(least) == ["LicenseAssignment.ReadWrite.All"]
    assert must(more) == ["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All"]


def test_groups_must_be_read_where_something_is_cancelled(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        ending = [{"sku": E4, "state": "cancelled"}]
        stage.write_playbook(
            {"name": "end", "tenants": "all", "desired_state": {"subscriptions": ending}}
        )
        shown = stage.cli("permissions", stage.playbook, "-i", stage.inventory)
    plan, _, rest = shown.stdout.partition("good to have")
    assert "GroupMember.Read.All" in plan
    assert "MailboxSettings.Read" in rest
    assert "to apply, beside" not in shown.stdout


def test_a_permission_is_named_once(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        play = {"name": "move", "tenants": "all", "desired_state": {"assignments": [MOVE]}}
        stage.write_playbook(play)
        shown = stage.cli("permissions", stage.playbook, "-i", stage.inventory)
    named = [line.split()[0] for line in shown.stdout.splitlines() if ".All " in line]
    assert len(named) == len(set(named)), shown.stdout


def test_an_address_that_does_not_answer_is_no_trouble_of_the_sign_in(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        stage.write_inventory({"contoso": {"graph_endpoint": "http://127.0.0.1:9/v1.0"}})
        result = stage.cli("doctor", "-i", stage.inventory, "--json")
    found = signs(result)
    assert (result.code, set(found)) == (3, {("sign-in", "ok"), ("Graph", "missing")})
    assert found["Graph", "missing"][0]["hint"] == "check that http://127.0.0.1:9/v1.0 answers"


def test_a_token_that_graph_does_not_take_is_told_as_such(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        (tmp_path / "token").write_text("", encoding="utf-8")
        auth = {"method": "token", "token": {"file": str(tmp_path / "token")}}
        stage.write_inventory({stage.tenant.name: {"auth": auth}})
        result = stage.cli("doctor", "-i", stage.inventory, "--json")
    found = signs(result)
    assert (result.code, set(found)) == (3, {("sign-in", "ok"), ("Graph", "missing")})
    assert "401" in found["Graph", "missing"][0]["said"]
    assert found["Graph", "missing"][0]["hint"] == "check `auth`"


def test_an_address_at_which_no_tenant_answers_is_named(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        elsewhere = f"{stage.url}/nobody/v1.0"
        stage.write_inventory({"contoso": {"graph_endpoint": elsewhere}})
        result = stage.cli("doctor", "-i", stage.inventory, "--json")
    (sign,) = signs(result)["Graph", "missing"]
    assert "404" in sign["said"]
    assert sign["hint"] == f"check that {elsewhere} is right"


@pytest.mark.parametrize(
    ("sold_by", "standing", "said"),
    [
        ("direct_mca", "ok", "1 subscription of this tenant"),
        ("volume", "note", "lists no subscription of this tenant"),
    ],
)
def test_a_channel_that_lists_nothing_of_the_tenant_is_no_tick(
    tmp_path: Path, sold_by: str, standing: str, said: str
) -> None:
    world = scene(subscriptions=[{"sku": E4, "seats": 30, "channel": sold_by}])
    with on_stage(world, tmp_path) as stage:
        stage.write_inventory({"contoso": {"azure_billing": {"endpoint": f"{stage.url}/azure"}}})
        found = signs(stage.cli("doctor", "-i", stage.inventory, "--json"))
    (sign,) = found["Azure billing", standing]
    assert said in sign["said"]
