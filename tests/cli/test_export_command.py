"""A tenant written as YAML is a playbook that it fulfils."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.journeys.stage import E4, E5, Stage, on_stage, scene, world_of

E3 = "ENTERPRISEPACK"


def tenant(*subscriptions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"subscriptions": list(subscriptions), "users": [{"count": 2, "licenses": []}], **more}


def planned(stage: Stage, book: Path, *more: str | Path) -> str:
    result = stage.cli("plan", book, "-i", stage.inventory, *more, "--detailed-exitcode")
    assert result.code == 0, result.said
    return result.stdout


def test_the_plan_of_what_was_exported_is_empty(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        shown = stage.cli("export", "contoso", "-i", stage.inventory)
        assert shown.code == 0, shown.said
        book = tmp_path / "exported.yaml"
        book.write_text(shown.stdout, encoding="utf-8")
        (play,) = yaml.safe_load(shown.stdout)
        assert play["desired_state"]["subscriptions"] == [
            {
                "sku": E4,
                "state": "active",
                "seats": 30,
                "purchase": {"term": "annual", "billing": "monthly"},
            }
        ]
        planned(stage, book)


def test_json_is_one_document_that_can_be_planned_too(tmp_path: Path) -> None:
    into = tmp_path / "exported"
    with on_stage(scene(), tmp_path) as stage:
        shown = stage.cli("export", "contoso", "-i", stage.inventory, "--json")
        book = tmp_path / "exported.yaml"
        book.write_text(shown.stdout, encoding="utf-8")
        planned(stage, book)
        written = stage.cli("export", "contoso", "-i", stage.inventory, "--json", "--into", into)
    assert json.loads(shown.stdout)[0]["tenants"] == "contoso"
    assert str(into / "playbook.yaml") in written.document["files"]


def test_a_seat_more_than_exported_is_a_change(tmp_path: Path) -> None:
    with on_stage(scene(), tmp_path) as stage:
        book = tmp_path / "exported.yaml"
        shown = stage.cli("export", "contoso", "-i", stage.inventory)
        book.write_text(shown.stdout, encoding="utf-8")
        stage.world.admin("contoso").resize(E4, seats=31)
        result = stage.cli("plan", book, "-i", stage.inventory, "--detailed-exitcode")
    assert result.code == 2


def test_tenants_that_are_alike_share_a_play_and_what_they_have_in_common(tmp_path: Path) -> None:
    alike = [tenant({"sku": E3, "seats": seats}, {"sku": E5, "seats": 5}) for seats in (7, 7, 9)]
    tenants = dict(zip(("a", "b", "no"), alike, strict=True))
    with on_stage(
        world_of({**tenants, "other": tenant({"sku": E4, "seats": 3})}), tmp_path
    ) as stage:
        into = tmp_path / "exported"
        result = stage.cli("export", "all", "-i", stage.inventory, "--into", into)
        assert result.code == 0, result.said
        assert len(yaml.safe_load((into / "playbook.yaml").read_text())) == 2
        shared = yaml.safe_load((into / "group_vars" / "exported_1.yaml").read_text())
        assert shared == {"seats_enterprisepack": 7, "seats_enterprisepremium": 5}
        assert [path.name for path in (into / "tenant_vars").iterdir()] == ["no.yaml"]
        line = planned(stage, into / "playbook.yaml", "-i", into / "inventory.yaml")
        assert "4 unchanged" in line or "4 tenants unchanged" in line
        again = stage.cli("export", "all", "-i", stage.inventory, "--into", into)
    assert (again.code, "is there already" in again.stderr) == (1, True)


def test_trials_are_left_out_and_what_ends_is_said_to_end(tmp_path: Path) -> None:
    bought = {"channel": "csp", "term": "P1Y", "created": "2026-06-20T09:00:00Z"}
    world = world_of(
        {
            "contoso": tenant(
                {"sku": E3, "seats": 5, "renews": False, "ends_at_term": True, **bought},
                {"sku": E5, "seats": 25, "trial": True},
            )
        }
    )
    with on_stage(world, tmp_path) as stage:
        stage.write_inventory({"contoso": {"partner_center": {"endpoint": f"{stage.url}/partner"}}})
        shown = stage.cli("export", "contoso", "-i", stage.inventory)
        assert shown.code == 0, shown.said
        book = tmp_path / "exported.yaml"
        book.write_text(shown.stdout, encoding="utf-8")
        (play,) = yaml.safe_load(shown.stdout)
        assert play["desired_state"]["subscriptions"] == [{"sku": E3, "state": "renewal_off"}]
        planned(stage, book)


def test_one_that_cannot_be_read_does_not_spoil_the_others(tmp_path: Path) -> None:
    with on_stage(world_of({"a": tenant({"sku": E3, "seats": 1})}), tmp_path) as stage:
        nowhere = "http://127.0.0.1:9/v1.0"
        stage.write_inventory({"a": {}, "gone": {"graph_endpoint": nowhere}})
        result = stage.cli("export", "all", "-i", stage.inventory, "--into", tmp_path / "x")
        assert result.code == 3, result.said
        assert (tmp_path / "x" / "playbook.yaml").is_file()


def test_several_tenants_need_a_folder(tmp_path: Path) -> None:
    worlds = {name: tenant({"sku": E3, "seats": 1}) for name in "ab"}
    with on_stage(world_of(worlds), tmp_path) as stage:
        result = stage.cli("export", "all", "-i", stage.inventory)
    assert (result.code, "--into" in result.stderr) == (64, True)
