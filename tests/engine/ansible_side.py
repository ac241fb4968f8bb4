"""How Ansible itself goes through batches: a program that prints who did the whole play."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

GONE = """
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

class Connection(ConnectionBase):
    transport = "gone"
    _connect = exec_command = put_file = fetch_file = close = lambda self, *_, **__: self._lost()

    def _lost(self):
        raise AnsibleConnectionFailure("no answer")
"""


TASKS = [
    {"ansible.builtin.fail": {"msg": "no"}, "when": "is_bad"},
    {"ansible.builtin.ping": {}, "when": "is_gone"},
    {"ansible.builtin.set_fact": {"came": 1}},
]


def _book(number: int, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the plays of a case: who fails, who does not answer, who comes to the end."""
    same = {"gather_facts": False, "tasks": TASKS}
    plays = []
    for said in case["plays"]:
        hosts = [f"case{number}-{name}" for name in said["tenants"]]
        pace = {key: value for key, value in said.items() if key != "tenants"}
        plays.append({**pace, **same, "hosts": hosts})
    return plays


def _group(number: int, case: dict[str, Any]) -> dict[str, Any]:
    names = {name for play in case["plays"] for name in play["tenants"]}
    return {
        "hosts": {
            f"case{number}-{name}": {
                "is_bad": name in case["failed"],
                "is_gone": name in case["unreachable"],
                "ansible_connection": "gone" if name in case["unreachable"] else "local",
            }
            for name in names
        }
    }


def came_to_the_end(cases: list[dict[str, Any]], folder: Path) -> list[list[str]]:
    """Return for each case the hosts at which Ansible carries the whole play out."""
    from ansible.cli.playbook import PlaybookCLI
    from ansible.executor.playbook_executor import PlaybookExecutor
    from ansible.plugins.loader import connection_loader, init_plugin_loader

    books = [folder / f"case{number}.json" for number in range(len(cases))]
    groups = {f"case{number}": _group(number, case) for number, case in enumerate(cases)}
    (folder / "gone.py").write_text(GONE)
    (folder / "hosts.json").write_text(json.dumps({"all": {"children": groups}}))
    for number, (book, case) in enumerate(zip(books, cases, strict=True)):
        book.write_text(json.dumps(_book(number, case)))
    line = PlaybookCLI(["ansible-playbook", "-f", "20", "-i", str(folder / "hosts.json"), "x"])
    line.parse()
    init_plugin_loader()
    connection_loader.add_directory(str(folder))
    loader, inventory, variables = line._play_prereqs()
    for book in books:
        PlaybookExecutor([str(book)], inventory, variables, loader, {}).run()
    facts = variables._nonpersistent_fact_cache
    return [
        sorted(
            name
            for play in case["plays"]
            for name in play["tenants"]
            if "came" in facts.get(f"case{number}-{name}", {})
        )
        for number, case in enumerate(cases)
    ]


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as made:
        found = came_to_the_end(json.load(sys.stdin), Path(made))
    answers.write(json.dumps(found))
