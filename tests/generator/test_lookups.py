"""Lookups in generated code: names that their columns can have, and where they lead."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

from zohohub.columns import LookupColumn
from zohohub.records import Record, columns_of
from zohohub_gen.package import render_package
from zohohub_gen.reserved_names import ATTRIBUTES

from ..support.packages import ACME, CASE_PACKAGES, SAMPLE, imported, options, record_types


def test_no_field_is_called_like_a_part_of_a_lookup() -> None:
    """Behind a lookup a column of that name could not be reached, and would not type-check."""
    own = {name for name in dir(LookupColumn) if not name.startswith("_")}
    assert own <= ATTRIBUTES
    assert {"api_name", "is_in", "desc"} <= own


def test_every_lookup_leads_to_the_columns_of_its_target() -> None:
    """In acme and all golden cases; a lookup without a target leads nowhere."""
    followed = 0
    for package in (SAMPLE / "acme_crm", *CASE_PACKAGES):
        with imported(package) as module:
            for record_type in record_types(module).values():
                followed += _follow(record_type)
    assert followed > 40


def test_a_lookup_of_several_modules_imports_none_where_one_is_missing(tmp_path: Path) -> None:
    """It leads to any record then; pyright refuses an import that nothing uses."""
    chosen = options(ACME / "metadata", tmp_path, modules=("Leads", "Deals"))
    text = render_package(chosen).files["deals.py"]
    assert "connected_to: Ref[Record] | None" in text
    tree = ast.parse(text)
    imported_names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "leads"
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported_names <= used


def test_a_client_without_handles_imports_nothing_for_them(tmp_path: Path) -> None:
    """Rows of a subform have no handle; pyright refuses an import that nothing uses."""
    chosen = options(ACME / "metadata", tmp_path, modules=("Lead_Site_Visits",))
    text = render_package(chosen).files["client.py"]
    assert "cached_property" not in text
    ast.parse(text)


def _follow(record_type: type[Record]) -> int:
    followed = 0
    for column in columns_of(record_type).values():
        if isinstance(column, LookupColumn) and column._target is not None:
            lookup: Any = column
            file, _, namespace = column._target.partition(".")
            home = importlib.import_module(f"{column._package}.{file}")
            columns = {
                name: item
                for name, item in vars(getattr(home, namespace)).items()
                if not name.startswith("_") and not isinstance(item, property)  # of before
            }
            assert "id" in columns
            for name, target in columns.items():
                behind = getattr(lookup, name)
                assert type(behind) is type(target)
                assert behind.api_name == f"{column.api_name}.{target.api_name}"
            followed += 1
    return followed
