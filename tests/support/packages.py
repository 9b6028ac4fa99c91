"""Write a snapshot folder, generate from it, import what came out."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from zohohub.records import Record
from zohohub_gen.choices import Choices
from zohohub_gen.package import Options

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = REPOSITORY / "tests" / "cases"
ACME = CASES / "acme"
SAMPLE = REPOSITORY / "generated_sample"
CASE_PACKAGES = sorted(
    path
    for path in CASES.glob("*/expected/crm")
    # Without the copy of the runtime, which test_golden.py compares with the runtime itself.
    if path.parents[1].name != "vendored_runtime"
)
"""The packages that the golden cases give, each of which works as it lies there."""

_numbers = itertools.count(1)


def write_snapshot(
    folder: Path,
    fields: Mapping[str, Sequence[Mapping[str, Any]]],
    modules: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write a folder as saved API answers have it; without ``modules`` there is no modules.json."""
    (folder / "fields").mkdir(parents=True, exist_ok=True)
    for api_name, items in fields.items():
        write_json(folder / "fields" / f"{api_name}.json", {"fields": items})
    if modules is not None:
        write_json(folder / "modules.json", {"modules": modules})
    return folder


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def options(metadata: Path, output: Path, package: str = "crm", **more: Any) -> Options:
    """What to generate; ``more`` are the choices."""
    return Options(metadata, output, package, Choices(**more))


@contextmanager
def imported(folder: Path) -> Generator[ModuleType]:
    """Import the package in ``folder`` under a name of its own, and forget it again."""
    name = f"package_{next(_numbers)}_of_test"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    try:
        spec.loader.exec_module(package)
        yield package
    finally:
        for module in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[module]


def submodules(package: ModuleType) -> dict[str, ModuleType]:
    """Every module file of a package by its file name, imported."""
    folder = Path(str(package.__file__)).parent
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}


def record_types(package: ModuleType) -> dict[str, type[Record]]:
    """The record classes of a package by their names."""
    return {
        name: value
        for module in submodules(package).values()
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Record)
        and value is not Record
        and value.__module__ == module.__name__
    }


def handles(package: ModuleType) -> dict[str, Any]:
    """The module handles of a package by the api_name of the module."""
    from zohohub.modules import Module

    return {
        value.api_name: value
        for module in submodules(package).values()
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Module)
        and value is not Module
        and value.__module__ == module.__name__
    }
