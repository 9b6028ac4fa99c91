"""Records as JSON objects, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from zohohub.errors import LimitExceeded, RecordNotFound, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zohohub.transport import Answer, Sender

__all__ = ["MAX_FIELDS", "has_more", "list_rows", "read_row", "rows_of", "search_rows"]

MAX_FIELDS = 50
"""How many fields one call may name."""

_PAGE = 200
_MAX_IDS = 100
_MAX_FOUND = 2000
_MODIFIED = "Modified_Time"


def read_row(
    sender: Sender, module: str, record_id: str, names: Sequence[str] = ()
) -> dict[str, Any]:
    """``GET /{module}/{id}``: one record, with the fields ``names`` or with all of them.

    Raises `RecordNotFound`, for which Zoho has three different answers.
    """
    # One record may be read without naming fields, which is the way to read more than 50 at once.
    params = {"fields": ",".join(names)} if 0 < len(names) <= MAX_FIELDS else None
    answer = sender.request("GET", f"{module}/{record_id}", params=params)
    rows = rows_of(answer)
    if not rows:
        raise RecordNotFound(
            "NO_CONTENT",
            f"{module} has no record {record_id}",
            status=answer.status,
            request=answer.request,
        )
    return rows[0]


def list_rows(
    sender: Sender, module: str, names: Sequence[str], *, has_modified_time: bool
) -> Iterator[dict[str, Any]]:
    """``GET /{module}``: all records with the fields ``names``, newest id first.

    A call may name 50 fields.  For more, each page is read in parts that are put together by id,
    and a record that was changed between two parts is read again alone: no record is made of two
    states of it.  Modified_Time tells, to the second; a module without it has no such protection,
    and formulas that change by themselves do not count as a change.
    """
    if len(names) <= MAX_FIELDS:
        yield from _listed(sender, module, names)
        return
    guard = [_MODIFIED] if has_modified_time else []
    rest = [name for name in names if name not in guard]
    size = MAX_FIELDS - len(guard)
    parts = [guard + rest[start : start + size] for start in range(0, len(rest), size)]
    page: list[dict[str, Any]] = []
    for row in _listed(sender, module, parts[0]):
        page.append(row)
        if len(page) == _MAX_IDS:
            yield from _completed(sender, module, page, parts[1:])
            page = []
    if page:
        yield from _completed(sender, module, page, parts[1:])


def search_rows(sender: Sender, module: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """``GET /{module}/search``: the records found.

    Raises `LimitExceeded` when more than 2,000 are found, after the first 2,000.
    """
    page = 1
    while True:
        answer = sender.request(
            "GET",
            f"{module}/search",
            params={**params, "page": str(page), "per_page": str(_PAGE)},
        )
        yield from rows_of(answer)
        if not has_more(answer):
            return
        if page * _PAGE >= _MAX_FOUND:
            raise LimitExceeded(
                "LIMIT_REACHED",
                f"a search gives the first {_MAX_FOUND} records: narrow it, or use query()",
                status=answer.status,
                request=answer.request,
            )
        page += 1


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """The records of an answer; none for an answer without a body."""
    if answer.json is None:
        return []
    rows = answer.json.get("data")
    if not isinstance(rows, list):
        raise UnexpectedAnswer("JSON without data", status=answer.status, request=answer.request)
    return cast("list[dict[str, Any]]", rows)


def has_more(answer: Answer) -> bool:
    """Whether Zoho has more records than those of this answer."""
    return bool(_info(answer).get("more_records"))


def _listed(sender: Sender, module: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    params = {"fields": ",".join(names), "per_page": str(_PAGE)}
    while True:
        answer = sender.request("GET", module, params=params)
        yield from rows_of(answer)
        if not has_more(answer):
            return
        token = _info(answer).get("next_page_token")
        if not isinstance(token, str):
            raise UnexpectedAnswer(
                "a page that has a successor but no next_page_token",
                status=answer.status,
                request=answer.request,
            )
        # The token is bound to the other parameters, and excludes a page number.
        params = {**params, "page_token": token}


def _completed(
    sender: Sender,
    module: str,
    rows: Sequence[dict[str, Any]],
    parts: Iterable[Sequence[str]],
) -> Iterator[dict[str, Any]]:
    """Rows with the fields of all parts, each from one state of its record."""
    asked = {*rows[0], *(name for part in parts for name in part)}
    torn: set[str] = set()
    ids = ",".join(row["id"] for row in rows)
    for names in parts:
        answer = sender.request(
            "GET",
            module,
            params={"fields": ",".join(names), "ids": ids, "per_page": str(_PAGE)},
        )
        found = {row["id"]: row for row in rows_of(answer)}
        for row in rows:
            more = found.get(row["id"])
            if more is None or more.get(_MODIFIED) != row.get(_MODIFIED):
                torn.add(row["id"])
            else:
                row.update(more)
    for row in rows:
        if row["id"] not in torn:
            yield row
            continue
        try:
            whole = read_row(sender, module, row["id"])
        except RecordNotFound:
            continue  # deleted since the list was read
        yield {key: value for key, value in whole.items() if key in asked or key.startswith("$")}


def _info(answer: Answer) -> Mapping[str, Any]:
    found = (answer.json or {}).get("info")
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
