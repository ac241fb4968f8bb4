"""What `inventory` shows of files, and of programs that print their tenants."""

import json
import stat
from pathlib import Path

import pytest

from runner.cli.outside import Outside
from runner.cli.program import main
from runner.cli.scripts import run_script

INVENTORY = """\
all:
  vars: {timezone: UTC, label: "{{ tenant.name | upper }}", later: "{{ of_a_play }}"}
  tenants: {lone: }
  children:
    emea:
      vars: {timezone: Europe/Rome}
      tenants: {contoso: , fabrikam: {timezone: Europe/Paris}}
"""
PROGRAM = """\
#!/bin/sh
case "$1" in
--list) cat list.json ;;
--host) echo "$2" >>asked; cat "host-$2.json" ;;
esac
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Write an inventory with a file of variables into a folder, the current one."""
    monkeypatch.chdir(tmp_path)
    Path("inventory.yaml").write_text(INVENTORY)
    Path("group_vars").mkdir()
    Path("group_vars/emea.yaml").write_text("headroom: 5\n")
    return tmp_path


def write_program(text: str = PROGRAM, name: str = "found") -> Path:
    path = Path(name)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def shown(capsys, *words: str) -> str:
    assert main(["inventory", *words]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys, *words: str) -> str:
    assert main(["inventory", *words]) == 65
    return capsys.readouterr().err


def test_graph_draws_groups_in_groups(here, capsys):
    assert shown(capsys, "--graph").splitlines() == [
        "@all:",
        "  |--@ungrouped:",
        "  |  |--lone",
        "  |--@emea:",
        "  |  |--contoso",
        "  |  |--fabrikam",
    ]
    assert shown(capsys, "--graph", "emea", "-l", "contoso") == "@emea:\n  |--contoso\n"
    emea = {"group": "emea", "children": [], "tenants": ["contoso", "fabrikam"]}
    assert json.loads(shown(capsys, "--graph", "emea", "--json")) == emea


def test_tenant_lists_each_value_with_its_place_and_what_it_overrides(here, capsys):
    assert shown(capsys, "--tenant", "fabrikam", "-v", "-e", "headroom=9").splitlines() == [
        "fabrikam   in emea, all",
        "  headroom  9                 -e",
        "            over 5            group_vars/emea.yaml:1",
        "  label     FABRIKAM          inventory.yaml:2",
        "  later     {{ of_a_play }}   inventory.yaml:2",
        "  timezone  Europe/Paris      inventory.yaml:7",
        "            over Europe/Rome  inventory.yaml:6",
        "            over UTC          inventory.yaml:2",
    ]
    (headroom, *_) = json.loads(shown(capsys, "--tenant", "contoso", "--json"))["variables"]
    assert headroom == {
        "name": "headroom",
        "value": 5,
        "where": "group_vars/emea.yaml:1",
        "overrides": [],
    }


def test_files_beside_a_playbook_are_read_when_it_is_named(here, capsys):
    Path("plays/tenant_vars").mkdir(parents=True)
    Path("plays/tenant_vars/contoso.yaml").write_text("headroom: 7\n")
    said = shown(capsys, "--tenant", "contoso", "--playbook-dir", "plays")
    assert "headroom  7                plays/tenant_vars/contoso.yaml:1" in said


def test_list_can_be_an_inventory_again(here, capsys):
    document = json.loads(shown(capsys, "--list"))
    assert document["emea"] == {"tenants": ["contoso", "fabrikam"]}
    assert document["_meta"]["tenantvars"]["contoso"]["headroom"] == 5
    for variables in document["_meta"]["tenantvars"].values():
        variables.pop("later")
    Path("list.json").write_text(json.dumps(document))
    again = json.loads(shown(capsys, "--list", "-i", str(write_program())))
    del again["all"], document["all"]
    assert again == document


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tenant", "contsoo"), "did you mean `contoso`"),
        (("--tenant", "emea"), "error[no-such-tenant]"),
        (("--graph", "emae"), "did you mean `emea`"),
        (("--list", "-i", "nowhere.yaml"), "error[missing-file]"),
    ],
)
def test_what_is_not_there_is_refused(here, capsys, words, said):
    assert said in refused(capsys, *words)


@pytest.mark.parametrize("words", [(), ("--list", "--graph"), ("--tenant", "x", "--list")])
def test_exactly_one_view_is_asked_for(here, capsys, words):
    assert main(["inventory", *words]) == 64


