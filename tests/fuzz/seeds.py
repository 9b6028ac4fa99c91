"""What the fuzzer starts from: the golden cases, the nasty ones, and real orgs where at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.target import as_input
from tests.support.corpus import WITH_FIELDS
from tests.support.json_values import is_list, is_object
from tests.support.nasty import FOLDER as NASTY_FOLDER
from tests.support.packages import CASES

_LARGEST = 6_000  # a run of the target takes as long as its input is large
_FEW = 5


def write_seeds(folder: Path) -> int:
    """Write each seed into a file of its own; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [seed for seed in _seeds() if len(seed) <= _LARGEST]
    for number, seed in enumerate(seeds):
        (folder / f"seed_{number}").write_bytes(seed)
    return len(seeds)


def _seeds() -> Iterator[bytes]:
    for org in [*sorted(CASES.glob("*/metadata")), *WITH_FIELDS]:
        files = {
            path.relative_to(org).as_posix(): _less(json.loads(path.read_text("utf-8-sig")))
            for path in sorted(org.rglob("*.json"))
            if path.relative_to(org).parts[0] not in ("other", "records")
            and path.read_text("utf-8-sig").strip()
        }
        for picklists in ("literal", "enum"):
            seed = as_input(files, picklists)
            if len(seed) <= _LARGEST:
                yield seed
        for name, content in files.items():
            if name.startswith("fields/"):
                yield as_input({name: content})

    for path in sorted(NASTY_FOLDER.glob("*.json")):
        yield as_input(json.loads(path.read_text("utf-8")).get("files", {}))


def _less(value: Any) -> Any:
    """The JSON with the first items of its lists."""
    if is_object(value):
        return {key: _less(item) for key, item in value.items()}
    return [_less(item) for item in value[:_FEW]] if is_list(value) else value
