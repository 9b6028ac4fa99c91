"""Fields that Zoho computes: formulas and roll-up summaries, on every read and in every condition.

They follow the records at once and never change a record's Modified_Time, as in Zoho.  Which of
them the emulator cannot compute is logged once, at the start; those stay as they were loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from zohohub_gen import ir

from .catalog import CALCULATED, Catalog, ModuleInfo
from .conditions import json_path
from .formulas import Evaluation, Formula, formulas_of
from .rollups import Rollup, literal, rollup_for
from .store import Store
from .values import Clock, Json, format_time, id_key, loads, number, parse_time

_AT_ONCE = 500
_log = logging.getLogger("zohohub_gen.emulator")


class Computed:
    """Computes fields of records.  Use inside a transaction."""

    def __init__(self, catalog: Catalog, store: Store, zone: tzinfo, clock: Clock) -> None:
        self._store = store
        self._zone = zone
        self._clock = clock
        raw = {
            info.api_name: {
                str(each.get("api_name")): each
                for each in catalog.snapshot.fields.get(info.api_name, [])
            }
            for info in catalog.modules()
        }
        self._formulas = {
            info.api_name: formulas_of(info.module, raw[info.api_name])
            for info in catalog.modules()
        }
        self._rollups: dict[str, dict[str, Rollup]] = {}
        # A roll-up may sum up a formula, and a formula may read a roll-up of its own record, but
        # no roll-up sums up what follows from another: so nothing goes in a circle.
        for info in catalog.modules():
            self._offer(info, with_rollups=False)
        for info in catalog.modules():
            fields = [f for f in info.fields.values() if f.data_type == "rollup_summary"]
            self._rollups[info.api_name] = {
                field.api_name: rollup
                for field in fields
                if (rollup := rollup_for(catalog, info, field, raw[info.api_name][field.api_name]))
            }
        for info in catalog.modules():
            for name, rollup in self._rollups[info.api_name].items():
                info.computed[name] = rollup.sql
            self._offer(info, with_rollups=True)
        store.define("zoho_formula", 3, self._sql_value)
        self._tell(catalog)

    def fill(self, info: ModuleInfo, records: list[Json], names: Iterable[str]) -> list[Json]:
        """The records with those of the named fields that are computed."""
        wanted = [name for name in dict.fromkeys(names) if name in info.computed]
        if not wanted or not records:
            return records
        formulas = self._formulas[info.api_name]
        rollups = self._rollups[info.api_name]
        needed = {name for name in wanted if name in rollups}
        for name in wanted:
            if name in formulas:
                needed |= self._read_rollups(info.api_name, formulas[name])
        filled = self._with_rollups(records, [rollups[name] for name in sorted(needed)], info)
        now = self._clock()
        for data in filled:
            evaluation = Evaluation(formulas, data, self._zone, now)
            values = {name: evaluation.json(name) for name in wanted if name in formulas}
            data.update(values)
        return filled

    def _with_rollups(
        self, records: list[Json], rollups: list[Rollup], info: ModuleInfo
    ) -> list[Json]:
        filled = [dict(data) for data in records]
        if not rollups:
            return filled
        by_key = {id_key(data["id"]): data for data in filled}
        keys = list(by_key)
        selected = ", ".join(rollup.sql("r") for rollup in rollups)
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            for key, *values in self._store.select(
                f"SELECT r.key, {selected} FROM record r WHERE r.module = ? AND r.key IN ({marks})",  # noqa: S608  # see rollups
                [info.api_name, *part],
            ):
                for rollup, value in zip(rollups, values, strict=True):
                    by_key[key][rollup.field.api_name] = self._shown(rollup.field, value)
        # One record may stand in the list several times.
        return [by_key[id_key(data["id"])] for data in filled]

    def _shown(self, field: ir.Field, value: Any) -> Any:
        if isinstance(value, float):
            return number(Decimal(repr(value)))
        if isinstance(value, int) and isinstance(field.type, ir.DateTime):
            return format_time(value, self._zone)
        return value

    # --- conditions -----------------------------------------------------------------------

    def _offer(self, info: ModuleInfo, *, with_rollups: bool) -> None:
        """Let conditions of a module use its formulas."""
        for name, formula in self._formulas[info.api_name].items():
            if bool(self._all_rollups(info, formula)) == with_rollups:
                info.computed[name] = self._formula_sql(info, formula)

    def _formula_sql(self, info: ModuleInfo, formula: Formula) -> Any:
        def sql(alias: str) -> str:
            data = f"{alias}.data"
            rollups = self._rollups.get(info.api_name, {})
            for name in sorted(self._all_rollups(info, formula)):
                path = json_path(name)
                if name in rollups and path is not None:
                    data = f"json_set({data}, {path}, {rollups[name].sql(alias)})"
            names = f"{literal(info.api_name)}, {literal(formula.field.api_name)}"
            return f"zoho_formula({names}, {data})"

        return sql

    def _all_rollups(self, info: ModuleInfo, formula: Formula) -> set[str]:
        """The roll-ups that a formula reads, by itself and through others."""
        return {
            name
            for name in self._reads(self._formulas[info.api_name], formula, set())
            if info.fields[name].data_type == "rollup_summary"
        }

    def _read_rollups(self, module: str, formula: Formula) -> set[str]:
        rollups = self._rollups[module]
        return self._reads(self._formulas[module], formula, set()) & rollups.keys()

    def _reads(self, formulas: dict[str, Formula], formula: Formula, seen: set[str]) -> set[str]:
        for field in formula.fields.values():
            if field.api_name not in seen:
                seen.add(field.api_name)
                if field.api_name in formulas:
                    self._reads(formulas, formulas[field.api_name], seen)
        return seen

    def _sql_value(self, module: str, name: str, text: str | None) -> Any:
        """A formula in a condition, in the form in which its type compares."""
        if text is None:
            return None  # a lookup that leads nowhere
        formulas = self._formulas[module]
        value = Evaluation(formulas, loads(text), self._zone, self._clock()).json(name)
        if isinstance(formulas[name].field.type, ir.DateTime):
            return parse_time(value)
        if isinstance(value, Decimal):
            return float(value)
        return int(value) if isinstance(value, int) else value

    def _tell(self, catalog: Catalog) -> None:
        left = [
            f"{info.api_name}.{field.api_name}"
            for info in catalog.modules()
            for field in info.fields.values()
            if field.data_type in CALCULATED and field.api_name not in info.computed
        ]
        if left:
            _log.info("not computed, and only as records bring them: %s", ", ".join(left))
