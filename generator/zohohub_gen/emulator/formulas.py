"""Formula fields: computed from the record whenever it is read, never kept.

What Zoho computes beyond the functions here stays what a record was loaded with, or null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from zohohub_gen import ir
from zohohub_gen.lenient import mapping, text

from .formula_functions import FUNCTIONS, UnfitError, Value, truth
from .formula_text import MAX_DEPTH, Call, Constant, FieldOf, FormulaError, Tree, parse_formula
from .values import Json, format_time, number, parse_time

_OWN = {"if": (3, 3), "and": (2, 30), "or": (2, 30), "not": (1, 1), "==": (2, 2), "!=": (2, 2)}
_NOW = frozenset({"now", "today"})
_EMPTY = frozenset({"isempty", "isblank"})
_READABLE = (
    ir.Text,
    ir.LongInteger,
    ir.Boolean,
    ir.Integer,
    ir.Number,
    ir.Date,
    ir.DateTime,
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of one field whose parts are all known."""

    field: ir.Field
    tree: Tree
    fields: dict[str, ir.Field]
    """The fields that it reads, by what the text calls them."""
    assume_default: bool
    """True where empty numbers count as 0 and empty texts as ""."""
    decimals: int | None


def formulas_of(module: ir.Module, raw_fields: Mapping[str, Json]) -> dict[str, Formula]:
    """The formulas of a module that can be computed, by api_name."""
    names = _names(module)
    found: dict[str, Formula] = {}
    for field in module.fields:
        raw = raw_fields.get(field.api_name, {})
        definition = mapping(raw.get("formula"))
        expression = text(definition.get("expression"))
        if field.data_type != "formula" or expression is None:
            continue
        try:
            tree = parse_formula(expression)
            read = {name: names[name.casefold()] for name in _check(tree, names)}
        except FormulaError:
            continue
        places = raw.get("decimal_place")
        found[field.api_name] = Formula(
            field,
            tree,
            read,
            definition.get("assume_default") is True,
            places if isinstance(places, int) else None,
        )
    return _complete(module, found)


def _complete(module: ir.Module, formulas: dict[str, Formula]) -> dict[str, Formula]:
    """Without those that read a formula that is not there."""
    missing = {
        field.api_name
        for field in module.fields
        if field.data_type == "formula" and field.api_name not in formulas
    }
    left = {
        name: formula
        for name, formula in formulas.items()
        if missing.isdisjoint(field.api_name for field in formula.fields.values())
    }
    return left if len(left) == len(formulas) else _complete(module, left)


def _names(module: ir.Module) -> dict[str, ir.Field]:
    """The fields by all that a formula may call them; api_names win over labels."""
    names: dict[str, ir.Field] = {}
    modules = (module.api_name, module.singular_label, module.plural_label)
    readable = [field for field in module.fields if _readable(field)]
    called = [(field.label, field) for field in readable]
    called += [(field.api_name, field) for field in readable]
    for plain, field in called:
        for name in (plain, *(f"{prefix}.{plain}" for prefix in modules)):
            names[name.casefold()] = field
    return names


def _readable(field: ir.Field) -> bool:
    if isinstance(field.type, ir.Picklist):
        return not field.type.multiple
    return isinstance(field.type, _READABLE)


def _check(tree: Tree, names: Mapping[str, ir.Field]) -> set[str]:
    """What the tree calls the fields that it reads; `FormulaError` for what is not known."""
    if isinstance(tree, Constant):
        return set()
    if isinstance(tree, FieldOf):
        if tree.name.casefold() not in names:
            raise FormulaError(f"{tree.name!r} is no field that it could read")
        return {tree.name}
    if tree.name in _NOW:
        least, most = 0, 0
    elif tree.name in _EMPTY:
        least, most = 1, 1
    elif tree.name in _OWN:
        least, most = _OWN[tree.name]
    elif tree.name in FUNCTIONS:
        least, most, _ = FUNCTIONS[tree.name]
    else:
        raise FormulaError(f"{tree.name!r} is no function that it could call")
    if not least <= len(tree.arguments) <= most:
        raise FormulaError(f"{tree.name!r} takes another number of values")
    return {name for part in tree.arguments for name in _check(part, names)}


