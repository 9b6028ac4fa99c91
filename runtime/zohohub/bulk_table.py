"""The file of a bulk read job as a table of pyarrow, column by column."""

from __future__ import annotations

import csv
import io
import re
from typing import IO, TYPE_CHECKING, Any

from zohohub.errors import ConfigurationError, UnexpectedAnswer
from zohohub.plain_columns import (
    BooleanColumn,
    DateColumn,
    DateTimeColumn,
    DecimalColumn,
    IntegerColumn,
    PicklistColumn,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zohohub.columns import Column

__all__ = ["joined_tables", "read_table"]


def read_table(file: IO[bytes], columns: Mapping[str, Column[Any]], request: str) -> Any:
    """The ``pyarrow.Table`` of a CSV file; ``columns`` are those that are known, by api_name.

    Raises `UnexpectedAnswer` for a file that is no such table.
    """
    arrow = _pyarrow()
    names = next(csv.reader(io.StringIO(_first_line(file))), list[str]())
    file.seek(0)
    known = {name: _arrow_type(arrow, columns.get(name)) for name in names}
    try:
        table = arrow.csv.read_csv(
            file,
            # With threads, blocks pile up before the one that is converted: a quarter of the
            # table more in memory, and little is gained, because one thread has to unzip.
            read_options=arrow.csv.ReadOptions(use_threads=False),
            # Text areas hold line ends.
            parse_options=arrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow.csv.ConvertOptions(
                column_types=known,
                null_values=[""],
                strings_can_be_null=True,
                true_values=["true", "True", "TRUE"],
                false_values=["false", "False", "FALSE"],
                timestamp_parsers=[arrow.csv.ISO8601],
            ),
        )
    except arrow.ArrowInvalid as error:
        # Its text quotes the cell.
        raise UnexpectedAnswer(
            f"{_complaint(str(error), names, known)}; rows() reads every cell as text",
            status=200,
            request=request,
        ) from None
    if "Id" in names and "id" not in names:
        return table.rename_columns(["id" if name == "Id" else name for name in names])
    return table


def joined_tables(tables: Sequence[Any]) -> Any:
    """One table of several with the same columns, which copies nothing."""
    return tables[0] if len(tables) == 1 else _pyarrow().concat_tables(tables)


def _first_line(file: IO[bytes]) -> str:
    return file.readline().decode("utf-8-sig", errors="replace")


def _arrow_type(arrow: Any, column: Column[Any] | None) -> Any:
    """What a column of the file is read as: text, unless it is known to be something else."""
    if isinstance(column, BooleanColumn):
        return arrow.bool_()
    if isinstance(column, IntegerColumn):
        return arrow.int64()
    if isinstance(column, DecimalColumn):
        # 20 digits before the point and 18 behind it: more than Zoho has of either.
        return arrow.decimal128(38, 18)
    if isinstance(column, DateTimeColumn):
        return arrow.timestamp("s", "UTC")
    if isinstance(column, DateColumn):
        return arrow.date32()
    if isinstance(column, PicklistColumn):
        return arrow.dictionary(arrow.int32(), arrow.string())
    return arrow.string()


def _complaint(error: str, names: Sequence[str], known: Mapping[str, Any]) -> str:
    found = re.match(r"In CSV column #(\d+)", error)
    if found is None or int(found[1]) >= len(names):
        return "something that is not a table of CSV"
    name = names[int(found[1])]
    return f"a cell of {name} that is no {known[name]}"


def _pyarrow() -> Any:
    """The library; untyped, because a copy of this package may live without it."""
    from importlib import import_module

    try:
        import_module("pyarrow.csv")
    except ModuleNotFoundError:
        raise ConfigurationError(
            'table() needs pyarrow, which is not installed: run `pip install "zohohub[arrow]"`'
        ) from None
    return import_module("pyarrow")
