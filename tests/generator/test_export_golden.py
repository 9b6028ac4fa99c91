"""Exactly what each kind of export gives of one small org: ``tests/exports``.

After a change that is meant to show, run this file with ``ZOHOHUB_ACCEPT=1`` and read the diff.
"""

from __future__ import annotations

import os

import pytest
from zohohub_gen.export.files import FILE_NAMES, Kind, export_text

from tests.support.exports import KINDS, bindings_of, readers
from tests.support.packages import REPOSITORY

EXPORTS = REPOSITORY / "tests" / "exports"
ACCEPT = os.environ.get("ZOHOHUB_ACCEPT") == "1"

BOAT = """{
  "id": "5", "Name": "Möwe", "class": "470", "Length_(m)": 4.70, "Berths": null, "Price": 12000,
  "Insured": true, "Launched": "1998-05-01", "Created_Time": "2026-05-14T12:51:54+03:00",
  "State": "Sunk", "Uses": ["Racing", "Fishing"], "Owner": {"id": "1", "name": "A", "email": "a@b"},
  "Sister": {"id": "6", "name": "Welle"}, "Moorings": [{"id": "7", "Harbour": "Kiel", "Nights": 2}],
  "Papers": [{"File_Id__s": "x", "File_Name__s": "a.pdf", "Size__s": "12", "id": "8"}],
  "Tag": [{"name": "old", "id": "9", "color_code": null}], "Radar": "", "$approved": true
}"""


@pytest.mark.parametrize("kind", KINDS)
def test_case(kind: Kind) -> None:
    produced = export_text(bindings_of(EXPORTS / "metadata"), kind)
    path = EXPORTS / "expected" / FILE_NAMES[kind].format(package="boats")
    if ACCEPT:
        path.parent.mkdir(exist_ok=True)
        path.write_text(produced, encoding="utf-8", newline="\n")
    assert produced == path.read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_case_reads(kind: Kind) -> None:
    readers(bindings_of(EXPORTS / "metadata"), kind)("Boat", BOAT)