class Evaluation:
    """Computes the formulas of one record.

    ``data`` is the record as it is kept, with its roll-ups; ``now`` is in seconds since 1970.
    """

    def __init__(
        self, formulas: Mapping[str, Formula], data: Json, zone: tzinfo, now: float
    ) -> None:
        self._formulas = formulas
        self._data = data
        self._zone = zone
        self._now = now
        self._depth = 0

    def json(self, name: str) -> Any:
        """The value of a formula as the API shows it; null where it comes to nothing."""
        formula = self._formulas[name]
        value = self._result(formula)
        match formula.field.type:
            case ir.Text() if isinstance(value, str):
                return value
            case ir.Boolean() if isinstance(value, bool):
                return value
            case ir.DateTime() if isinstance(value, datetime):
                return format_time(value.timestamp(), self._zone)
            case ir.Date() if isinstance(value, date):
                return value.strftime("%Y-%m-%d") if value.year > 999 else None
            case ir.Integer() if isinstance(value, Decimal):
                return int(value)
            case ir.Number() if isinstance(value, Decimal):
                places = 9 if formula.decimals is None else formula.decimals
                return number(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
            case _:
                return None

    def _result(self, formula: Formula) -> Value:
        if self._depth > MAX_DEPTH:
            return None  # a formula that reads itself
        self._depth += 1
        try:
            return self._value(formula, formula.tree)
        except (UnfitError, DecimalException, OverflowError, ValueError):
            return None
        finally:
            self._depth -= 1

    def _value(self, formula: Formula, tree: Tree) -> Value:
        if isinstance(tree, Constant):
            return tree.value
        if isinstance(tree, FieldOf):
            return self._field(formula, formula.fields[tree.name])
        if tree.name in _NOW:
            moment = datetime.fromtimestamp(int(self._now), self._zone)
            return moment if tree.name == "now" else moment.date()
        if tree.name in _EMPTY:
            return self._value(formula, tree.arguments[0]) in (None, "")
        if tree.name in _OWN:
            return self._logical(formula, tree)
        values = [self._value(formula, part) for part in tree.arguments]
        if None in values:
            return None
        return FUNCTIONS[tree.name][2](*values)

    def _logical(self, formula: Formula, tree: Call) -> Value:
        first, *others = tree.arguments
        value = self._value(formula, first)
        if tree.name in ("==", "!="):
            equal = value == self._value(formula, others[0])
            return equal == (tree.name == "==")
        if value is None:
            value = False  # an empty condition is not met
        if tree.name == "if":
            return self._value(formula, others[0] if truth(value) else others[1])
        if tree.name == "not":
            return not truth(value)
        rest = (self._value(formula, part) for part in others)
        tests = (truth(value), *(truth(False if each is None else each) for each in rest))
        return all(tests) if tree.name == "and" else any(tests)

    def _field(self, formula: Formula, field: ir.Field) -> Value:
        known = self._formulas.get(field.api_name)
        value = self._result(known) if known else self._typed(field, self._data.get(field.api_name))
        if value in (None, "") and formula.assume_default:
            return _default(field)
        return None if value == "" else value

    def _typed(self, field: ir.Field, raw: Any) -> Value:
        """What a formula computes with, out of the value that is kept."""
        match field.type:
            case ir.Boolean() if isinstance(raw, bool):
                return raw
            case ir.Integer() | ir.Number() if isinstance(raw, int | float | Decimal):
                return Decimal(str(raw))
            case ir.LongInteger() if isinstance(raw, str):
                return Decimal(raw)
            case ir.DateTime():
                # A roll-up in a condition comes in seconds.
                seconds = raw if isinstance(raw, int) else parse_time(raw)
                return None if seconds is None else datetime.fromtimestamp(seconds, self._zone)
            case ir.Date() if isinstance(raw, str):
                return date.fromisoformat(raw)
            case ir.Text() | ir.Picklist() if isinstance(raw, str):
                return raw
            case _:
                return None


def _default(field: ir.Field) -> Value:
    match field.type:
        case ir.Integer() | ir.Number() | ir.LongInteger():
            return Decimal(0)
        case ir.Text() | ir.Picklist():
            return ""
        case ir.Boolean():
            return False
        case _:
            return None