def test_program_is_asked_for_groups_and_variables(here, capsys):
    groups = {
        "emea": {"hosts": ["contoso"], "vars": {"timezone": "Europe/Rome"}, "children": ["italy"]},
        "italy": ["fabrikam"],
        "_meta": {"hostvars": {"fabrikam": {"label": "\U0001f600", "wave": 2}}},
    }
    Path("list.json").write_text(json.dumps(groups))
    words = ("--tenant", "fabrikam", "-i", str(write_program()))
    assert shown(capsys, *words).splitlines() == [
        "fabrikam   in italy, emea, all",
        "  headroom  5            group_vars/emea.yaml:1",
        "  label     \U0001f600            found:1",
        "  timezone  Europe/Rome  found:1",
        "  wave      2            found:1",
    ]


def test_program_without_meta_is_asked_for_the_selected_tenants_only(here, capsys):
    Path("list.json").write_text('{"emea": ["contoso", "fabrikam"]}')
    Path("host-contoso.json").write_text('{"wave": 3}')
    Path("later.yaml").write_text("all: {tenants: {contoso: {label: later}}}")
    words = ("-i", str(write_program()), "-i", "later.yaml")
    said = shown(capsys, "--tenant", "contoso", *words)
    assert "wave      3      found:1" in said
    assert "label     later  later.yaml:1" in said
    assert Path("asked").read_text() == "contoso\n"


PROGRAMS = [
    ("echo first >&2; echo no network >&2; exit 3", "ends with code 3 and says: no network"),
    ("echo '{'", "what it prints for `--list` is not used"),
    ("echo '[]'", "it is no mapping of groups"),
    ('echo \'{"a": {}, "a": {}}\'', "a key stands there twice"),
    ('echo \'{"a": {"hosts": [1]}}\'', "error[wrong-value]"),
    ('echo \'{"a": {"x": 1}}\'', "error[unknown-key]"),
    ('echo \'{"a": [], "_meta": {"hostvars": {"b": {}}}}\'', "puts into no group"),
    ("printf '\\377'", "prints what is not UTF-8"),
]


@pytest.mark.parametrize(("text", "said"), PROGRAMS)
def test_program_that_says_nothing_useful_is_told_with_its_file(here, capsys, text, said):
    program = write_program(f"#!/bin/sh\n{text}\n")
    told = refused(capsys, "--list", "-i", str(program))
    assert said in told
    assert "found:1" in told


def test_literal_secret_of_a_program_is_refused_and_never_told(here, capsys):
    auth = {"method": "token", "token": "hunter2"}
    groups = {"a": ["contoso"], "_meta": {"hostvars": {"contoso": {"auth": auth}}}}
    Path("list.json").write_text(json.dumps(groups))
    told = refused(capsys, "--list", "-i", str(write_program()))
    assert "error[literal-secret]" in told
    assert "hunter2" not in told


def test_program_that_does_not_end_is_left(here):
    answer = run_script(write_program("#!/bin/sh\nexec sleep 60\n"), ["--list"], seconds=0.2)
    assert answer.wrong == "does not end within 0.2 s"


def test_program_whose_interpreter_is_missing_is_told(here):
    answer = run_script(write_program("#!/nowhere/sh\n"), ["--list"])
    assert answer.wrong == "cannot be started: no such file or directory"


def test_program_is_asked_once_by_a_command(here):
    path = write_program("#!/bin/sh\necho asked >> asked\necho '{}'\n")
    outside = Outside()
    first = outside.run_script(path, ["--list"])
    assert first.text == "{}\n"
    assert outside.run_script(path, ["--list"]) == first
    assert Path("asked").read_text() == "asked\n"
    outside.run_script(path, ["--host", "contoso"])
    assert Outside().run_script(path, ["--list"]) == first
    assert Path("asked").read_text() == "asked\n" * 3


def test_programs_in_a_directory_run_and_other_files_are_left(here, capsys):
    Path("many/group_vars").mkdir(parents=True)
    Path("list.json").write_text('{"emea": ["contoso"], "_meta": {"hostvars": {}}}')
    write_program(name="many/20-found")
    for name in ("many/.hidden.yaml", "many/old.yaml~", "many/README.md", "many/x.bak"):
        Path(name).write_text("[]")
    Path("many/10.yaml").write_text("emea: {tenants: {fabrikam: }}")
    graph = shown(capsys, "--graph", "emea", "-i", "many")
    assert graph == "@emea:\n  |--fabrikam\n  |--contoso\n"
