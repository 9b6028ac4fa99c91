"""Which places of a program a change touches."""

from __future__ import annotations

from pathlib import Path

import pytest
from zohohub_gen.changes import Change, Kind, Severity
from zohohub_gen.touched import touched
from zohohub_gen.usages import Usage


def usage(module: str, field: str | None = None, option: str | None = None) -> Usage:
    return Usage(Path("a.py"), 1, 1, module, field, option, True)


HANDLE = usage("Leads")
STATUS = usage("Leads", "Lead_Status")
NEW = usage("Leads", "Lead_Status", "New")
OLD = usage("Leads", "Lead_Status", "Old")
LIST = usage("Leads", "Tasks")
LAYOUT = usage("Leads", "Standard")
OTHER = usage("Deals", "Lead_Status", "New")
ALL = [HANDLE, STATUS, NEW, OLD, LIST, LAYOUT, OTHER]


@pytest.mark.parametrize(
    ("kind", "severity", "field", "option", "before", "places"),
    [
        ("module removed", "breaking", None, None, "Leads", ALL[:-1]),
        ("module renamed", "risky", None, None, "Leads", ALL[:-1]),
        ("module operations changed", "breaking", None, None, "create", [HANDLE]),
        ("module label changed", "safe", None, None, "Leads", []),
        ("module added", "safe", None, None, None, []),
        ("field removed", "breaking", "Lead_Status", None, "Picklist", [STATUS, NEW, OLD]),
        ("type changed", "breaking", "Lead_Status", None, "Picklist", [STATUS, NEW, OLD]),
        ("field added", "safe", "Fax", None, None, []),
        ("field added", "breaking", "Fax", None, None, [HANDLE]),
        ("mandatory on", "breaking", "Lead_Status", None, "optional", [HANDLE, STATUS, NEW, OLD]),
        ("option removed", "breaking", "Lead_Status", "New", "New", [NEW]),
        ("option added", "risky", "Lead_Status", "Won", None, [STATUS, NEW, OLD]),
        ("related list removed", "breaking", "Tasks", None, "Tasks", [LIST]),
        ("related list added", "safe", "Tasks", None, None, []),
        ("layout removed", "breaking", None, None, "Standard", [LAYOUT]),
        ("language changed", "risky", None, None, "en_US", []),
    ],
)
def test_a_change_touches_what_names_it(
    kind: Kind,
    severity: Severity,
    field: str | None,
    option: str | None,
    before: str | None,
    places: list[Usage],
) -> None:
    module = None if kind == "language changed" else "Leads"
    change = Change(kind, severity, module, field, option, before, "x", "why", None)
    nothing = Change("field removed", "breaking", "Calls", "X", None, "x", None, "why", None)
    assert touched([change, nothing], ALL) == [tuple(places), ()]
