"""Metadata and records of real orgs: generated, imported, checked, decoded with nothing lost.

Skipped where the corpus is not at hand (see ``support/corpus.py``).
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from zohohub.records import Record, columns_of
from zohohub_gen.pipeline import Outcome, generate

from tests.support.annotated import declared_types, is_a
from tests.support.checkers import findings, lay_out, let_mypy_read_bodies
from tests.support.corpus import CORPUS, ORGS, WITH_FIELDS, Row, rows
from tests.support.packages import handles, imported, options, record_types
from tests.support.recovery import losses, same

pytestmark = pytest.mark.skipif(not ORGS, reason="no corpus: set ZOHOHUB_CORPUS to its folder")

# Zoho's samples of writes may name a record by an id from outside, which no answer does.
_BY_EXTERNAL_ID = "External_"


def generated(org: Path, folder: Path) -> Outcome:
    """Generate from an org of the corpus, which may be read-only."""
    metadata = folder / "metadata"
    (metadata / "fields").mkdir(parents=True)
    for path in (*org.glob("fields/*.json"), *org.glob("modules.json")):
        shutil.copyfile(path, metadata / path.relative_to(org))
    return generate(options(metadata, folder))


@pytest.fixture(scope="module")
def decoders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[tuple[str, str], Any]]:
    """The module handles of every org that has fields, and of acme, by org and module."""
    import acme_crm

    with ExitStack() as stack:
        found = {("acme", name): handle for name, handle in handles(acme_crm).items()}
        for org in WITH_FIELDS:
            folder = tmp_path_factory.mktemp(org.name)
            package = stack.enter_context(imported(generated(org, folder).package_folder))
            found |= {(org.name, name): handle for name, handle in handles(package).items()}
        yield found


def best(decoders: Mapping[tuple[str, str], Any], org: str, row: Row) -> Any:
    """The module that a record is of: the named one, else that which knows most of its keys."""

    def known(key: tuple[str, str]) -> int:
        columns = columns_of(cast("type[Record]", decoders[key].record_type)).values()
        return len({column.api_name for column in columns} & row.data.keys())

    named = [key for key in decoders if key[1] == row.module]
    own = [key for key in named if key[0] == org]
    return decoders[max(own or named or decoders, key=known)]


@pytest.mark.parametrize("org", WITH_FIELDS, ids=lambda org: org.name)
def test_generates_and_imports(org: Path, tmp_path: Path) -> None:
    with_fields = {
        path.stem
        for path in org.glob("fields/*.json")
        if json.loads(path.read_text("utf-8"))["fields"]
    }
    outcome = generated(org, tmp_path)
    assert outcome.modules == len(with_fields)
    fields = sum(
        len({item["api_name"] for item in json.loads(path.read_text("utf-8"))["fields"]} | {"id"})
        for path in org.glob("fields/*.json")
    )
    assert outcome.fields == fields
    assert [item for item in outcome.diagnostics if item.severity == "warning"] == []
    with imported(outcome.package_folder) as package:
        assert len(record_types(package)) == len(with_fields)
        assert sum(len(columns_of(cls)) for cls in record_types(package).values()) == fields


def test_is_clean_for_both_checkers(tmp_path: Path) -> None:
    packages = {
        org.name.replace("-", "_"): generated(org, tmp_path / org.name).package_folder
        for org in WITH_FIELDS
    }
    folder = lay_out(tmp_path / "checked", packages)
    assert let_mypy_read_bodies(folder)
    assert findings(folder) == {"pyright": (), "mypy": ()}


@pytest.mark.parametrize("org", ORGS, ids=lambda org: org.name)
def test_every_record_decodes_and_loses_nothing(
    org: Path, decoders: Mapping[tuple[str, str], Any]
) -> None:
    lost: list[str] = []
    count = 0
    for row in rows(org):
        count += 1
        before = copy.deepcopy(row.data)
        record = best(decoders, org.name, row).decode(row.data)
        lost += [
            f"{row.place}: {what}"
            for what in losses(record, row.data)
            if not (what.endswith("cannot be read") and _BY_EXTERNAL_ID in what)
        ]
        assert same(record.to_json(), before)
        assert same(row.data, before)
    assert lost == []
    assert count or not (org / "records").is_dir()


@pytest.mark.parametrize("org", ORGS, ids=lambda org: org.name)
def test_any_record_decodes_as_any_module(
    org: Path, decoders: Mapping[tuple[str, str], Any]
) -> None:
    """A record in the wrong hands may have attributes that cannot be read; it is never refused."""
    for row in rows(org):
        for handle in decoders.values():
            assert same(handle.decode(row.data).to_json(), row.data)


def test_values_are_of_the_declared_types(tmp_path: Path) -> None:
    checked = 0
    for org in WITH_FIELDS:
        with imported(generated(org, tmp_path / org.name).package_folder) as package:
            own, declared = handles(package), declared_types(package)
            for row in (row for source in ORGS for row in rows(source)):
                if row.module not in own:
                    continue
                record: Record = own[row.module].decode(row.data)
                for name, column in columns_of(type(record)).items():
                    if column.api_name in row.data:
                        checked += 1
                        value = getattr(record, name)
                        expected = declared[type(record)][name]
                        assert is_a(value, expected), f"{row.place} {name}: {value!r}, {expected}"
    assert checked > 1000


def test_the_corpus_is_read() -> None:
    """The tests above have something to prove."""
    found = [row for org in ORGS for row in rows(org)]
    assert len(found) > 250
    assert {row.module for row in found} > {"Leads", "Contacts", "Deals", "Events", "Notes"}
    assert len(WITH_FIELDS) >= 4
    assert CORPUS.is_dir()
