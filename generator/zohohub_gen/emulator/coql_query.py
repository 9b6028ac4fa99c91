"""A COQL text → one SQL query over the stored records, and how to read its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from zohohub_gen import ir

from .catalog import Catalog, ModuleInfo
from .computed import Computed
from .coql_columns import MODULE, Reference, Sources
from .coql_errors import invalid_query, limit_exceeded, syntax_error
from .coql_where import Node, Where, column_text
from .errors import ApiError
from .store import Store
from .values import Json, as_object, format_time, loads, number

DEFAULT_LIMIT = 200
MAX_LIMIT = 2_000
MAX_OFFSET = 100_000
MAX_COLUMNS = 500
MAX_ORDER = 10
MAX_GROUP = 4
MAX_AGGREGATES = 5

_AGGREGATES: dict[type[Node], str] = {
    exp.Count: "COUNT",
    exp.Sum: "SUM",
    exp.Avg: "AVG",
    exp.Min: "MIN",
    exp.Max: "MAX",
}
_CLAUSES = frozenset({"expressions", "where", "order", "limit", "offset", "group", "from", "from_"})
_DIGITS = re.compile("[0-9]{1,9}")
_NOT_SELECTABLE = (ir.Subform, ir.MultiLookup, ir.MultiUser, ir.Files)


@dataclass(frozen=True, slots=True)
class Output:
    """One column of the result: a field, or an aggregate over it."""

    key: str
    reference: Reference
    aggregate: str | None = None

    def sql(self) -> str:
        """The column in a query that groups."""
        found = self.reference.column()
        if found is None:
            raise invalid_query(
                "the column cannot be grouped or aggregated", column_name=self.reference.text
            )
        return f"{self.aggregate}({found.sql})" if self.aggregate else found.sql


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can run.  ``limit`` is what was asked for; one row more tells of more."""

    info: ModuleInfo
    outputs: tuple[Output, ...]
    sql: str
    parameters: tuple[object, ...]
    limit: int
    sources: Sources
    grouped: bool

    def run(self, store: Store, computed: Computed, zone: tzinfo) -> tuple[list[Json], bool]:
        """The rows, and whether there are more."""
        rows = store.select(self.sql, self.parameters)
        more, rows = len(rows) > self.limit, rows[: self.limit]
        if self.grouped:
            return [self._grouped_row(row, zone) for row in rows], more
        references = [output.reference for output in self.outputs]
        return [self._row(data) for data in self.sources.read(rows, references, computed)], more

    def _row(self, data: dict[str, Json | None]) -> Json:
        answer: Json = {
            output.key: output.reference.value(data[output.reference.source.alias])
            for output in self.outputs
        }
        named = {output.reference.text for output in self.outputs}
        for output in self.outputs:
            value = as_object(answer[output.key])
            if value is None or not output.reference.names_module or output.reference.inner:
                continue
            # The module only comes with the id where it is asked for.
            asked = ".".join((output.reference.text, *MODULE)) in named
            answer[output.key] = value if asked else {"id": value.get("id")}
        answer["id"] = (as_object(data["r"]) or {}).get("id")
        return answer

    def _grouped_row(self, row: Sequence[Any], zone: tzinfo) -> Json:
        return {
            output.key: _printed(output, value, zone)
            for output, value in zip(self.outputs, row, strict=True)
        }


def _printed(output: Output, value: Any, zone: tzinfo) -> Any:
    column = output.reference.column()
    if isinstance(value, float):
        return number(Decimal(repr(value)))
    if output.aggregate in ("COUNT", "SUM", "AVG") or value is None or column is None:
        return value
    match column.kind:
        case "time":
            return format_time(value, zone)
        case "options":
            return loads(value)
        case "reference":
            return {"id": value}
        case "id":
            return str(value).lstrip("0")
        case "boolean":
            return bool(value)
        case _:
            return value


def compile_query(text: str, catalog: Catalog) -> Query:
    """Raises SYNTAX_ERROR, INVALID_QUERY or LIMIT_EXCEEDED."""
    return _Compiler(_parse(text), catalog).query()


def _parse(text: str) -> exp.Select:
    try:
        trees = sqlglot.parse(text)
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        raise syntax_error(
            line=place.get("line"), column=place.get("col"), near=place.get("highlight")
        ) from error
    except (SqlglotError, RecursionError) as error:
        raise syntax_error() from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise syntax_error(near=text.strip().split(" ")[0][:50])
    return trees[0]


