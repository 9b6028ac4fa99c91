"""Bulk reads: any number of records of a module, through jobs that Zoho does in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from sys import intern
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from zohohub.errors import UnexpectedAnswer, api_error
from zohohub.expressions import Column
from zohohub.jobs import PATIENCE, check_job_id, open_csv, open_table, wait_for

if TYPE_CHECKING:
    from zohohub.conditions import Condition
    from zohohub.records import Record
    from zohohub.transport import Answer, Sender

__all__ = ["BulkPage", "BulkRead", "start_bulk_read"]

R = TypeVar("R", bound="Record")

_PATH = "/crm/bulk/v8/read"
_MAX_COMPARISONS = 25
_ROWS_AT_ONCE = 50
"""As many as are decoded while they are still in the cache of the processor."""


class BulkRead(Generic[R]):
    """All records of a module that meet a condition, by bulk read jobs of 200,000 records each.

    Iterating waits for the first job, streams its records out of the zipped CSV in constant
    memory, then starts the next one where there are more:

        for lead in crm.leads.bulk_read(f.company, where=f.created_time >= start): …

    Lookups hold ids and no names, and subforms, links, files and images are not there.  Iterating
    again reads again from the first job; Zoho keeps results for about a day.  ``timeout`` holds
    the seconds to wait for each job.  A job costs 50 credits.  The token needs the scope
    ZohoCRM.bulk.READ beside that of the module.
    """

    def __init__(
        self,
        sender: Sender,
        job_id: str,
        columns: Mapping[str, Column[R]],
        decode: Callable[[Iterator[Sequence[dict[str, Any]]]], Iterator[R]],
        timeout: float = PATIENCE,
    ) -> None:
        self.id = check_job_id(job_id)
        """The id of the first job; ``resume_bulk_read(id)`` takes it up in another process."""
        self._sender = sender
        self._columns = columns
        self._decode = decode
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"<BulkRead {self.id}>"

    def ready(self) -> bool:
        """Whether the first job is done.  Calls ``GET /bulk/read/{id}`` once.

        Raises the `ApiError` of a job that failed, `RecordNotFound` for an unknown one.
        """
        return self._result(self.id) is not None

    def pages(self) -> Iterator[BulkPage[R]]:
        """The records job by job; the id of a page is where a later process can go on.

        Waits for each job when its page is asked for.  Raises `TimedOut` for one that takes too
        long, and the `ApiError` of one that failed.
        """
        job_id = self.id
        while True:
            result = wait_for(partial(self._result, job_id), f"bulk read {job_id}", self._timeout)
            yield BulkPage(self._sender, job_id, result.count, self._columns, self._decode)
            if result.next is None:
                return
            job_id = _start(self._sender, result.next)

    def __iter__(self) -> Iterator[R]:
        for page in self.pages():
            yield from page

    def rows(self) -> Iterator[dict[str, str | None]]:
        """The records as plain dictionaries: the text of each cell by api_name, None if empty."""
        for page in self.pages():
            yield from page.rows()

    def table(self) -> Any:
        """The records of all jobs as one ``pyarrow.Table``, for pandas, polars, DuckDB or Parquet.

        Its columns are called by api_name and are typed: whole numbers, decimals, booleans, days,
        and moments in UTC; picklists are dictionaries of text, and everything else is text as it
        stands in the file, lookups by their id and several options with semicolons between them.
        An empty cell is null.  All of it is in memory, at about the size of the unzipped files.

        Needs ``zohohub[arrow]``, else raises `ConfigurationError`; raises `UnexpectedAnswer` for a
        cell that is not what its column holds, and what `pages` raises.
        """
        from zohohub.bulk_table import joined_tables

        return joined_tables([page.table() for page in self.pages()])

    def _result(self, job_id: str) -> _Result | None:
        """What a job came to; None while it runs."""
        answer = self._sender.request("GET", f"{_PATH}/{job_id}")
        job = _first(answer)
        state = str(job.get("state", "")).upper()
        if state in ("FAILURE", "FAILED"):
            failure = _object(_object(job.get("result")).get("error_message"))
            raise api_error(200, failure or {"code": "FAILURE"}, f"bulk read {job_id}")
        if state != "COMPLETED":
            return None
        result = _object(job.get("result"))
        following: Mapping[str, Any] | None = None
        if result.get("more_records"):
            token = result.get("next_page_token")
            if isinstance(token, str):
                # The token stands for all the rest of the query.
                following = {"page_token": token}
            else:
                following = _next_query(_object(job.get("query")), int(result.get("page") or 1))
        return _Result(int(result.get("count") or 0), following)


class BulkPage(Generic[R]):
    """The records of one bulk read job, at most 200,000; iterating downloads and reads them."""

    def __init__(
        self,
        sender: Sender,
        job_id: str,
        count: int,
        columns: Mapping[str, Column[R]],
        decode: Callable[[Iterator[Sequence[dict[str, Any]]]], Iterator[R]],
    ) -> None:
        self.id = job_id
        """The id of the job: ``resume_bulk_read(id)`` begins with this page."""
        self.count = count
        """How many records it has."""
        self._sender = sender
        self._columns = columns
        self._decode = decode

    def __repr__(self) -> str:
        return f"<BulkPage {self.id}: {self.count} records>"

    def __iter__(self) -> Iterator[R]:
        """The records.  Calls ``GET /bulk/read/{id}/result``; raises what `Module` raises."""
        return self._decode(self._blocks())

    def rows(self) -> Iterator[dict[str, str | None]]:
        """The records as plain dictionaries: the text of each cell by api_name, None if empty."""
        with open_table(self._sender, f"{_PATH}/{self.id}/result") as lines:
            names = _names(lines)
            for line in lines:
                if len(line) != len(names):
                    raise self._ragged(line, names)
                yield {name: cell or None for name, cell in zip(names, line, strict=True)}

    def table(self) -> Any:
        """The records as a ``pyarrow.Table``; see `BulkRead.table`."""
        from zohohub.bulk_table import read_table

        path = f"{_PATH}/{self.id}/result"
        with open_csv(self._sender, path) as file:
            return read_table(file, self._columns, f"GET {path}")

    def _blocks(self) -> Iterator[list[dict[str, Any]]]:
        """The records as JSON objects, some dozens at a time."""
        with open_table(self._sender, f"{_PATH}/{self.id}/result") as lines:
            names = _names(lines)
            readers = self._readers(names)
            block: list[dict[str, Any]] = []
            for line in lines:
                if len(line) != len(names):
                    raise self._ragged(line, names)
                row: dict[str, Any] = {
                    name: cell or None for name, cell in zip(names, line, strict=True)
                }
                for name, read in readers:
                    cell = row[name]
                    if cell is not None:
                        try:
                            row[name] = read(cell)
                        except ValueError:
                            # Left out: the attribute says so when it is read, the rest is fine.
                            del row[name]
                block.append(row)
                if len(block) == _ROWS_AT_ONCE:
                    yield block
                    block = []
            if block:
                yield block

    def _readers(self, names: Iterable[str]) -> list[tuple[str, Callable[[str], Any]]]:
        """The columns whose cells are not the JSON value itself, which most are."""
        as_it_is = cast("Any", Column).read_text
        known = {name: self._columns[name] for name in names if name in self._columns}
        return [
            (name, column.read_text)
            for name, column in known.items()
            if type(column).read_text is not as_it_is
        ]

    def _ragged(self, line: Sequence[str], names: Sequence[str]) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"a line of {len(line)} cells under {len(names)} columns",
            status=200,
            request=f"bulk read {self.id}",
        )


@dataclass(frozen=True, slots=True)
class _Result:
    count: int
    next: Mapping[str, Any] | None
    """The query of the next job, if there is more."""


def start_bulk_read(
    sender: Sender, module: str, columns: Sequence[Column[R]], condition: Condition[R] | None
) -> str:
    """Start a bulk read job and return its id.

    Calls ``POST /bulk/read``.  Raises ``ValueError`` for a column that bulk files do not have and
    for more than 25 comparisons.
    """
    query: dict[str, Any] = {"module": {"api_name": module}}
    if columns:
        for column in columns:
            if column.coql == "never":
                raise ValueError(
                    f"bulk files do not have {column.api_name}: read the record with get()"
                )
            if "->" in column.api_name:
                raise ValueError(f"bulk reads do not follow {column.api_name}; use query()")
        query["fields"] = list(dict.fromkeys(column.api_name for column in columns))
    if condition is not None:
        if condition.size > _MAX_COMPARISONS:
            raise ValueError(
                f"a bulk read takes {_MAX_COMPARISONS} comparisons, not {condition.size}"
            )
        criteria = condition.bulk()
        if "group" not in criteria:
            criteria = {"group_operator": "and", "group": [criteria]}
        query["criteria"] = criteria
    return _start(sender, query)


def _start(sender: Sender, query: Mapping[str, Any]) -> str:
    # A job that was started twice reads twice, and changes nothing.
    answer = sender.request("POST", _PATH, json={"query": query}, idempotent=True)
    job_id = _object(_first(answer).get("details")).get("id")
    if not isinstance(job_id, str):
        raise UnexpectedAnswer("no id of a job", status=answer.status, request=answer.request)
    return job_id


def _next_query(query: Mapping[str, Any], page: int) -> dict[str, Any]:
    """The query of the page behind ``page``, for API versions without page tokens."""
    module = _object(query.get("module"))
    return {**query, "module": {"api_name": module.get("api_name")}, "page": page + 1}


def _names(lines: Iterator[list[str]]) -> list[str]:
    """The api_names over the columns; the id is spelt with a capital."""
    header = next(lines, [""])
    names = ["id" if name == "Id" and "id" not in header else name for name in header]
    # As the names in the code of decoders are: the same object is found without comparing text.
    return [intern(name) for name in names]


def _first(answer: Answer) -> Mapping[str, Any]:
    found = (answer.json or {}).get("data")
    items = cast("list[object]", found) if isinstance(found, list) else []
    job = _object(items[0] if items else None)
    if not job:
        raise UnexpectedAnswer("JSON without data", status=answer.status, request=answer.request)
    return job


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
