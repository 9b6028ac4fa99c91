"""Which metadata a database was filled with, and what it takes to go on with newer metadata."""

from __future__ import annotations

from pathlib import Path

from zohohub_gen.diagnostics import GeneratorError

from .catalog import Catalog, ModuleInfo
from .store import Store
from .values import loads

_KIND = "origin"


def check_origin(store: Store, catalog: Catalog, file: Path | None) -> None:
    """Note the modules of a new database; take one of the same org.  Use inside a transaction.

    Fields may have come and gone: what records are found by follows the metadata.  Raises
    `GeneratorError` where modules have other ids, or are gone and have records.
    """
    known = store.kept(_KIND)
    ids = {module.api_name: module.id for module in catalog.schema.modules}
    indexed = {info.api_name: sorted(info.indexed) for info in catalog.modules()}
    if known:
        different = [
            name
            for name, module_id in known["modules"].items()
            if (_has_records(store, name) if name not in ids else _differ(module_id, ids[name]))
        ]
        if different:
            more = f" and {len(different) - 1} more modules" if len(different) > 1 else ""
            raise GeneratorError(
                f"{file} was filled with the metadata of another org, whose module {different[0]}"
                f"{more} this one does not have: give that metadata, or another file"
            )
        for info in catalog.modules():
            _index(store, info, set(known["indexed"].get(info.api_name, ())))
    store.keep(_KIND, "modules", ids)
    store.keep(_KIND, "indexed", indexed)


def _differ(one: str | None, other: str | None) -> bool:
    # Metadata made by hand may come without ids.
    return bool(one and other and one != other)


def _has_records(store: Store, module: str) -> bool:
    return bool(store.select("SELECT 1 FROM record WHERE module = ? LIMIT 1", (module,)))


def _index(store: Store, info: ModuleInfo, before: set[str]) -> None:
    """Find the records of a module by the fields of today, which were others ``before``."""
    for field in before - info.indexed:
        store.change("DELETE FROM lookup WHERE module = ? AND field = ?", (info.api_name, field))
    new = info.indexed - before
    if not new:
        return
    rows = store.select("SELECT key, data FROM record WHERE module = ?", (info.api_name,))
    for key, text in rows:
        store.index(info.api_name, key, new, loads(text))
