"""The WHERE clause of COQL as SQL."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlglot import exp

from .conditions import BadValueError, Condition, Kind, Operator, compare
from .coql_columns import Reference, Sources
from .coql_errors import invalid_query, limit_exceeded, syntax_error

MAX_CRITERIA = 25
MAX_IN_VALUES = 100

Node: TypeAlias = Any
"""A node of sqlglot's tree: the base class has another name in each of its versions."""

_BINARY: dict[type[Node], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_NEGATED: dict[Operator, Operator] = {
    "in": "not in",
    "like": "not like",
    "between": "not between",
    "is null": "is not null",
}
_EMPTY: frozenset[Operator] = frozenset({"is null", "is not null"})
_EXACT: frozenset[Operator] = _EMPTY | frozenset[Operator](("=", "!=", "in", "not in"))
_ORDERED: frozenset[Operator] = _EXACT | frozenset[Operator](
    ("<", "<=", ">", ">=", "between", "not between")
)
_TEXT: frozenset[Operator] = _EXACT | frozenset[Operator](("like", "not like"))
_OPERATORS: dict[Kind, frozenset[Operator]] = {
    "id": _ORDERED,
    "text": _TEXT,
    "picklist": _TEXT,
    "options": _TEXT,
    "reference": _EXACT,
    "boolean": _EMPTY | frozenset[Operator](("=",)),
    "number": _ORDERED,
    "bigint": _ORDERED,
    "date": _ORDERED,
    "time": _ORDERED,
}


class Where:
    """Turns the tree that sqlglot read into SQL with bound values."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._criteria = 0

    def condition(self, node: Node) -> Condition:
        """SQL of a condition; raises SYNTAX_ERROR, INVALID_QUERY or LIMIT_EXCEEDED."""
        match node:
            case exp.Paren():
                return self.condition(node.this)
            case exp.And() | exp.Or():
                left, left_values = self.condition(node.this)
                right, right_values = self.condition(node.expression)
                word = "AND" if isinstance(node, exp.And) else "OR"
                return f"({left} {word} {right})", [*left_values, *right_values]
            case exp.Not():
                return self._negated(node.this)
            case _:
                return self._comparison(node, negated=False)

    def _negated(self, node: Node) -> Condition:
        if isinstance(node, exp.Paren | exp.And | exp.Or | exp.Not):
            sql, values = self.condition(node)
            return f"NOT ({sql})", values
        return self._comparison(node, negated=True)

    def _comparison(self, node: Node, *, negated: bool) -> Condition:
        self._criteria += 1
        if self._criteria > MAX_CRITERIA:
            raise limit_exceeded("where", MAX_CRITERIA)
        operator: Operator
        match node:
            case exp.In() if node.expressions:
                operator, values = "in", [literal(value) for value in node.expressions]
                if len(values) > MAX_IN_VALUES:
                    raise limit_exceeded("in", MAX_IN_VALUES)
            case exp.Like():
                operator, values = "like", [literal(node.expression)]
                negated = negated != bool(node.args.get("negate"))
            case exp.Between():
                operator, values = (
                    "between",
                    [literal(node.args["low"]), literal(node.args["high"])],
                )
            case exp.Is() if isinstance(node.expression, exp.Null):
                operator, values = "is null", []
            case exp.Binary() if type(node) in _BINARY and not negated:
                operator, values = _BINARY[type(node)], [literal(node.expression)]
            case _:
                raise syntax_error(clause="where", near=node.sql())
        if negated:
            operator = _NEGATED[operator]
        return self._compare(
            self._sources.resolve(column_text(node.this), "where"), operator, values
        )

    def _compare(self, reference: Reference, operator: Operator, values: list[str]) -> Condition:
        left = reference.column()
        field = reference.field
        where = {"column_name": reference.text, "operator": operator}
        if left is None or (field is not None and field.data_type == "textarea"):
            raise invalid_query(
                "the column cannot be used in the where clause",
                reason="field type not supported",
                **where,
            )
        if operator not in _OPERATORS[left.kind]:
            raise invalid_query(
                "the operator does not fit the column", reason="operator not supported", **where
            )
        try:
            return compare(left, operator, values)
        except BadValueError as error:
            raise invalid_query(
                "the value does not fit the column", reason=f"the value is {error}", **where
            ) from error


def column_text(node: Node) -> str:
    """The path of a column as it was written, quoted or not; raises SYNTAX_ERROR."""
    if isinstance(node, exp.Column):
        return ".".join(part.name for part in node.parts)
    if isinstance(node, exp.Dot):
        return ".".join(part.name for part in node.parts)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise syntax_error(near=node.sql())


def literal(node: Node) -> str:
    """The text of a literal; raises SYNTAX_ERROR for anything else."""
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.this}"
    if isinstance(node, exp.Column) and len(node.parts) == 1 and node.this.args.get("quoted"):
        return node.name  # "double quotes" make strings in COQL
    raise syntax_error(near=node.sql())
