"""Prove what `skus` prints, where, and with which exit code."""

import json
import subprocess
import sys

from click.testing import CliRunner, Result

from runner.cli.skus import skus

E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(skus, arguments, prog_name="skus")


def test_a_product_is_one_aligned_line_under_a_heading() -> None:
    assert run("mcovoiceconf").output == (
        f"PART NUMBER         PRODUCT        GUID\nENTERPRISEWITHSCAL  Office 365 E4  {E4}\n"
    )


def test_plans_lists_each_service_plan_below_its_product() -> None:
    lines = run("mcovoiceconf", "--plans").output.splitlines()
    assert len(lines) == 2 + 17
    assert lines[2].split() == [
        "BPOS_S_TODO_2",
        "To-Do",
        "(Plan",
        "2)",
        "c87f142c-d1e9-4363-8630-aaea9c4d9ae5",
    ]


def test_json_is_one_document_with_source_and_date() -> None:
    document = json.loads(run("mcovoiceconf", "--json").stdout)
    assert document["as_of"] == "2026-07-29"
    assert document["products"] == [
        {"id": E4, "part_numbers": ["ENTERPRISEWITHSCAL"], "names": ["Office 365 E4"]}
    ]


def test_json_with_plans_says_their_family() -> None:
    document = json.loads(run("mcovoiceconf", "--json", "--plans").stdout)
    families = {plan["name"]: plan["family"] for plan in document["products"][0]["service_plans"]}
    assert families["FORMS_PLAN_E3"] == "Microsoft Forms"
    assert families["MCOVOICECONF"] is None


def test_no_words_list_the_whole_catalog() -> None:
    assert len(run().output.splitlines()) == 1 + 619


def test_words_that_fit_nothing_name_the_nearest_on_stderr_and_end_with_one() -> None:
    result = run("ENTERPRISEPREMIUN")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        "error[unknown-sku]: none of the 619 products of 2026-07-29 fits `ENTERPRISEPREMIUN`\n"
        "hint: the nearest are ENTERPRISEPREMIUM, Office 365 E5; "
    )


def test_words_that_look_like_nothing_still_get_a_way_out() -> None:
    assert run("qqqqqq").stderr.endswith("hint: use fewer or shorter words\n")


def test_the_command_is_light_to_import() -> None:
    code = "import sys, runner.cli.skus; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules = set(loaded.stdout.split())
    assert modules.isdisjoint({"msgraph", "azure", "kiota_abstractions", "httpx", "rich", "yaml"})


def test_an_exact_name_shows_one_product_and_all_of_them_on_request() -> None:
    one = run("Office", "365", "E3")
    assert [line.split()[0] for line in one.stdout.splitlines()] == ["PART", "ENTERPRISEPACK"]
    assert one.stderr == "hint: `--all` lists the 40 others that fit\n"
    every = run("Office", "365", "E3", "--all")
    assert every.stdout.splitlines()[1].startswith("ENTERPRISEPACK ")
    assert (len(every.stdout.splitlines()), every.stderr) == (42, "")
    assert len(json.loads(run("Office", "365", "E3", "--json").stdout)["products"]) == 41
