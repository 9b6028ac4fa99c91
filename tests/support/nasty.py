"""The nasty cases of ``tests/nasty``: metadata that broke something, or was made to.

Each file says in ``what`` what is nasty about it, and in ``gives`` whether it gives ``bindings``
or an ``error``.  ``files`` are those of a snapshot folder by their paths, and ``texts`` are files
that are no JSON, or more than JSON.  To keep the cases short,
``{"@times": 3, "@of": {"id": "@n"}}`` in a list stands for three items, and ``"@deep 900"`` for
900 lists in each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.fuzz.target import as_bytes
from tests.support.json_values import is_list, is_object
from tests.support.packages import REPOSITORY

FOLDER = REPOSITORY / "tests" / "nasty"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Nasty:
    """One case."""

    what: str
    gives: Literal["bindings", "error"]
    files: dict[str, bytes]


def nasty(name: str) -> Nasty:
    """The case of that name."""
    case: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    files = {path: as_bytes(_whole(content)) for path, content in case.get("files", {}).items()}
    texts = {
        path: text.encode("utf-8", "surrogatepass") for path, text in case.get("texts", {}).items()
    }
    return Nasty(case["what"], case["gives"], files | texts)


def write_nasty(case: Nasty, folder: Path) -> None:
    """Lay the snapshot of a case into a folder."""
    for path, content in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _whole(value: Any) -> Any:
    if is_object(value):
        return {key: _whole(item) for key, item in value.items()}
    return [each for item in value for each in _repeated(item)] if is_list(value) else value


def _repeated(item: Any) -> Iterator[Any]:
    if is_object(item) and "@times" in item:
        text = json.dumps(item["@of"])
        for number in range(item["@times"]):
            yield json.loads(text.replace("@n", str(number)))
    else:
        yield _whole(item)


# Whatever moves a cursor, fills a clipboard, turns a line around or cannot be printed.
_STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def steering(output: str) -> list[str]:
    """The characters of a command's output that a terminal may take for orders."""
    return _STEERING.findall(output)


def everything(folder: Path) -> dict[str, bytes | None]:
    """Each file and folder below, with what it holds."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
