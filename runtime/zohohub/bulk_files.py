"""The zipped CSV files that bulk writes send, and those that they leave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

from zohohub.conditions import datetime_text, plain_text
from zohohub.records import columns_of, encode_values
from zohohub.renamed import current_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from zohohub.columns import Column
    from zohohub.records import Record

__all__ = ["FILE_NAME", "MAX_ROWS", "Operation", "Part", "write_parts"]

Operation: TypeAlias = Literal["insert", "update", "upsert"]

FILE_NAME = "rows.csv"
"""The name of the table in the zip file."""
MAX_ROWS = 25_000
"""How many rows one job takes."""
_MAX_BYTES = 25 * 1024 * 1024
# What is still in the compressor when the size is looked at, and the end of a zip file.
_MARGIN = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one job, as a zipped CSV file."""

    content: IO[bytes]
    count: int
    columns: Sequence[Column[Any]]
    """What the columns of the table hold, in order."""
    clears: bool
    """Whether an empty cell clears the field; else it is left alone."""


def write_parts(
    record_type: type[Record], operation: Operation, rows: Iterable[Mapping[str, object]]
) -> Iterator[Part]:
    """Write all rows into files of at most 25,000 rows and 25 MB; closing them removes them.

    One row at a time is in memory.  Raises ``ValueError`` or ``TypeError`` for a row that a bulk
    write cannot do.
    """
    by_api_name = {column.api_name: column for column in columns_of(record_type).values()}
    start = 0
    remaining = iter(rows)
    while True:
        with _Draft() as draft:
            for index, row in enumerate(islice(remaining, MAX_ROWS), start):
                try:
                    draft.add(index, _cells(record_type, operation, row, index))
                except (TypeError, ValueError) as error:
                    error.add_note(f"in row {index} of a bulk write")
                    raise
            if not draft.count:
                return
            columns = [by_api_name[name] for name in draft.names]
            clears = operation != "insert" and draft.clears()
            lines = draft.lines()
            done = 0
            while done < draft.count:
                content, count = _write(lines, draft.names)
                yield Part(content, count, columns, clears)
                done += count
            start += draft.count


class _Draft:
    """The rows of one job on disk: which columns they have is known after the last of them."""

    def __init__(self) -> None:
        from tempfile import TemporaryFile

        self.names: list[str] = []
        self.count = 0
        self._known: set[str] = set()
        self._first_of_size: dict[int, int] = {}
        self._first_empty: tuple[int, str] | None = None
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - see __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, index: int, cells: Mapping[str, str]) -> None:
        """Keep the cells of a row, by api_name."""
        for name, cell in cells.items():
            if name not in self._known:
                self._known.add(name)
                self.names.append(name)
            if not cell and self._first_empty is None:
                self._first_empty = index, name
        self._first_of_size.setdefault(len(cells), index)
        line = [cells.get(name, "") for name in self.names]
        # Not as ASCII: what is no text in UTF-8 is found here, where the row is known.
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.count += 1

    def clears(self) -> bool:
        """Whether empty cells shall clear; raises ``ValueError`` where rows want it both ways."""
        sizes = self._first_of_size.items()
        partial = [index for size, index in sizes if size < len(self.names)]
        if not partial:
            return True
        if self._first_empty is not None:
            index, name = self._first_empty
            raise ValueError(
                f"row {index} clears {name} and row {min(partial)} leaves out "
                "other fields: a file cannot say both; give all rows the same names"
            )
        return False

    def lines(self) -> Iterator[list[str]]:
        """The rows, each with a cell for each of the names."""
        self._file.seek(0)
        for text in self._file:
            line = cast("list[str]", json.loads(text))
            yield line + [""] * (len(self.names) - len(line))


def _cells(
    record_type: type[Record], operation: Operation, row: Mapping[str, object], index: int
) -> dict[str, str]:
    """The text of each cell of a row by api_name."""
    known = columns_of(record_type)
    row = current_values(record_type, row)
    if operation == "update" and not row.get("id"):
        raise ValueError(f"row {index} has no id; an update needs to know which record")
    # Says what is wrong with names and values before anything is sent.
    encode_values(record_type, row, with_id=operation == "update")
    cells: dict[str, str] = {}
    for name, value in row.items():
        column = known[name]
        if not column.in_files:
            raise ValueError(
                f"row {index}: bulk writes do not set {column.api_name}; use update_many()"
            )
        cells[column.api_name] = _text(column, value, index)
    if not cells:
        raise ValueError(f"row {index} has no values")
    return cells


def _write(lines: Iterator[list[str]], names: Sequence[str]) -> tuple[IO[bytes], int]:
    """A zip file with as many of the lines as it may hold, and how many those are."""
    import csv
    import io
    from tempfile import TemporaryFile
    from zipfile import ZIP_DEFLATED, ZipFile

    file = TemporaryFile()  # noqa: SIM115 - it lives until it is sent
    count = 0
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as archive,
        archive.open(FILE_NAME, "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True) as text,
    ):
        writer = csv.writer(text)
        writer.writerow(names)
        while file.tell() <= _MAX_BYTES - _MARGIN and (line := next(lines, None)) is not None:
            writer.writerow(line)
            count += 1
    return file, count


def _text(column: Column[Any], value: Any, index: int) -> str:
    """The cell of a value; empty for None."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Decimal():
            return format(value, "f")
        case int():
            return str(value)
        case datetime():
            return datetime_text(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            options = [plain_text(option) for option in cast("Sequence[object]", value)]
            if any(";" in option for option in options):
                raise ValueError(
                    f"row {index}: a bulk file cannot hold an option with a semicolon, as in "
                    f"{column.api_name}; use update_many()"
                )
            return ";".join(options)
        case _:
            return str(value.id)