class _Compiler:
    def __init__(self, tree: exp.Select, catalog: Catalog) -> None:
        self._tree = tree
        for clause, value in tree.args.items():
            if value and clause not in _CLAUSES:
                raise syntax_error(clause=clause)
        self._info = self._from(catalog)
        self._sources = Sources(catalog, self._info)

    def query(self) -> Query:
        outputs = self._outputs()
        group, group_names = self._group()
        grouped = bool(group) or any(output.aggregate for output in outputs)
        if grouped:
            for output in outputs:
                if not output.aggregate and output.reference.text not in group_names:
                    raise invalid_query(
                        "the column is neither grouped by nor aggregated",
                        column_name=output.reference.text,
                        clause="select",
                    )
        where_node = self._tree.args.get("where")
        if where_node is None:
            raise syntax_error("missing clause", clause="where")
        condition, bound = Where(self._sources).condition(where_node.this)
        order = self._order(outputs, grouped)
        limit = self._number("limit", DEFAULT_LIMIT, MAX_LIMIT)
        offset = self._number("offset", 0, MAX_OFFSET)
        if grouped:
            selected = ", ".join(output.sql() for output in outputs)
        else:
            selected = ", ".join(f"{source.alias}.data" for source in self._sources.all)
        sql = f"SELECT {selected} FROM {self._sources.sql} WHERE r.module = ? AND {condition}"  # noqa: S608  # names of the schema and question marks
        if group:
            sql += f" GROUP BY {', '.join(group)}"
        if order:
            sql += f" ORDER BY {', '.join(order)}"
        sql += " LIMIT ? OFFSET ?"
        parameters = (*self._sources.parameters, self._info.api_name, *bound, limit + 1, offset)
        return Query(self._info, tuple(outputs), sql, parameters, limit, self._sources, grouped)

    def _from(self, catalog: Catalog) -> ModuleInfo:
        # sqlglot renamed the key in version 28.
        clause = self._tree.args.get("from_") or self._tree.args.get("from")
        if clause is None:
            raise syntax_error("missing clause", clause="from")
        table = clause.this
        if not isinstance(table, exp.Table) or table.args.get("db"):
            raise syntax_error(clause="from")
        info = catalog.get(table.name)
        if info is None or info.open:
            raise invalid_query("the module name given seems to be invalid", module=table.name)
        return info

    def _outputs(self) -> list[Output]:
        nodes = self._tree.expressions
        if not nodes:
            raise syntax_error("missing clause", clause="select")
        if len(nodes) > MAX_COLUMNS:
            raise limit_exceeded("select", MAX_COLUMNS)
        outputs = [self._output(node) for node in nodes]
        aggregates = [
            f"{output.aggregate}({output.reference.text})" for output in outputs if output.aggregate
        ]
        if len(aggregates) > MAX_AGGREGATES:
            raise limit_exceeded("aggregate", MAX_AGGREGATES)
        _once("aggregate", aggregates)
        return outputs

    def _output(self, node: Node) -> Output:
        alias = None
        if isinstance(node, exp.Alias):
            alias, node = node.alias, node.this
        aggregate = _AGGREGATES.get(node.__class__)
        text = column_text(node.this if aggregate and node.this else node)
        reference = self._sources.resolve(text, "select")
        field = reference.field
        if field is not None and isinstance(field.type, _NOT_SELECTABLE):
            raise invalid_query(
                "the column cannot be selected",
                reason="field type not supported",
                column_name=text,
                clause="select",
            )
        key = f"{aggregate}({text})" if aggregate else text
        return Output(alias or key, reference, aggregate)

    def _group(self) -> tuple[list[str], list[str]]:
        """SQL and paths of the columns of GROUP BY."""
        clause = self._tree.args.get("group")
        nodes: list[Node] = clause.expressions if clause is not None else []
        if len(nodes) > MAX_GROUP:
            raise limit_exceeded("group by", MAX_GROUP)
        names = [column_text(node) for node in nodes]
        _once("group by", names)
        resolved = [Output("", self._sources.resolve(name, "group by")) for name in names]
        return [output.sql() for output in resolved], names

    def _order(self, outputs: list[Output], grouped: bool) -> list[str]:
        clause = self._tree.args.get("order")
        nodes: list[Node] = clause.expressions if clause is not None else []
        if len(nodes) > MAX_ORDER:
            raise limit_exceeded("order by", MAX_ORDER)
        _once("order by", [node.this.sql() for node in nodes])
        order = [self._ordered(node, outputs) for node in nodes]
        return order if grouped else [*order, "r.key"]

    def _ordered(self, node: Node, outputs: list[Output]) -> str:
        way = "DESC" if node.args.get("desc") else "ASC"
        wanted = node.this
        aggregate = _AGGREGATES.get(wanted.__class__)
        text = column_text(wanted.this if aggregate else wanted)
        known = next((output for output in outputs if output.key == text), None)
        output = known or Output(text, self._sources.resolve(text, "order by"), aggregate)
        sql = output.sql()
        column = output.reference.column()
        if output.aggregate is None and column is not None and column.kind in ("text", "picklist"):
            sql = f"zoho_fold({sql})"
        return f"{sql} {way}"

    def _number(self, clause: str, default: int, highest: int) -> int:
        node = self._tree.args.get(clause)
        if node is None:
            return default
        value = node.expression
        if (
            not isinstance(value, exp.Literal)
            or value.is_string
            or not _DIGITS.fullmatch(str(value.this))
        ):
            raise syntax_error(clause=clause)
        if int(value.this) > highest:
            raise limit_exceeded(clause, highest)
        return int(value.this)


def _once(clause: str, names: list[str]) -> None:
    """Raise DUPLICATE_DATA for a column that a clause names twice."""
    if len(set(names)) < len(names):
        raise ApiError(400, "DUPLICATE_DATA", "duplicate columns", {"clause": clause})
