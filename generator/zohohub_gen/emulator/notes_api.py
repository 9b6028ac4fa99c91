"""Routes of the notes of one record; they are listed as any related list is."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from .catalog import ModuleInfo
from .errors import ApiError, ItemError, missing_param
from .incoming import MAX_RECORDS, Route, batch, json_body
from .listing import record_ids
from .related_api import record_of
from .related_lookups import NOTES, PARENT
from .results import invalid_id, status_of, success
from .state import State
from .store import Row
from .values import Json, as_object, id_of, is_id

_TEXTS = ("Note_Content", "Note_Title")


class NotesApi:
    """POST, PUT and DELETE of /{module}/{id}/Notes and of one note in it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        path = f"/<module:module>/<record_id>/{NOTES}"
        yield path, self._add, ["POST"]
        yield path, self._update, ["PUT"]
        yield path, self._delete, ["DELETE"]
        yield f"{path}/<note_id>", self._update_one, ["PUT"]
        yield f"{path}/<note_id>", self._delete_one, ["DELETE"]

    def _add(self, module: str, record_id: str) -> tuple[int, Json]:
        items = batch(json_body())
        with self._state.store.transaction():
            info, parent = record_of(self._state, module, record_id)
            reference = {
                "module": {"api_name": info.api_name, "id": info.module.id},
                "id": parent.id,
            }
            results: list[Json] = []
            for index, raw in enumerate(items):
                item = as_object(raw) or {}
                path = f"$.data[{index}]"
                if not any(item.get(name) for name in _TEXTS):
                    results.append(_without_text(path).body())
                    continue
                outcome = self._state.writer.insert(
                    self._notes(), {**item, PARENT: reference}, path
                )
                results.append(self._result(outcome, "record added"))
        return status_of(results, 201), {"data": results}

    def _update(self, module: str, record_id: str) -> tuple[int, Json]:
        items = batch(json_body())
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            results = [
                self._change(parent, as_object(raw) or {}, f"$.data[{index}]")
                for index, raw in enumerate(items)
            ]
        return status_of(results, 200), {"data": results}

    def _update_one(self, module: str, record_id: str, note_id: str) -> tuple[int, Json]:
        (raw, *_) = batch(json_body())
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            if self._note(parent, note_id) is None:
                raise invalid_id(3)
            result = self._change(parent, {**(as_object(raw) or {}), "id": note_id}, "$.data[0]")
        return status_of([result], 200), {"data": [result]}

    def _change(self, parent: Row, item: Json, path: str) -> Json:
        if item.get("id") is None:
            place = {"api_name": "id", "json_path": f"{path}.id"}
            return ItemError("MANDATORY_NOT_FOUND", "required field not found", place).body()
        note = self._note(parent, item["id"])
        if note is None:
            place = {"id": item["id"], "api_name": "id", "json_path": f"{path}.id"}
            return ItemError("INVALID_DATA", "the id given seems to be invalid", place).body()
        if not any({**note.data, **item}.get(name) for name in _TEXTS):
            return _without_text(path).body()
        outcome = self._state.writer.update(self._notes(), note.id, item, path, None)
        return self._result(outcome, "record updated")

    def _delete(self, module: str, record_id: str) -> tuple[int, Json]:
        ids = record_ids(request.args, MAX_RECORDS)
        if not ids:
            raise missing_param("ids")
        return self._remove(module, record_id, ids)

    def _delete_one(self, module: str, record_id: str, note_id: str) -> tuple[int, Json]:
        return self._remove(module, record_id, [note_id])

    def _remove(self, module: str, record_id: str, ids: list[str]) -> tuple[int, Json]:
        results: list[Json] = []
        with self._state.store.transaction():
            _, parent = record_of(self._state, module, record_id)
            for note_id in ids:
                note = self._note(parent, note_id)
                if note is None:
                    refused = ItemError("INVALID_DATA", "record not deleted", {"id": note_id})
                    results.append(refused.body())
                    continue
                self._state.writer.delete(self._notes(), note.id)
                results.append(success({"id": note.id}, "record deleted"))
        return status_of(results, 200), {"data": results}

    def _notes(self) -> ModuleInfo:
        info = self._state.catalog.get(NOTES)
        if info is None:
            raise ApiError(
                400,
                "INVALID_DATA",
                "the relation name given seems to be invalid",
                {"resource_path_index": 2},
            )
        return info

    def _note(self, parent: Row, note_id: object) -> Row | None:
        note = self._state.store.get(self._notes().api_name, note_id) if is_id(note_id) else None
        return note if note is not None and id_of(note.data.get(PARENT)) == parent.id else None

    def _result(self, outcome: Row | ItemError, message: str) -> Json:
        if isinstance(outcome, ItemError):
            return outcome.body()
        return success(self._state.writer.details(outcome), message)


def _without_text(path: str) -> ItemError:
    return ItemError(
        "EXPECTED_FIELD_MISSING",
        "should contain either content or title",
        {"expected_fields": [{"api_name": name, "json_path": f"{path}.{name}"} for name in _TEXTS]},
    )
