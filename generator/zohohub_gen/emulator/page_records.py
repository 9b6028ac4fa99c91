"""What the page shows of a module's records, and of one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zohohub_gen import ir

from .attachments_api import ATTACHMENTS
from .catalog import USERS, ModuleInfo
from .errors import ApiError
from .page_template import address
from .related_lookups import NOTES, PARENT
from .relations import Relations
from .state import State
from .store import Row
from .values import Json, as_list, as_object, dumps, id_of, is_id, loads

PER_PAGE = 50

_COLUMNS = 6
_CELL = 120
"""Characters of a value in a list."""
_SYSTEM = frozenset(
    {"id", PARENT, "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Layout", "Tag"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a value; a link where it is a record that is held."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One record in a table."""

    href: str
    id: str
    cells: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Table:
    """Records under some of their fields; ``columns`` are labels and api_names."""

    label: str
    api_name: str
    columns: list[tuple[str, str]]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class RecordList:
    """One page of the records of a module, the newest first."""

    table: Table
    total: int
    page: int
    pages: int
    href: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a record."""

    label: str
    api_name: str
    data_type: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a record."""

    title: str
    content: str
    created: str
    href: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record with all that belongs to it."""

    title: str
    id: str
    module: str
    module_href: str
    api_path: str
    filled: list[FieldLine] = field(default_factory=list[FieldLine])
    empty: list[FieldLine] = field(default_factory=list[FieldLine])
    system: list[FieldLine] = field(default_factory=list[FieldLine])
    """What no field is: the keys that begin with ``$``, and those that the metadata lacks."""
    subforms: list[Table] = field(default_factory=list[Table])
    notes: list[Note] = field(default_factory=list[Note])
    attachments: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Name, bytes or address, and when it came."""


