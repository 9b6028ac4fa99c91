"""Write programs, and say in a readable way what they use of the sample org."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from zohohub_gen.bindings import Bindings, bind
from zohohub_gen.choices import Choices
from zohohub_gen.diagnostics import Diagnostic
from zohohub_gen.names import name_schema
from zohohub_gen.parse import parse
from zohohub_gen.snapshot import read_snapshot
from zohohub_gen.usages import Usage, find_usages

from tests.support.packages import ACME

METADATA = ACME / "metadata"


@cache
def acme() -> Bindings:
    schema, _ = parse(read_snapshot(METADATA))
    return Bindings(schema, name_schema(schema, acme_lock(), {}), Choices())


@cache
def acme_with_enumerations() -> Bindings:
    return bind(acme().schema, acme_lock(), Choices(picklists="enum"))


def acme_lock() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((METADATA / "names.json").read_text("utf-8"))
    return found


def lock_entry(lock: dict[str, Any], module: str) -> dict[str, Any]:
    """The entry of a module, to be changed."""
    return next(each for each in lock["modules"].values() if each["api_name"] == module)


def lock_with_former(former: Mapping[str, Any]) -> dict[str, Any]:
    """Acme's lock, where these had other names: by ``Leads``, ``Leads.City``, ``Leads/Tasks``."""
    lock = deepcopy(acme_lock())
    for place, names in former.items():
        part = "related" if "/" in place else "fields"
        module, _, member = place.replace("/", ".").partition(".")
        entry = lock_entry(lock, module)
        if member:
            members = entry[part].values()
            entry = next(each for each in members if each["api_name"] == member)
        entry["former"] = names
    return lock


def with_former(former: Mapping[str, Any]) -> Bindings:
    bindings = acme()
    return replace(bindings, names=replace(bindings.names, lock=lock_with_former(former)))


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dedent(text).encode("utf-8"))
    return folder


def usages(
    folder: Path, files: Mapping[str, str], diagnostics: list[Diagnostic] | None = None
) -> list[Usage]:
    write(folder, files)
    return find_usages([folder], acme(), "acme_crm", diagnostics)


def members(folder: Path, program: str, *, sure: bool = True) -> list[str]:
    """What a program uses, without the modules as such: ``4 Leads.City``, ``4 Leads.Statut=New``.

    ``sure`` leaves out what is not certain; without it, that alone is given.
    """
    found = usages(folder, {"program.py": program})
    return [_short(each) for each in found if each.field and each.certain is sure]


def _short(usage: Usage) -> str:
    option = f"={usage.option}" if usage.option is not None else ""
    return f"{usage.line} {usage.module}.{usage.field}{option}"
