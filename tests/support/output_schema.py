"""The JSON Schema of what ``--output-format json`` prints, from the summaries of the commands.

``python -m tests.support.output_schema`` writes the file that the generator carries.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import zohohub_gen
from pydantic import TypeAdapter
from zohohub_gen import report, summaries
from zohohub_gen.output import Failure, Summary

SCHEMA = Path(zohohub_gen.__file__).parent / "output.schema.json"

SUMMARIES: dict[str, type[Summary]] = {
    "pull-and-generate": report.PulledAndGenerated,
    "pull": report.Pulled,
    "generate": report.Generated,
    "export": report.Exported,
    "docs": report.Documented,
    "check": summaries.Checked,
    "diff": summaries.Compared,
    "migrate": summaries.Migrated,
    "init": summaries.Initialised,
    "login": summaries.LoggedIn,
    "doctor": summaries.Examined,
    "demo": summaries.Shown,
    "emulator": summaries.Serving,
    "console": summaries.Connected,
    "completion": summaries.CompletionScript,
}
"""The summary of each command; ``pull-and-generate`` is ``zohohub-gen`` alone."""


def schema() -> dict[str, Any]:
    """One definition a command, and ``failure`` for one that cannot go on."""
    definitions: dict[str, Any] = {}
    definitions["Failure"] = _of(Failure, definitions)
    for command, kind in SUMMARIES.items():
        definitions[command] = _document({"const": command}, _of(kind, definitions))
    command = {"anyOf": [{"enum": [*SUMMARIES]}, {"type": "null"}]}
    definitions["failure"] = _document(command, {"properties": {}})
    failure = definitions["failure"]["properties"]
    failure["ok"] = {"const": False}
    failure["error"] = {"$ref": "#/$defs/Failure"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What zohohub-gen prints with --output-format json",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in [*SUMMARIES, "failure"]],
        "$defs": dict(sorted(definitions.items())),
    }


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    made = TypeAdapter(kind).json_schema(mode="serialization")
    definitions |= made.pop("$defs", {})
    made.setdefault("required", [])
    # A default is left out of a constructor, never out of a document.
    made["required"] = [*made["properties"]]
    return made


def _document(command: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    error = TypeAdapter(Failure | None).json_schema(mode="serialization")
    error.pop("$defs", None)
    properties = {
        "command": command,
        "ok": {"type": "boolean"},
        "exit_code": {"type": "integer"},
        "error": error,
        "next": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        **content["properties"],
    }
    return {"type": "object", "properties": properties, "required": [*properties]}


def _without_titles(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_titles(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str) and "$schema" not in value)
        }
    return [*map(_without_titles, value)] if isinstance(value, list) else value


def text() -> str:
    """The file."""
    return json.dumps(_without_titles(schema()), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), "utf-8")
