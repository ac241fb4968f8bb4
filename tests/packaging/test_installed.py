"""The wheel and the editable install work away from the repository."""

from pathlib import Path

from tests.house.source import PACKAGE, example_playbooks
from tests.packaging.conftest import Installed

WHERE = "import runner; print(runner.__file__)"
SCHEMA = "from runner.playbook.schemas import read_schema as read; print(read('playbook')['$id'])"
PRODUCT = "from runner.catalog import load_catalog; print(len(load_catalog().products) > 500)"
OWNED = "from importlib.metadata import version; print(version('upgrade-runner'))"


def test_the_package_is_the_one_that_was_installed(installed: Installed) -> None:
    found = Path(installed.run("python", "-c", WHERE).stdout.strip())
    is_wheel = found.is_relative_to(installed.prefix)
    assert is_wheel or found == PACKAGE / "__init__.py"
    assert is_wheel == ("wheel" in installed.prefix.parent.name)


def test_the_program_says_how_it_is_used(installed: Installed) -> None:
    ran = installed.run("upgrade-runner", "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: upgrade-runner")


def test_a_playbook_is_validated_from_another_folder(installed: Installed) -> None:
    playbooks = [str(path) for path in example_playbooks()]
    assert playbooks
    ran = installed.run("upgrade-runner", "validate", *playbooks)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_wrong_playbook_is_refused_by_the_schema(installed: Installed) -> None:
    wrong = installed.elsewhere / "wrong.yaml"
    wrong.write_text("- {name: wrong, tenants: all, desired_stat: {}}\n", encoding="utf-8")
    ran = installed.run("upgrade-runner", "validate", "wrong.yaml")
    assert ran.returncode == 65
    assert "desired_state" in ran.stderr


def test_schemas_and_products_are_found(installed: Installed) -> None:
    for text in (SCHEMA, PRODUCT, OWNED):
        ran = installed.run("python", "-c", text)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_a_repository_is_started_and_valid(installed: Installed) -> None:
    assert installed.run("upgrade-runner", "init", "ours").returncode == 0
    ran = installed.run("upgrade-runner", "validate", "ours/playbooks/e3-to-e5.yaml")
    assert (ran.returncode, ran.stderr) == (0, "")
