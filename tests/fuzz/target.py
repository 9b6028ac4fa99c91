"""What the fuzzer feeds, and what must hold: valid bindings and remarks, or one clear sentence.

An input is a JSON object of the files of a snapshot folder by their paths, ``names.json`` among
them, and under ``picklists`` the choice of that name.  Any other input stands for damaged files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_args

from zohohub_gen.bindings import bind
from zohohub_gen.choices import Choices, Picklists
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.names_lock import lock_text, read_lock
from zohohub_gen.parse import parse
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.shares import Shares
from zohohub_gen.snapshot import load_snapshot
from zohohub_gen.terminal import printable

from tests.support.json_values import is_object
from tests.support.source_check import check_package

DEEP = re.compile(r'"@deep (\d{1,5})"')
"""Stands for that many lists in each other: too deep for the encoder of JSON."""


def files_of(data: bytes) -> tuple[dict[str, bytes], Picklists]:
    """The snapshot folder that an input stands for."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not is_object(value):
        return {"modules.json": data, "fields/Leads.json": data, "names.json": data}, "enum"
    choice = value.get("picklists")
    picklists = choice if choice in get_args(Picklists) else "enum"
    files = {name: as_bytes(content) for name, content in value.items() if name != "picklists"}
    return files, picklists


def as_bytes(content: object) -> bytes:
    """A file of this JSON."""
    text = json.dumps(content)
    return DEEP.sub(lambda found: "[" * int(found[1]) + "]" * int(found[1]), text).encode()


def bindings_or_sentence(files: Mapping[str, bytes], picklists: Picklists) -> str | None:
    """Make the bindings and check them; None where that was possible, or else the sentence."""
    lock_file = files.get("names.json")
    try:
        lock = read_lock(None if lock_file is None else lock_file.decode(), "names.json")
        schema, diagnostics = parse(load_snapshot(files, "zoho_metadata"))
        bindings = bind(schema, lock, Choices(picklists=picklists))
    except GeneratorError as error:
        sentence = str(error)
        assert sentence.strip()
        assert "\n" not in printable(sentence).strip(), sentence
        return sentence
    package = Shares(PackagePlanner(bindings.schema, bindings.names, bindings.choices)).files()
    check_package(package)
    text = lock_text(bindings.names.lock)
    text.encode()
    assert lock_text(read_lock(text, "names.json")) == text
    for diagnostic in (*diagnostics, *bindings.names.diagnostics):
        assert diagnostic.place
        assert "\x1b" not in printable(str(diagnostic))
    return None


def run(data: bytes) -> str | None:
    """One input of the fuzzer."""
    return bindings_or_sentence(*files_of(data))


def as_input(files: Mapping[str, Any], picklists: str = "enum") -> bytes:
    """The input that stands for these files."""
    return json.dumps({**files, "picklists": picklists}).encode()
