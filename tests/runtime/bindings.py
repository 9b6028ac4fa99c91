"""Bindings of a small org, as generated code has them, and the metadata they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from zohohub.columns import Column, DateTimeColumn, DecimalColumn, SubformColumn, TextColumn
from zohohub.modules import Module
from zohohub.records import ABSENT, Record, api, decoder, record
from zohohub.results import Results
from zohohub.values import Ref, decode_datetime, decode_decimal, decode_rows
from zohohub_gen.emulator import Emulator
from zohohub_gen.snapshot import Snapshot

WIDE = 130
FIRST_ID = 4_000_000_000_000_000


# --- the bindings, as generated code looks ------------------------------------------------


class RowFields:
    id: TextColumn[Row] = TextColumn("id")
    part: TextColumn[Row] = TextColumn("Part")


@record
class Row(Record):
    fields: ClassVar[type[RowFields]] = RowFields

    id: str = api("id", default=ABSENT, read_only=True)
    part: str | None = api("Part", default=ABSENT)


@decoder(Row)
def decode_row(row: Row, data: Mapping[str, Any], /) -> None:
    if "id" in data:
        row.id = data["id"]
    if "Part" in data:
        row.part = data["Part"]


class ThingFields:
    id: TextColumn[Thing] = TextColumn("id")
    name: TextColumn[Thing] = TextColumn("Name")
    code: TextColumn[Thing] = TextColumn("Code")
    amount: DecimalColumn[Thing] = DecimalColumn("Amount")
    modified_time: DateTimeColumn[Thing] = DateTimeColumn("Modified_Time")
    rows: SubformColumn[Thing, Row] = SubformColumn("Thing_Rows", Row, decode_row)


@record
class Thing(Record):
    fields: ClassVar[type[ThingFields]] = ThingFields

    id: str = api("id", default=ABSENT, read_only=True)
    name: str | None = api("Name", default=ABSENT)
    code: str | None = api("Code", default=ABSENT)
    amount: Decimal | None = api("Amount", default=ABSENT)
    modified_time: datetime | None = api("Modified_Time", default=ABSENT, read_only=True)
    rows: list[Row] | None = api("Thing_Rows", default=ABSENT)


@decoder(Thing)
def decode_thing(row: Thing, data: Mapping[str, Any], /) -> None:
    if "id" in data:
        row.id = data["id"]
    if "Name" in data:
        row.name = data["Name"]
    if "Code" in data:
        row.code = data["Code"]
    if "Amount" in data:
        row.amount = decode_decimal(data["Amount"])
    if "Modified_Time" in data:
        row.modified_time = decode_datetime(data["Modified_Time"])
    if "Thing_Rows" in data:
        row.rows = decode_rows(decode_row, data["Thing_Rows"])


class Things(Module[Thing]):
    api_name = "Things"
    record_type = Thing
    decode = staticmethod(decode_thing)

    def create(self, **values: Any) -> str:
        return self._create(values)

    def create_many(self, rows: Sequence[Mapping[str, Any]]) -> Results:
        return self._create_many(rows)

    def update(self, target: str | Ref[Thing], /, **values: Any) -> None:
        self._update(target, values)

    def update_many(self, rows: Sequence[Mapping[str, Any]]) -> Results:
        return self._update_many(rows)

    def upsert_many(
        self, rows: Sequence[Mapping[str, Any]], *, match: Sequence[Column[Thing]] = ()
    ) -> Results:
        return self._upsert_many(rows, match)


WIDE_NAMES = [f"Text_{number:03}" for number in range(WIDE)]


def _wide() -> type[Module[Any]]:
    names = {"id": "id", "modified_time": "Modified_Time"} | {
        name.lower(): name for name in WIDE_NAMES
    }
    fields = type(
        "WideFields", (), {attribute: TextColumn(name) for attribute, name in names.items()}
    )
    body: dict[str, Any] = {name: api(names[name], default=ABSENT) for name in names}
    annotations = dict.fromkeys(names, "str | None") | {"fields": "ClassVar[Any]"}
    cls: Any = type(
        "Wide",
        (Record,),
        {**body, "fields": fields, "__annotations__": annotations, "__module__": __name__},
    )
    wide: Any = record(cls)

    def fill(row: Any, data: Mapping[str, Any]) -> None:
        for attribute, name in names.items():
            if name in data:
                setattr(row, attribute, data[name])

    return type(
        "Wides",
        (Module,),
        {"api_name": "Wide", "record_type": wide, "decode": staticmethod(decoder(wide)(fill))},
    )


Wides = _wide()


# --- the org ------------------------------------------------------------------------------


def _field(number: int, api_name: str, data_type: str, json_type: str, **more: Any) -> Any:
    writable = not more.get("read_only", False)
    return {
        "id": str(1_000_000_000_000_000 + number),
        "api_name": api_name,
        "field_label": api_name,
        "display_label": api_name,
        "data_type": data_type,
        "json_type": json_type,
        "operation_type": {
            "web_create": writable,
            "web_update": writable,
            "api_create": writable,
            "api_update": writable,
        },
        **more,
    }


def _module(number: int, api_name: str, **more: Any) -> Any:
    return {
        "id": str(2_000_000_000_000_000 + number),
        "api_name": api_name,
        "module_name": api_name,
        "singular_label": api_name,
        "plural_label": api_name,
        "generated_type": "custom",
        "api_supported": True,
        "status": "visible",
        "viewable": True,
        "creatable": True,
        "editable": True,
        "deletable": True,
        **more,
    }


def _system(number: int) -> list[Any]:
    return [
        _field(number, "id", "bigint", "string", length=20, read_only=True),
        _field(number + 1, "Created_Time", "datetime", "string", read_only=True),
        _field(number + 2, "Modified_Time", "datetime", "string", read_only=True),
    ]


SNAPSHOT = Snapshot(
    modules=[
        _module(1, "Things"),
        _module(
            2,
            "Thing_Rows",
            generated_type="subform",
            parent_module={"api_name": "Things", "id": "2000000000000001"},
        ),
        _module(3, "Wide"),
    ],
    fields={
        "Things": [
            *_system(100),
            _field(110, "Name", "text", "string", length=40, system_mandatory=True),
            _field(111, "Code", "text", "string", length=40, unique={"casesensitive": False}),
            _field(112, "Amount", "currency", "double", length=16, decimal_place=2),
            _field(
                113,
                "Thing_Rows",
                "subform",
                "jsonarray",
                associated_module={"module": "Thing_Rows", "id": "2000000000000002"},
            ),
        ],
        "Thing_Rows": [
            _field(200, "id", "bigint", "string", length=20, read_only=True),
            _field(
                201,
                "Parent_Id",
                "lookup",
                "jsonobject",
                lookup={"module": {"api_name": "Things", "id": "2000000000000001"}},
            ),
            _field(202, "Part", "text", "string", length=40),
        ],
        "Wide": [
            *_system(300),
            *(
                _field(400 + number, name, "text", "string", length=40)
                for number, name in enumerate(WIDE_NAMES)
            ),
        ],
    },
)


def things(count: int) -> list[dict[str, Any]]:
    return [{"id": str(FIRST_ID + n), "Name": f"Thing {n}"} for n in range(count)]


def calls(emulator: Emulator, method: str) -> list[Any]:
    """The requests of the API that the emulator got."""
    return [
        request
        for request in emulator.requests
        if request.method == method and request.path.startswith("/crm/")
    ]
