"""Make exports, import them, and read records with the libraries that they are for."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from zohohub_gen.bindings import Bindings, bind
from zohohub_gen.choices import Choices
from zohohub_gen.export.files import Kind, export_text
from zohohub_gen.names_lock import read_lock
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import read_snapshot
from zohohub_gen.write import read_text

KINDS: tuple[Kind, ...] = ("json-schema", "openapi", "pydantic", "msgspec", "typeddict", "attrs")
PYTHON_KINDS: tuple[Kind, ...] = ("pydantic", "msgspec", "typeddict", "attrs")

_numbers = itertools.count(1)


def bindings_of(metadata: Path, **choices: Any) -> Bindings:
    """What is bound of a snapshot folder and the lock in it."""
    schema, _ = parse(read_snapshot(metadata))
    lock = read_lock(read_text(metadata / "names.json"), "names.json")
    return bind(schema, lock, Choices(**choices))


def loaded(text: str) -> ModuleType:
    """The module of this text, as an import makes it."""
    name = f"export_{next(_numbers)}_of_test"
    module = ModuleType(name)
    sys.modules[name] = module  # the libraries look annotations up there
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module


def readers(bindings: Bindings, kind: Kind) -> Callable[[str, str], Any]:
    """A function of a class and the text of a JSON object, that reads it or raises."""
    text = export_text(bindings, kind)
    if kind in ("json-schema", "openapi"):
        return _validator(json.loads(text), kind)
    module = loaded(text)
    match kind:
        case "pydantic":
            return lambda record, row: getattr(module, record).model_validate_json(row)
        case "attrs":
            converter = module.make_converter()
            return lambda record, row: converter.structure(exact(row), getattr(module, record))
        case _:
            import msgspec

            return lambda record, row: msgspec.json.decode(row, type=getattr(module, record))


def exact(text: str) -> Any:
    """JSON with exact numbers."""
    from decimal import Decimal

    return json.loads(text, parse_float=Decimal)


def _validator(document: Mapping[str, Any], kind: Kind) -> Callable[[str, str], Any]:
    import jsonschema_rs

    place = "#/$defs/" if kind == "json-schema" else "#/components/schemas/"
    known: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def read(record: str, row: str) -> Any:
        if record not in known:
            known[record] = jsonschema_rs.Draft202012Validator(
                {**document, "$ref": f"{place}{record}"}, validate_formats=True
            )
        value = json.loads(row)
        known[record].validate(value)
        return value

    return read