class RecordPages:
    """Reads records as the page shows them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def records(self, module: str, page: int) -> RecordList | None:
        """A page of a module, the last one where there are not so many; None: no such module."""
        info = self._state.catalog.get(module)
        if info is None:
            return None
        store = self._state.store
        with store.transaction():
            ((total,),) = store.select("SELECT COUNT(*) FROM record WHERE module = ?", (module,))
            pages = max(1, -(-total // PER_PAGE))
            page = max(1, min(page, pages))
            rows = store.select(
                "SELECT data FROM record WHERE module = ? ORDER BY key DESC LIMIT ? OFFSET ?",
                (module, PER_PAGE, (page - 1) * PER_PAGE),
            )
            stored: list[Json] = [loads(data) for (data,) in rows]
            shown = stored if info.open else self._state.shaper.listed(info, stored, info.fields)
            names = _columns(info, shown, _COLUMNS)
            if "Modified_Time" in info.fields:
                names.append("Modified_Time")
            table = self._table(info, info.module.plural_label, shown, names)
        return RecordList(table, total, page, pages, address("modules", module))

    def record(self, module: str, record_id: str) -> RecordPage | None:
        """One record; None where there is none."""
        info = self._state.catalog.get(module)
        if info is None or not is_id(record_id):
            return None
        with self._state.store.transaction():
            row = self._state.store.get(module, record_id)
            if row is None:
                return None
            answer = self._state.shaper.single(info, row.data, None)
            page = RecordPage(
                title=row.name or row.id,
                id=row.id,
                module=info.module.plural_label or module,
                module_href=address("modules", module),
                api_path=f"/crm/v8/{'users' if module == USERS else module}/{row.id}",
                notes=self._notes(info, row),
                attachments=self._attachments(row),
            )
            self._fill(page, info, answer)
        return page

    def _fill(self, page: RecordPage, info: ModuleInfo, answer: Json) -> None:
        for name, known in info.fields.items():
            if isinstance(known.type, ir.Subform):
                page.subforms.append(self._subform(known, known.type, answer))
                continue
            line = FieldLine(known.label, name, known.data_type, self._pieces(info, name, answer))
            (page.filled if line.pieces else page.empty).append(line)
        page.system.extend(
            FieldLine("", name, "", self._pieces(info, name, answer))
            for name in sorted(answer.keys() - info.fields.keys() - {"id"})
        )

    def _subform(self, known: ir.Field, kind: ir.Subform, answer: Json) -> Table:
        rows = [
            row for each in as_list(answer.get(known.api_name)) or [] if (row := as_object(each))
        ]
        info = self._state.catalog.get(kind.module)
        if info is None:
            return Table(known.label, known.api_name, [], [])
        names = _columns(info, rows, most=None)
        return self._table(info, known.label, rows, names, known.api_name)

    def _table(
        self,
        info: ModuleInfo,
        label: str,
        records: Sequence[Json],
        names: Sequence[str],
        api_name: str | None = None,
    ) -> Table:
        lines = [
            Line(
                address("modules", info.api_name, record["id"]),
                record["id"],
                [_short(self._pieces(info, name, record)) for name in names],
            )
            for record in records
        ]
        columns = [(_label(info, name), name) for name in names]
        return Table(label or info.api_name, api_name or info.api_name, columns, lines)

    # --- values ---------------------------------------------------------------------------

    def _pieces(self, info: ModuleInfo, name: str, answer: Json) -> list[Piece]:
        """A value in the parts that it is made of; none where it is empty."""
        value: object = answer.get(name)
        if (link := info.links.get(name)) is not None:
            rows = as_list(value) or []
            return [
                self._reference((as_object(row) or {}).get(link.other_field), link.target)
                for row in rows
            ]
        if id_of(value) is not None:
            return [self._reference(value, self._state.shaper.target(info, name, answer))]
        if (several := as_list(value)) is not None:
            return [Piece(_text(each)) for each in several]
        return [] if value is None or value == "" else [Piece(_text(value))]

    def _reference(self, value: object, target: str | None) -> Piece:
        record_id = id_of(value)
        held = (
            target is not None
            and record_id is not None
            and self._state.catalog.get(target) is not None
            and self._state.store.exists(target, record_id)
        )
        href = address("modules", target or "", record_id or "") if held else None
        return Piece(_text(value), href)

    # --- what belongs to a record ---------------------------------------------------------

    def _notes(self, info: ModuleInfo, row: Row) -> list[Note]:
        relations = Relations(self._state.catalog, self._state.store)
        try:
            relation = relations.find(info, row, NOTES)
        except ApiError:  # a module that has none
            return []
        condition, values = relations.condition(relation)
        found = self._state.store.select(
            f"SELECT data FROM record WHERE module = ? AND {condition} ORDER BY key DESC",  # noqa: S608  # see Relations
            (relation.target.api_name, *values),
        )
        notes: list[Json] = [loads(data) for (data,) in found]
        return [
            Note(
                str(note.get("Note_Title") or ""),
                str(note.get("Note_Content") or ""),
                str(note.get("Created_Time") or ""),
                address("modules", relation.target.api_name, note["id"]),
            )
            for note in notes
        ]

    def _attachments(self, row: Row) -> list[tuple[str, str, str]]:
        store = self._state.store
        found = (store.get(ATTACHMENTS, each) for each in store.find(ATTACHMENTS, PARENT, row.id))
        return [
            (
                str(each.data.get("File_Name")),
                each.data.get("$link_url") or f"{int(each.data.get('Size') or 0):,} bytes",
                str(each.data.get("Created_Time")),
            )
            for each in found
            if each is not None
        ]


def _columns(info: ModuleInfo, records: Sequence[Json], most: int | None) -> list[str]:
    """The fields worth a column: the name, then those that hold something.

    Where there is room for ``most`` of them only: in many records, and more than yes or no.
    """
    names = list(info.fields) or list(dict.fromkeys(name for each in records for name in each))
    first = [info.name_field] if info.name_field in names else []

    def filled(name: str) -> int:
        return sum(record.get(name) not in (None, "", []) for record in records)

    few = len(records) // 3 if most else 0
    left_out = (ir.Subform, ir.Boolean) if most else (ir.Subform,)
    others = [
        name
        for name in names
        if name not in first
        and name not in _SYSTEM
        and not name.startswith("$")
        and not isinstance(_type(info, name), left_out)
        and filled(name) > few
    ]
    return [*first, *others][:most]


def _type(info: ModuleInfo, name: str) -> ir.FieldType | None:
    known = info.fields.get(name)
    return None if known is None else known.type


def _label(info: ModuleInfo, name: str) -> str:
    known = info.fields.get(name)
    return name if known is None else known.label


def _short(pieces: list[Piece]) -> list[Piece]:
    return [
        piece if len(piece.text) <= _CELL else Piece(f"{piece.text[:_CELL]}…", piece.href)
        for piece in pieces
    ]


def _text(value: object) -> str:
    """One value as text: names of references and files, everything else as JSON has it."""
    if isinstance(value, str):
        return value
    found = as_object(value)
    if found is not None:
        for name in ("name", "File_Name__s", "file_Name", "id"):
            if isinstance(found.get(name), str):
                return str(found[name])
    return dumps(value)
