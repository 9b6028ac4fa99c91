"""Roll-up summaries as SQL: a number out of the records whose lookup leads to this one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from zohohub_gen import ir
from zohohub_gen.lenient import items, mapping, reference

from .catalog import CALCULATED, Catalog, ModuleInfo
from .conditions import Column, Condition, column
from .errors import ApiError
from .json_criteria import JsonCriteria, texts_in
from .related_lookups import PARENT, lookups_of, rollup_of
from .values import Json

_DIGITS = 9
"""What a sum of floating-point numbers is rounded to, unless the field says less."""

_OF_NUMBERS = {
    "sum": "coalesce(sum({}), 0)",
    "average": "avg({})",
    "avg": "avg({})",
}
_OF_ALL = {"max": "max({})", "maximum": "max({})", "min": "min({})", "minimum": "min({})"}


@dataclass(frozen=True, slots=True)
class Rollup:
    """A roll-up that can be computed."""

    field: ir.Field
    select: str
    """The aggregate, over the table of records as ``c``."""
    source: str
    """The rest of the query; ``{parent}`` stands for the alias of the record's own row."""

    def sql(self, alias: str) -> str:
        """The value for the record in the row of that alias, as a column of its type compares."""
        return f"(SELECT {self.select} {self.source.replace('{parent}', alias)})"


def rollup_for(catalog: Catalog, info: ModuleInfo, field: ir.Field, raw: Json) -> Rollup | None:
    """The roll-up of a field, or None where the emulator cannot tell what it comes to."""
    found = rollup_of(raw)
    target = catalog.get(found[0]) if found else None
    if found is None or target is None:
        return None
    lookup = _lookup(catalog, info, target, found[1])
    select = _aggregate(target, dict(mapping(raw.get("rollup_summary"))), field, raw)
    condition = _condition(target, dict(mapping(raw.get("rollup_summary"))))
    if lookup is None or select is None or condition is None:
        return None
    source = (
        "FROM lookup l JOIN record c ON c.module = l.module AND c.key = l.key"
        f" WHERE l.module = {literal(target.api_name)} AND l.field = {literal(lookup)}"
        f" AND l.value = ltrim({{parent}}.key, '0') AND {condition}"
    )
    return Rollup(field, select, source)


def _lookup(catalog: Catalog, info: ModuleInfo, target: ModuleInfo, name: str) -> str | None:
    if target.module.parent == info.api_name and target.module.is_subform:
        return PARENT
    raw_fields = catalog.snapshot.fields.get(target.api_name, [])
    names = lookups_of(name, info.api_name, target.module.fields, raw_fields)
    return names[0] if len(names) == 1 and names[0] in target.indexed else None


def _aggregate(target: ModuleInfo, rollup: Json, field: ir.Field, raw: Json) -> str | None:
    expression = mapping(rollup.get("expression"))
    function = str(expression.get("function")).lower()
    if function == "count":
        return "count(*)"
    names = [reference(each) for each in items(expression.get("function_parameters"))]
    left = _column(target, names[0]) if names and names[0] else None
    if left is None:
        return None
    if function == "recent" and left.kind == "time":
        function = "max"  # the latest moment is the most recent one
    if left.kind == "number" and isinstance(field.type, ir.Number | ir.Integer):
        places = raw.get("decimal_place")
        digits = places if isinstance(places, int) else _DIGITS
        form = (_OF_NUMBERS | _OF_ALL).get(function)
        return form and f"round({form.format(left.sql)}, {digits})"
    fits = {"time": ir.DateTime, "date": ir.Date}.get(left.kind)
    form = _OF_ALL.get(function) if fits and isinstance(field.type, fits) else None
    return form and form.format(left.sql)


def _column(target: ModuleInfo, name: str) -> Column | None:
    """A column of the records that are summed up; none that would sum up others in its turn."""
    field = target.fields.get(name)
    if field is not None and field.data_type in CALCULATED and name not in target.computed:
        return None
    return column(target, name, "c")


def _condition(target: ModuleInfo, rollup: Json) -> str | None:
    criteria = mapping(mapping(rollup.get("expression")).get("criteria"))
    if not criteria:
        return "1"
    tree = JsonCriteria(lambda name: _column(target, str(name)))
    try:
        return _inline(tree.condition(texts_in(dict(criteria), "")))
    except ApiError:
        return None


def _inline(condition: Condition) -> str | None:
    """A condition with its values inside: a column carries none beside it."""
    sql, bound = condition
    parts = sql.split("?")
    if len(parts) != len(bound) + 1:
        return None  # a field whose name has a question mark
    return parts[0] + "".join(
        literal(value) + part for value, part in zip(bound, parts[1:], strict=True)
    )


def literal(value: object) -> str:
    """A value as SQL; of a text, which anybody may have written, only its bytes in hexadecimal."""
    if isinstance(value, int | float | Decimal):
        return repr(value) if isinstance(value, float) else str(value)
    return f"CAST(x'{str(value).encode('utf-8', 'surrogatepass').hex()}' AS TEXT)"
