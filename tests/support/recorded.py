"""Recorded exchanges of an org as a snapshot, records to start with, and shapes to compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zohohub_gen.snapshot import Snapshot

from tests.support.json_values import is_list, is_object

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_PEOPLE = frozenset({"Owner", "Created_By", "Modified_By", "Handler", "Check_In_By"})
_LOOKUPS = {
    "Account_Name": "Accounts",
    "Campaign_Source": "Campaigns",
    "Contact_Name": "Contacts",
    "Parent_Account": "Accounts",
    "Reporting_To": "Contacts",
    "Vendor_Name": "Vendors",
    "Who_Id": "Contacts",
}
_READ_ONLY = frozenset(
    {"id", "Created_By", "Modified_By", "Created_Time", "Modified_Time", "Full_Name"}
)
_REQUIRED = frozenset({"Last_Name", "Account_Name", "Deal_Name", "Subject", "Event_Title"})


@dataclass(frozen=True)
class Exchange:
    """A request and what Zoho answered."""

    name: str
    method: str
    path: str
    parameters: dict[str, str]
    body: Any
    status: int
    answer: Any

    @property
    def parts(self) -> list[str]:
        """The path behind the version: module, id, …."""
        return self.path.strip("/").split("/")[2:]


def exchanges(org: Path) -> list[Exchange]:
    """Every recorded exchange of an org."""
    return [_exchange(path) for path in sorted((org / "other").glob("*.json"))]


def _exchange(path: Path) -> Exchange:
    content = json.loads(path.read_text("utf-8"))
    request = content["request"]
    return Exchange(
        path.stem,
        request["method"],
        request["path"],
        request.get("params") or {},
        request.get("data"),
        content["status"],
        content["response"] or None,
    )


class RecordedOrg:
    """What the answers show of an org: fields by the values they hold, records by their ids."""

    def __init__(self, org: Path) -> None:
        self.exchanges = exchanges(org)
        self.records: dict[str, dict[str, dict[str, Any]]] = {}
        for path in sorted((org / "records").glob("*.json")):
            for row in json.loads(path.read_text("utf-8"))["data"]:
                self.records.setdefault(path.stem, {})[row["id"]] = row
        self.users: list[dict[str, Any]] = []
        for exchange in self.exchanges:
            if exchange.method != "GET" or exchange.answer is None:
                continue
            if exchange.parts[0] == "users":
                self.users = exchange.answer["users"]
            else:
                for row in exchange.answer["data"]:
                    self.records.setdefault(exchange.parts[0], {})[row["id"]] = row
        self._add_missing()

    def _add_missing(self) -> None:
        """Records that are only written to: like another one of their module."""
        for exchange in self.exchanges:
            for module, record_id in _named(exchange):
                rows = self.records.setdefault(module, {})
                if record_id not in rows:
                    rows[record_id] = {**next(iter(rows.values())), "id": record_id}

    def snapshot(self) -> Snapshot:
        """Metadata that fits the records."""
        modules = [
            {
                "api_name": name,
                "id": f"73283950000000{number:05}",
                "generated_type": "default",
                "singular_label": name.removesuffix("s"),
                "plural_label": name,
                "api_supported": True,
                "creatable": True,
                "editable": True,
                "deletable": True,
            }
            for number, name in enumerate(self.records, 1)
        ]
        fields = {name: _fields(name, list(rows.values())) for name, rows in self.records.items()}
        org = {"currency_symbol": "KES", "iso_code": "KES", "time_zone": "Africa/Nairobi"}
        return Snapshot(modules=modules, fields=fields, org=org, language="en_US")

    def write(self, folder: Path) -> None:
        """The records as files, without the keys that Zoho itself adds to each of them."""
        for name, rows in self.records.items():
            data = [
                {key: value for key, value in row.items() if key == "$se_module" or key[0] != "$"}
                for row in rows.values()
            ]
            (folder / f"{name}.json").write_text(json.dumps({"data": data}), "utf-8")
        (folder / "Users.json").write_text(json.dumps({"users": self.users}), "utf-8")


def _named(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The records that a request takes for granted."""
    parts = exchange.parts
    if len(parts) > 1 and parts[1].isdigit() and parts[0] != "users":
        yield parts[0], parts[1]
    if exchange.method == "POST" and is_object(exchange.body):
        for item in exchange.body["data"]:
            if "se_module" in item:
                yield item["se_module"], item["Parent_Id"]


def _fields(module: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for row in rows for name in row if name[0] != "$")
    return [
        _field(module, name, [row[name] for row in rows if row.get(name) not in (None, "")])
        for name in names
    ]


def _field(module: str, name: str, values: list[Any]) -> dict[str, Any]:
    data_type, json_type, more = _type(module, name, values)
    writable = name not in _READ_ONLY
    return {
        "api_name": name,
        "field_label": name.replace("_", " "),
        "data_type": data_type,
        "json_type": json_type,
        "type": "used",
        "visible": True,
        "system_mandatory": name in _REQUIRED
        and not (name == "Account_Name" and module != "Accounts"),
        "operation_type": {"api_create": writable, "api_update": writable},
        **more,
    }


def _type(module: str, name: str, values: list[Any]) -> tuple[str, str, dict[str, Any]]:
    value = values[0] if values else None
    if name in _PEOPLE:
        return "ownerlookup", "jsonobject", {}
    if name == "Tag":
        return "text", "jsonarray", {}
    if name in ("Parent_Id", "What_Id"):
        return "lookup", "jsonobject", {"lookup": {"module": {"api_name": "se_module", "id": "1"}}}
    if name in _LOOKUPS and (name, module) != ("Account_Name", "Accounts"):
        target = {"api_name": _LOOKUPS[name], "id": "1"}
        return "lookup", "jsonobject", {"lookup": {"module": target}}
    if isinstance(value, bool):
        return "boolean", "boolean", {}
    if isinstance(value, int | float):
        return "double", "double", {}
    if is_list(value):
        return "multiselectpicklist", "jsonarray", {}
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return "datetime", "string", {}
    if isinstance(value, str) and _DATE.fullmatch(value):
        return "date", "string", {}
    return "text", "string", {}


def differences(recorded: Any, answered: Any, at: str = "$") -> Iterator[str]:
    """Where keys or JSON types differ; values do not count, and null goes for every type."""
    if recorded is None or answered is None:
        return
    if _kind(recorded) != _kind(answered):
        yield f"{at}: {_kind(answered)} instead of {_kind(recorded)}"
    elif is_object(recorded):
        for key in sorted(recorded.keys() - answered.keys()):
            yield f"{at}.{key}: missing"
        for key in sorted(answered.keys() - recorded.keys()):
            yield f"{at}.{key}: not recorded"
        for key in sorted(recorded.keys() & answered.keys()):
            yield from differences(recorded[key], answered[key], f"{at}.{key}")
    elif is_list(recorded) and recorded and answered:
        yield from differences(recorded[0], answered[0], f"{at}[]")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]
