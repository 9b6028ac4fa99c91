"""pyright's language server, asked as an editor asks it: the protocol over standard input."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import IO, Any

_PATIENCE = 120
CURSOR = "‸"
"""Stands in a text where the cursor is."""

DEPRECATED = 1
"""The tag of completion items that are struck out."""
DEPRECATED_DIAGNOSTIC = 2
"""The tag of diagnostics that strike the code out."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a completion list."""

    label: str
    detail: str
    documentation: str
    tags: tuple[int, ...]
    json: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition is."""

    file: str
    line: str
    """The text of its line."""


class LanguageServer:
    """One server over the files of a folder."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._folder = folder
        self._to: IO[bytes] = process.stdin
        self._from: IO[bytes] = process.stdout
        self._messages: Queue[dict[str, Any] | None] = Queue()
        self._number = 0
        self._version = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        threading.Thread(target=self._read, daemon=True).start()
        uri = folder.as_uri()
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": folder.name}],
                "capabilities": {
                    "textDocument": {
                        "completion": {
                            "completionItem": {
                                "tagSupport": {"valueSet": [DEPRECATED]},
                                "documentationFormat": ["plaintext"],
                                "resolveSupport": {"properties": ["documentation", "detail"]},
                            }
                        },
                        "hover": {"contentFormat": ["plaintext"]},
                        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
                    },
                    "workspace": {"configuration": True, "workspaceFolders": True},
                },
            },
        )
        self._tell("initialized", {})

    # --- what an editor does ------------------------------------------------------------------

    def complete(self, text: str) -> dict[str, Item]:
        """What is offered at the cursor of the program, by label."""
        answer = self._at(text, "textDocument/completion")
        items: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: _item(item) for item in items}

    def resolve(self, item: Item) -> Item:
        """The same with what is shown when it is chosen."""
        return _item(self._ask("completionItem/resolve", item.json))

    def hover(self, text: str) -> str:
        """What is shown for what is under the cursor."""
        answer = self._at(text, "textDocument/hover")
        return str(answer["contents"]["value"]) if answer else ""

    def definitions(self, text: str) -> Sequence[Place]:
        """Where the thing under the cursor is defined."""
        return [self._place(each) for each in self._at(text, "textDocument/definition") or []]

    def signatures(self, text: str) -> Sequence[dict[str, Any]]:
        """What is shown while arguments are typed."""
        answer = self._at(text, "textDocument/signatureHelp")
        return answer["signatures"] if answer else []

    def struck_out(self, text: str) -> Sequence[tuple[str, str]]:
        """What is struck out in the program: the code, and the message."""
        uri = self._open(text)
        self._ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        while uri not in self._diagnostics:
            self._take()
        lines = text.splitlines()
        return [
            (_text_of(lines, each["range"]), str(each["message"]))
            for each in self._diagnostics[uri]
            if DEPRECATED_DIAGNOSTIC in each.get("tags", ())
        ]

    # --- the protocol -------------------------------------------------------------------------

    def _at(self, text: str, method: str) -> Any:
        before, _, after = text.partition(CURSOR)
        uri = self._open(before + after)
        lines = before.split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": position})

    def _open(self, text: str) -> str:
        """A new file with this text, opened in the editor."""
        self._version += 1
        path = self._folder / f"program_{self._version}.py"
        path.write_text(text, encoding="utf-8")
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _place(self, answer: dict[str, Any]) -> Place:
        from urllib.parse import unquote, urlsplit

        path = Path(unquote(urlsplit(answer.get("targetUri") or answer["uri"]).path))
        at = answer.get("targetSelectionRange") or answer["range"]
        line = path.read_text("utf-8").splitlines()[at["start"]["line"]]
        return Place(path.relative_to(self._folder.resolve()).as_posix(), line.strip())

    def _tell(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _ask(self, method: str, params: object) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message.get("result")

    def _take(self) -> dict[str, Any]:
        """The next message; what the server asks or tells meanwhile is seen to."""
        message = self._messages.get(timeout=_PATIENCE)
        assert message is not None, "the language server has ended"
        if "method" in message and "id" in message:
            settings = {"analysis": {"diagnosticMode": "openFilesOnly"}}
            items = message.get("params", {}).get("items", ())
            result = [settings for _ in items] if "configuration" in message["method"] else None
            self._send({"id": message["id"], "result": result})
        elif message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._to.flush()

    def _read(self) -> None:
        while True:
            length = 0
            while line := self._from.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                self._messages.put(None)
                return
            self._messages.put(json.loads(self._from.read(length)))

    def end(self) -> None:
        self._ask("shutdown", None)
        self._tell("exit", None)


@contextmanager
def language_server(folder: Path) -> Generator[LanguageServer]:
    """pyright over a folder; its settings are those of pyrightconfig.json there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pyright.langserver", "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        server = LanguageServer(folder, process)
        yield server
        server.end()
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _item(item: dict[str, Any]) -> Item:
    documentation = item.get("documentation") or ""
    if isinstance(documentation, dict):
        documentation = documentation["value"]
    tags = tuple(item.get("tags", ()))
    return Item(item["label"], item.get("detail", ""), documentation, tags, item)


def _text_of(lines: Sequence[str], at: dict[str, Any]) -> str:
    start, end = at["start"], at["end"]
    assert start["line"] == end["line"]
    return lines[start["line"]][start["character"] : end["character"]]
