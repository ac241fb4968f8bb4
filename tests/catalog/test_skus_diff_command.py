"""Prove what `skus diff` prints, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runner.cli.program import main
from runner.cli.skus import skus

E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(skus, ["diff", *arguments], prog_name="skus")


def section(output: str, title: str) -> list[str]:
    lines = output.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"{title} ("))
    return lines[start + 1 : lines.index("", start)]


def test_the_products_stand_first_and_the_sums_last() -> None:
    lines = run("ENTERPRISEWITHSCAL", "office 365 e5").output.splitlines()
    assert lines[:3] == [
        "Office 365 E4 → Office 365 E5",
        f"  ENTERPRISEWITHSCAL  {E4}",
        f"  ENTERPRISEPREMIUM   {E5}",
    ]
    assert lines[-1] == (
        "Diff: gains 45 services, 5 of them in place of another tier, keeps 11, loses 1. "
        "Catalog of 2026-07-29."
    )


@pytest.mark.parametrize("before", ["ENTERPRISEWITHSCAL", "office 365 e4", E4.upper()])
def test_a_product_is_named_by_part_number_name_or_guid(before: str) -> None:
    output = run(before, "ENTERPRISEPREMIUM").output
    assert section(output, "loses") == ["  - MCOVOICECONF  SKYPE FOR BUSINESS ONLINE (PLAN 3)"]


def test_a_tier_is_shown_with_both_technical_and_both_friendly_names() -> None:
    lines = section(run(E4, E5).output, "gains a higher tier")
    assert lines[2].split(maxsplit=4) == [
        "↑",
        "FORMS_PLAN_E3",
        "→",
        "FORMS_PLAN_E5",
        "Microsoft Forms (Plan E3) → Microsoft Forms (Plan E5)",
    ]


def test_products_with_the_same_services_share_a_line() -> None:
    lines = section(run(E4, E5).output, "add-ons that become redundant")
    (audio,) = [line for line in lines if "MCOMEETADV" in line]
    assert audio.endswith("Microsoft 365 Audio Conferencing, and 1 more with the same services")


def test_a_downgrade_shows_conflict_and_broken_dependency() -> None:
    output = run(E4, "STANDARDPACK").output
    assert len(section(output, "gains a lower tier")) == 8
    assert section(output, "conflicts while both are held") == [
        "  ! SharePoint  SHAREPOINTENTERPRISE, SHAREPOINTSTANDARD: one at most, so swap in one call"
    ]
    assert section(output, "dependencies that break") == [
        "  ! SHAREPOINT_PROJECT  Project Online Service needs SHAREPOINTENTERPRISE"
    ]


def test_a_product_without_teams_is_said_to_lack_it_and_what_brings_it() -> None:
    output = run(E5, "Office_365_w/o_Teams_Bundle_E5").output
    assert "! Office 365 E5 EEA (no Teams) has no Teams: " in output
    assert "Microsoft_Teams_EEA_New" in output
    assert "has no Teams" not in run(E4, E5).output
    assert "has no Teams, nor has Microsoft 365 Audio" in run("MCOMEETADV", "MCOEV").output


def test_a_product_against_itself_changes_nothing() -> None:
    result = run(E5, E5)
    assert result.exit_code == 0
    assert "Diff: gains 0 services, keeps 56, loses 0." in result.output
    assert "conflicts" not in result.output
    assert "redundant" not in result.output


def test_json_is_one_document_with_everything() -> None:
    document = json.loads(run(E4, "STANDARDPACK", "--json").stdout)
    assert (document["before"]["id"], document["after"]["names"]) == (E4, ["Office 365 E1"])
    assert [len(document[part]) for part in ("gained", "moved_up", "lost", "kept")] == [19, 0, 2, 7]
    assert document["moved_down"][0]["from"]["name"] == "BPOS_S_TODO_2"
    assert document["moved_down"][0]["to"]["friendly_name"] == "To-Do (Plan 1)"
    assert document["conflicts"][0]["service"] == "SharePoint"
    (broken,) = document["broken_dependencies"]
    assert broken["service_plan"]["name"] == "SHAREPOINT_PROJECT"
    assert [plan["name"] for plan in broken["needs_any_of"]] == ["SHAREPOINTENTERPRISE"]
    assert document["has_teams"] is True
    assert {"EXCHANGESTANDARD"} <= {
        part for product in document["redundant_add_ons"] for part in product["part_numbers"]
    }


def test_every_product_that_is_not_found_is_named_with_the_nearest() -> None:
    result = run("ENTERPRISEPREMIUN", "Visio Plan 2")
    assert (result.exit_code, result.stdout) == (1, "")
    unknown, nearest, ambiguous, candidates = result.stderr.splitlines()
    assert unknown == (
        "error[unknown-sku]: none of the 619 products of 2026-07-29 is `ENTERPRISEPREMIUN`"
    )
    assert nearest.startswith("hint: the nearest are ENTERPRISEPREMIUM, Office 365 E5;")
    assert ambiguous == "error[ambiguous-sku]: `Visio Plan 2` fits 2 products"
    assert "c5928f49-12ba-48f7-ada3-0d743a3601d5 (VISIOCLIENT, Visio Plan 2)" in candidates


def test_a_product_like_no_other_gets_a_way_out() -> None:
    result = run("zzzzzzzzzzzz", E5)
    assert result.exit_code == 1
    assert result.stderr.endswith("hint: search with `upgrade-runner skus WORDS`\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["diff"], "takes two products, not 0"),
        (["diff", E4], "takes two products, not 1"),
        (["diff", "Office", "365", "E4", E5], "put names with blanks in quotes"),
        (["diff", E4, E5, "--plans"], "`--plans` goes with a search"),
    ],
)
def test_a_wrong_command_line_is_64(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["skus", *arguments]) == 64
    assert says in capsys.readouterr().err


def test_the_word_itself_is_searched_in_capitals_or_behind_another() -> None:
    for words in (["DIFF"], ["office", "diff"]):
        result = CliRunner().invoke(skus, words)
        assert "takes two products" not in result.output


def test_the_transcript_in_the_documentation_is_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text(encoding="utf-8")
    assert run("Office 365 E4", "STANDARDPACK").output in page
