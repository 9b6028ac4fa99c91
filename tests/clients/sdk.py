"""Short ways to what Zoho's SDK spells out: records, bodies, results."""

from __future__ import annotations

from typing import Any

from zohocrmsdk.src.com.zoho.crm.api import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Record, RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.util import APIResponse


def record(id: int | None = None, /, **values: Any) -> Record:
    made = Record()
    if id is not None:
        made.set_id(id)
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def body(*records: Record) -> BodyWrapper:
    made = BodyWrapper()
    made.set_data(list(records))
    return made


def parameters(*pairs: tuple[Any, Any]) -> ParameterMap:
    made = ParameterMap()
    for parameter, value in pairs:
        made.add(parameter, value)
    return made


def results(answer: APIResponse, status: int) -> list[Any]:
    """The results of a write, one an item."""
    assert answer.get_status_code() == status
    items: list[Any] = answer.get_object().get_data()
    return items


def create(module: str, *records: Record) -> list[int]:
    answer = RecordOperations(module).create_records(body(*records))
    return [int(item.get_details()["id"]) for item in results(answer, 201)]


def read(module: str, id: int) -> dict[str, Any]:
    answer = RecordOperations(module).get_record(id)
    assert answer.get_status_code() == 200
    (found,) = answer.get_object().get_data()
    values: dict[str, Any] = found.get_key_values()
    return values
