"""The installed program starts light, and accepts every playbook the project ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.house.source import ROOT, example_playbooks

HEAVY = {
    "azure", "httpx", "kiota_abstractions", "msgraph", "psycopg", "rich", "sqlalchemy", "starlette",
    "uvicorn",
}  # fmt: skip
PROGRAM = "import sys; from runner.cli import main; sys.argv[0] = 'upgrade-runner'; main()"
LOADED_AFTER = """
import json, sys
from runner.cli import main
try:
    code = main(sys.argv[1:])
finally:
    print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""
LIGHT = (("--help",), ("validate", "playbooks/e4-to-e5.yaml"), ("skus", "Office 365 E5"))


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("arguments", LIGHT, ids=lambda each: each[0])
def test_verbs_that_only_read_files_start_without_the_heavy_libraries(
    arguments: tuple[str, ...],
) -> None:
    ran = _python(LOADED_AFTER, *arguments)
    assert ran.returncode == 0, ran.stderr
    assert set(json.loads(ran.stderr.splitlines()[-1])) & HEAVY == set()


def test_every_playbook_of_the_project_is_valid() -> None:
    playbooks = example_playbooks()
    assert playbooks
    ran = _python(PROGRAM, "validate", *map(str, playbooks))
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "schemas").glob("*.json")), ids=lambda path: path.name
)
def test_every_schema_is_a_schema(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_the_schemas_of_the_file_formats_exist() -> None:
    assert {path.name for path in (ROOT / "schemas").iterdir()} >= {
        "inventory.schema.json",
        "playbook.schema.json",
    }
