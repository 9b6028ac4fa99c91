"""POST /Leads/{id}/actions/convert: an account, a contact and perhaps a deal out of a lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .catalog import ModuleInfo
from .errors import ApiError, ItemError
from .incoming import Route, batch, json_body, module_of
from .results import row_of, success
from .state import State
from .store import Row
from .values import Json, as_object, format_time, id_of, is_id

LEADS = "Leads"

# What Zoho maps as long as nobody changes it; an org's own mapping is in its metadata.
_USUAL: dict[str, dict[str, str]] = {
    "Accounts": {
        "Annual_Revenue": "Annual_Revenue",
        "Company": "Account_Name",
        "Phone": "Phone",
        "Website": "Website",
    },
    "Contacts": {
        name: name
        for name in (
            "Description",
            "Email",
            "Email_Opt_Out",
            "First_Name",
            "Last_Name",
            "Lead_Source",
            "Mobile",
            "Phone",
            "Salutation",
        )
    },
    "Deals": {"Lead_Source": "Lead_Source"},
}


class _RefusedError(Exception):
    """A record that the conversion would make is not one that Zoho takes."""

    def __init__(self, error: ItemError) -> None:
        super().__init__(error.code)
        self.error = error


class ConvertApi:
    """Converts one lead a call."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        yield f"/{LEADS}/<record_id>/actions/convert", self._convert, ["POST"]

    def _convert(self, record_id: str) -> tuple[int, Json]:
        info = module_of(self._state.catalog, LEADS)
        item = as_object(batch(json_body())[0])
        if item is None:
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {"expected_data_type": "jsonobject", "api_name": "data", "json_path": "$.data[0]"},
            )
        try:
            with self._state.store.transaction():
                details = self._make(info, self._lead(record_id), item)
        except _RefusedError as refused:
            return 400, {"data": [refused.error.body()]}
        return 200, {"data": [success(details, "The record has been converted successfully")]}

    def _lead(self, record_id: str) -> Row:
        row = row_of(self._state.store, LEADS, record_id)
        if row.data.get("$converted") is True or row.data.get("Converted__s") is True:
            raise ApiError(400, "ID_ALREADY_CONVERTED", "id already converted")
        return row

    def _make(self, info: ModuleInfo, lead: Row, item: Json) -> Json:
        assigned = as_object(item.get("assign_to"))
        owner = {"Owner": {"id": assigned.get("id")}} if assigned else {}
        if not owner and (own := id_of(lead.data.get("Owner"))):
            owner = {"Owner": {"id": own}}
        account = contact = deal = None
        if "Accounts" in item or lead.data.get("Company"):
            account = self._target("Accounts", lead, item, owner, {})
        links: Json = {"Account_Name": {"id": account.id}} if account else {}
        contact = self._target("Contacts", lead, item, owner, links)
        if contact:
            links["Contact_Name"] = {"id": contact.id}
        values = as_object(item.get("Deals"))
        if values is not None:
            values = {name: value for name, value in values.items() if name[:1] != "$"}
            deal = self._target("Deals", lead, {}, owner, {**links, **values})
        made = {"Contacts": contact, "Deals": deal, "Accounts": account}
        self._mark(info, lead, made)
        return {
            module: {"name": row.name, "id": row.id} if row else None
            for module, row in made.items()
        }

    def _target(self, module: str, lead: Row, item: Json, owner: Json, more: Json) -> Row | None:
        """The record of a module that the lead becomes: an old one that is named, or a new one."""
        target = self._state.catalog.get(module)
        if target is None or not target.module.api_supported:
            return None
        path = f"$.data[0].{module}"
        mapped = self._mapped(target, lead)
        if module not in item:
            return _done(self._state.writer.insert(target, {**mapped, **owner, **more}, path))
        known_id = id_of(item[module])
        known = self._state.store.get(module, known_id) if is_id(known_id) else None
        if known is None:
            raise _RefusedError(
                ItemError(
                    "INVALID_DATA",
                    "the id given seems to be invalid",
                    {"api_name": "id", "json_path": f"{path}.id"},
                )
            )
        if item.get("overwrite") is not True:
            return known
        return _done(self._state.writer.update(target, known.id, mapped, path, None))

    def _mapped(self, target: ModuleInfo, lead: Row) -> Json:
        """The values of the lead under the names that the target has for them."""
        own = {
            str(raw["api_name"]): mapping
            for raw in self._state.catalog.snapshot.fields.get(LEADS, [])
            if (mapping := as_object(raw.get("convert_mapping")))
        }
        if own:
            names: dict[str, Any] = {
                name: mapping.get(target.api_name) for name, mapping in own.items()
            }
        else:
            names = dict(_USUAL.get(target.api_name, {}))
        return {
            name: lead.data[source]
            for source, name in names.items()
            if name in target.fields and lead.data.get(source) is not None
        }

    def _mark(self, info: ModuleInfo, lead: Row, made: dict[str, Row | None]) -> None:
        now = int(self._state.clock())
        moment = format_time(now, self._state.zone)
        values: Json = {"Converted__s": True, "Converted_Date_Time": moment}
        for module, row in made.items():
            values[f"Converted_{module.removesuffix('s')}"] = {"id": row.id} if row else None
        data = {
            **lead.data,
            **{name: value for name, value in values.items() if name in info.fields},
            "$converted": True,
            "Modified_Time": moment,
        }
        new = replace(lead, modified=now, data=data)
        self._state.store.put(new, info.indexed, lead.data)


def _done(outcome: Row | ItemError) -> Row:
    if isinstance(outcome, ItemError):
        raise _RefusedError(outcome)
    return outcome
