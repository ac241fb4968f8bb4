"""Talk to the YAML language server as an editor does."""

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any


class LanguageServer:
    """A language server over stdio that reads the settings of a folder's `.vscode`."""

    def __init__(self, program: str, folder: Path) -> None:
        self._folder = folder
        self._settings = json.loads((folder / ".vscode/settings.json").read_text())
        self._problems: dict[str, list[Any]] = {}
        self._texts: dict[Path, str] = {}
        self._asked = 0
        self._process = subprocess.Popen(
            ["node", program, "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> "LanguageServer":
        root = self._folder.as_uri()
        abilities = {"workspace": {"configuration": True}, "textDocument": {"hover": {}}}
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": "ours"}],
                "capabilities": abilities,
            },
        )
        self._tell("initialized", {})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def open(self, path: Path, text: str) -> None:
        """Open a file in the editor."""
        self._texts[path] = text
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})

    def problems(self, path: Path) -> list[str]:
        """Return what the editor would underline, once the server has said it."""
        while path.as_uri() not in self._problems:
            self._read()
        return [each["message"] for each in self._problems[path.as_uri()]]

    def hover(self, path: Path, word: str) -> str:
        """Return what is shown over the first place of a word."""
        text = self._texts[path]
        before = text[: text.index(f"{word}:")]
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2]) + 1}
        return json.dumps(self._ask("textDocument/hover", self._at(path, place)))

    def completions(self, path: Path, *, line: int) -> set[str]:
        """Return the words that are offered at the end of a line, counted from 0."""
        length = len(self._texts[path].splitlines()[line])
        place = {"line": line, "character": length}
        found = self._ask("textDocument/completion", self._at(path, place))
        return {each["label"] for each in found["items"]}

    def _at(self, path: Path, place: dict[str, int]) -> dict[str, Any]:
        return {"textDocument": {"uri": path.as_uri()}, "position": place}

    def _ask(self, method: str, given: Any) -> Any:
        self._asked += 1
        asked = self._asked
        self._send({"id": asked, "method": method, "params": given})
        while True:
            said = self._read()
            if said.get("id") == asked and "method" not in said:
                return said["result"]

    def _tell(self, method: str, given: Any) -> None:
        self._send({"method": method, "params": given})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        """Return the next message, and answer what the server asks the editor."""
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has ended"
        said: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if said.get("method") == "textDocument/publishDiagnostics":
            self._problems[said["params"]["uri"]] = said["params"]["diagnostics"]
        elif "id" in said and "method" in said:
            self._send({"id": said["id"], "result": self._answer(said)})
        return said

    def _answer(self, asked: dict[str, Any]) -> Any:
        if asked["method"] != "workspace/configuration":
            return None
        yaml = {"schemas": self._settings["yaml.schemas"], "schemaStore": {"enable": False}}
        known = {"yaml": {**yaml, "validate": True, "hover": True, "completion": True}}
        return [known.get(item.get("section")) for item in asked["params"]["items"]]
