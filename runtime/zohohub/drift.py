"""What Zoho sends that the bindings do not know: a new field, a new option, another type.

Fields that the package was generated without, on purpose, are not among it.

None of it breaks a read.  `Watch` looks at each page of records once, so that reading a record
costs nothing more, and tells a hook; the default hook writes one log line a day and place.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from zohohub.columns import (
    BooleanColumn,
    MultiPicklistColumn,
    PicklistColumn,
    SubformColumn,
    TextColumn,
)
from zohohub.facts import facts_of, options_of
from zohohub.immutable import immutable
from zohohub.records import columns_of, is_left_out, take_unexpected

if TYPE_CHECKING:
    from zohohub.records import Record

__all__ = ["Drift", "DriftHook", "Watch", "log_drift"]

R = TypeVar("R", bound="Record")

Kind: TypeAlias = Literal["key", "option", "value"]

_log = logging.getLogger("zohohub.drift")

# Keys of every row, which the metadata of some modules leaves out.
_EVERYWHERE = frozenset(
    {"id", "Id", "Created_By", "Created_Time", "Modified_By", "Modified_Time", "Parent_Id"}
)
_DAY = 24 * 60 * 60
_SHOWN = 5


@immutable
class Drift:
    """Something of one field that the bindings do not know."""

    module: str
    field: str
    """The api_name."""
    kind: Kind
    """An unknown ``key``, an unknown ``option`` of a picklist, a ``value`` of another type."""
    found: tuple[str, ...] = ()
    """The options, or the names of the JSON types; never a value that somebody typed in."""

    def __str__(self) -> str:
        place = f"{self.module}.{self.field}"
        if self.kind == "key":
            return f"regenerate: a new field, {place}"
        count = len(self.found)
        listed = ", ".join(map(repr, self.found[:_SHOWN])) + (", …" if count > _SHOWN else "")
        if self.kind == "option":
            options = "a new option" if count == 1 else f"{count} new options"
            return f"regenerate: {options} in {place}: {listed}"
        types = ", ".join(self.found)
        return f"regenerate: a value of another type in {place}: {types}"


DriftHook: TypeAlias = Callable[[Drift], object]


class _DailyLog:
    """Writes a log line for a place unless it wrote one in the last 24 hours."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: dict[tuple[str, str, Kind], float] = {}

    def __call__(self, drift: Drift) -> None:
        place = (drift.module, drift.field, drift.kind)
        now = time.monotonic()
        with self._lock:
            before = self._written.get(place)
            if before is not None and now - before < _DAY:
                return
            self._written[place] = now
        _log.warning("%s", drift)


log_drift: DriftHook = _DailyLog()
"""The default hook: one line a day, place and process, to the logger ``zohohub.drift``."""


class Watch:
    """Looks at pages of records of one module and tells ``hook`` of each drift.

    Options are looked at in every record, keys in the first and the last of a page, types where a
    value could not be read and in the first record.
    """

    def __init__(self, module: str, record_type: type[Record], hook: DriftHook) -> None:
        self._module = module
        self._hook = hook
        self._record_type = record_type
        columns = columns_of(record_type)
        facts = facts_of(record_type)
        self._names = _EVERYWHERE.union(column.api_name for column in columns.values())
        self._options: list[tuple[str, frozenset[str | None], bool]] = []
        self._plain: list[tuple[str, type[object]]] = []
        self._subforms: list[tuple[str, Watch]] = []
        for name, column in columns.items():
            multiple = isinstance(column, MultiPicklistColumn)
            if multiple or isinstance(column, PicklistColumn):
                options = options_of(facts[name])
                if options is not None:
                    retired = facts[name].get("unused", ())
                    known = frozenset((*options, *retired, "-None-", "", None))
                    self._options.append((column.api_name, known, multiple))
            if isinstance(column, TextColumn | PicklistColumn):
                self._plain.append((column.api_name, str))
            elif isinstance(column, BooleanColumn):
                self._plain.append((column.api_name, bool))
            elif isinstance(column, SubformColumn):
                rows = cast("SubformColumn[Any, Record]", column)
                watch = Watch(f"{module}.{column.api_name}", rows.row_type, hook)
                self._subforms.append((column.api_name, watch))

    def read(
        self, decode: Callable[[Mapping[str, Any]], R], pages: Iterable[Sequence[dict[str, Any]]]
    ) -> Iterator[R]:
        """Decode pages of records, one by one as they are asked for, and look at each page."""
        for page in pages:
            self.look(page)
            yield from map(decode, page)
            self._tell_unexpected()

    def look(self, page: Sequence[Mapping[str, Any]]) -> None:
        """Look at records as Zoho sent them."""
        if not page:
            return
        for row in (page[0], page[-1]) if len(page) > 1 else page:
            for name in row.keys() - self._names:
                # Queries name joined fields with a dot, and Zoho its own keys with a dollar sign.
                if "." in name or name.startswith("$"):
                    continue
                if not is_left_out(self._record_type, name):
                    self._tell(name, "key", ())
        for name, known, multiple in self._options:
            self._look_at_options(name, known, multiple, page)
        for name, expected in self._plain:
            value = page[0].get(name)
            if value is not None and not isinstance(value, expected):
                self._tell(name, "value", (type(value).__name__,))
        for name, watch in self._subforms:
            for row in page:
                rows = row.get(name)
                if isinstance(rows, list):
                    objects = cast("list[object]", rows)
                    watch.look(
                        [cast("dict[str, Any]", each) for each in objects if type(each) is dict]
                    )

    def _look_at_options(
        self,
        name: str,
        known: frozenset[str | None],
        multiple: bool,
        page: Sequence[Mapping[str, Any]],
    ) -> None:
        try:
            if multiple:
                found = {option for row in page for option in _list(row.get(name))}
            else:
                found = {row.get(name) for row in page}
        except TypeError:  # an object or a list where an option should be
            return
        unknown = sorted(option for option in found - known if isinstance(option, str))
        if unknown:
            self._tell(name, "option", tuple(unknown))

    def _tell_unexpected(self) -> None:
        for name, kind in take_unexpected(self._record_type):
            self._tell(name, "value", (kind,))
        for _, watch in self._subforms:
            watch._tell_unexpected()

    def _tell(self, field: str, kind: Kind, found: tuple[str, ...]) -> None:
        try:
            self._hook(Drift(self._module, field, kind, found))
        except Exception:  # noqa: BLE001 - whatever a hook does, it must not break a read
            _log.exception("the drift hook failed")


def _list(value: object) -> Sequence[Any]:
    """The value if it is a list; text could be walked through too, letter by letter."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()
