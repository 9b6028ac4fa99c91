"""Blueprints: GET and PUT of /{module}/{id}/actions/blueprint."""

from __future__ import annotations

from collections.abc import Iterator

from zohohub_gen.diagnostics import GeneratorError

from .catalog import ModuleInfo
from .definitions import BLUEPRINTS_FILE, Blueprint, Transition
from .errors import ApiError, ItemError, no_permission
from .incoming import Route, json_body, module_of
from .results import row_of, success
from .state import State
from .store import Row
from .values import Json, as_list, as_object

_NOT_FIELDS = frozenset({"Notes", "Attachments", "CheckLists"})


class BlueprintApi:
    """The transitions that a record may take, and taking one."""

    def __init__(self, state: State) -> None:
        self._state = state
        for blueprint in state.definitions.blueprints:
            info = state.catalog.get(blueprint.module)
            if info is None or blueprint.field not in info.fields:
                raise GeneratorError(
                    f"{BLUEPRINTS_FILE} has a blueprint of {blueprint.module}.{blueprint.field}, "
                    "and the metadata has no such field: correct it or pull the metadata again"
                )

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods of each."""
        rule = "/<module:module>/<record_id>/actions/blueprint"
        yield rule, self._get, ["GET"]
        yield rule, self._apply, ["PUT"]

    def _get(self, module: str, record_id: str) -> Json:
        info = module_of(self._state.catalog, module)
        with self._state.store.transaction():
            row = row_of(self._state.store, info.api_name, record_id)
            blueprint = self._blueprint(row)
            data = self._state.shaper.single(info, row.data, None)
        field = info.fields[blueprint.field]
        return {
            "blueprint": {
                "process_info": {
                    "id": blueprint.id,
                    "name": blueprint.name,
                    "field_id": field.id,
                    "api_name": field.api_name,
                    "field_label": field.label,
                    "field_value": row.data.get(field.api_name),
                    "column_name": field.api_name.upper(),
                    "is_continuous": False,
                    "continuous": False,
                    "escalation": None,
                },
                "transitions": [
                    self._transition(info, blueprint, step, data)
                    for step in blueprint.transitions
                    if row.data.get(field.api_name) in step.sources
                ],
            }
        }

    def _transition(
        self, info: ModuleInfo, blueprint: Blueprint, step: Transition, data: Json
    ) -> Json:
        known = self._state.metadata.named_fields(info.api_name, list(step.fields))
        return {
            "id": step.id,
            "name": step.name,
            "type": "manual",
            "next_field_value": step.target,
            "criteria_matched": True,
            "criteria_message": None,
            "percent_partial_save": 0,
            "execution_time": None,
            "next_transitions": [
                {"id": after.id, "name": after.name, "criteria_matched": None, "type": "manual"}
                for after in blueprint.transitions
                if step.target in after.sources
            ],
            "data": {name: data.get(name) for name in step.fields},
            "fields": [
                {
                    **known[name],
                    "mandatory": required,
                    "content": None,
                    "validation_rule": None,
                    "transition_sequence": number,
                }
                for number, (name, required) in enumerate(step.fields.items(), 1)
                if name in known
            ],
        }

    def _apply(self, module: str, record_id: str) -> Json:
        info = module_of(self._state.catalog, module)
        if not info.module.editable:
            raise no_permission(f"Crm_Implied_Edit_{module}")
        path = "$.blueprint[0]"
        items = as_list(json_body().get("blueprint")) or []
        item = as_object(items[0]) if len(items) == 1 else None
        if item is None:
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {"api_name": "blueprint", "json_path": "$.blueprint"},
            )
        data = as_object(item.get("data")) or {}
        with self._state.store.transaction():
            row = row_of(self._state.store, info.api_name, record_id)
            blueprint = self._blueprint(row)
            step = self._step(blueprint, row, str(item.get("transition_id")))
            values = {name: value for name, value in data.items() if name not in _NOT_FIELDS}
            for name, required in step.fields.items():
                if required and values.get(name, row.data.get(name)) in (None, "", []):
                    raise _refusal(
                        ItemError(
                            "MANDATORY_NOT_FOUND",
                            "required field not found",
                            {"api_name": name, "json_path": f"{path}.data.{name}"},
                        )
                    )
            values[blueprint.field] = step.target
            outcome = self._state.writer.update(
                info, row.id, values, f"{path}.data", None, transition=True
            )
            if isinstance(outcome, ItemError):
                raise _refusal(outcome)
            self._note(info, row, data.get("Notes"))
        return success({}, "transition updated successfully")

    def _note(self, info: ModuleInfo, row: Row, text: object) -> None:
        notes = self._state.catalog.get("Notes")
        if notes is None or not isinstance(text, str) or not text:
            return
        parent = {"id": row.id, "module": {"api_name": info.api_name}}
        note = {"Note_Content": text, "Parent_Id": parent}
        outcome = self._state.writer.insert(notes, note, "$.blueprint[0].data.Notes")
        if isinstance(outcome, ItemError):
            raise _refusal(outcome)

    def _blueprint(self, row: Row) -> Blueprint:
        for blueprint in self._state.definitions.blueprints:
            if blueprint.holds(row):
                return blueprint
        raise ApiError(400, "RECORD_NOT_IN_PROCESS", "record not in process")

    def _step(self, blueprint: Blueprint, row: Row, transition_id: str) -> Transition:
        for step in blueprint.transitions:
            if step.id == transition_id and row.data.get(blueprint.field) in step.sources:
                return step
        raise ApiError(
            400,
            "INVALID_DATA",
            "invalid data",
            {"api_name": "transition_id", "json_path": "$.blueprint[0].transition_id"},
        )


def _refusal(error: ItemError) -> ApiError:
    return ApiError(400, error.code, error.message, error.details)
