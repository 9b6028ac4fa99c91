"""Records as JSON objects, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from zohohub.errors import LimitExceeded, RecordNotFound, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zohohub.transport import Answer, Sender

__all__ = [
    "MAX_FIELDS",
    "has_more",
    "list_pages",
    "listed_by_id",
    "next_page_token",
    "read_row",
    "rows_of",
    "search_pages",
]

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


def list_pages(
    sender: Sender,
    module: str,
    names: Sequence[str],
    *,
    has_modified_time: bool,
    params: Mapping[str, str] | None = None,
    modified_since: str | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """``GET /{module}``: pages of all records with the fields ``names``, newest id first.

    A call may name 50 fields.  For more, each page is read in parts that are put together by id,
    and a record that was changed between two parts is read again alone: no record is made of two
    states of it.  Modified_Time tells, to the second; a module without it has no such protection,
    and formulas that change by themselves do not count as a change.
    """
    parts = _parts(names, has_modified_time)
    for page in _listed(sender, module, parts[0], params or {}, modified_since):
        if len(parts) == 1:
            yield page
            continue
        for start in range(0, len(page), _MAX_IDS):
            rows = page[start : start + _MAX_IDS]
            yield _completed(sender, module, rows, parts[1:], params or {})


def listed_by_id(
    sender: Sender,
    module: str,
    names: Sequence[str],
    ids: Sequence[str],
    *,
    has_modified_time: bool,
    params: Mapping[str, str],
    modified_since: str | None,
) -> Iterator[list[dict[str, Any]]]:
    """``GET /{module}?ids=``: the records with these ids, as `list_pages` reads them."""
    for start in range(0, len(ids), _MAX_IDS):
        yield from list_pages(
            sender,
            module,
            names,
            has_modified_time=has_modified_time,
            params={**params, "ids": ",".join(ids[start : start + _MAX_IDS])},
            modified_since=modified_since,
        )


def search_pages(
    sender: Sender, module: str, params: Mapping[str, str]
) -> Iterator[list[dict[str, Any]]]:
    """``GET /{module}/search``: pages of the records found.

    Raises `LimitExceeded` when more than 2,000 are found, after the first 2,000.
    """
    page = 1
    while True:
        answer = sender.request(
            "GET",
            f"{module}/search",
            params={**params, "page": str(page), "per_page": str(_PAGE)},
        )
        yield rows_of(answer)
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


def next_page_token(answer: Answer) -> str | None:
    """What the call for the next page takes; None where Zoho counts pages instead."""
    token = _info(answer).get("next_page_token")
    return token if isinstance(token, str) else None


def _parts(names: Sequence[str], has_modified_time: bool) -> list[Sequence[str]]:
    """The fields of each call: at most 50, with Modified_Time in each where there are several."""
    if len(names) <= MAX_FIELDS:
        return [names]
    guard = [_MODIFIED] if has_modified_time else []
    rest = [name for name in names if name not in guard]
    size = MAX_FIELDS - len(guard)
    return [guard + rest[start : start + size] for start in range(0, len(rest), size)]


def _listed(
    sender: Sender,
    module: str,
    names: Sequence[str],
    more: Mapping[str, str],
    modified_since: str | None,
) -> Iterator[list[dict[str, Any]]]:
    params = {"fields": ",".join(names), "per_page": str(_PAGE), **more}
    headers = None if modified_since is None else {"If-Modified-Since": modified_since}
    while True:
        answer = sender.request("GET", module, params=params, headers=headers)
        yield rows_of(answer)
        if not has_more(answer):
            return
        token = next_page_token(answer)
        if token is None:
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
    more_params: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Rows with the fields of all parts, each from one state of its record."""
    asked = {*rows[0], *(name for part in parts for name in part)}
    torn: set[str] = set()
    params = {"ids": ",".join(row["id"] for row in rows), "per_page": str(_PAGE)}
    if "converted" in more_params:
        params["converted"] = more_params["converted"]
    for names in parts:
        answer = sender.request(
            "GET",
            module,
            params={"fields": ",".join(names), **params},
        )
        found = {row["id"]: row for row in rows_of(answer)}
        for row in rows:
            more = found.get(row["id"])
            if more is None or more.get(_MODIFIED) != row.get(_MODIFIED):
                torn.add(row["id"])
            else:
                row.update(more)
    whole: list[dict[str, Any]] = []
    for row in rows:
        if row["id"] not in torn:
            whole.append(row)
            continue
        try:
            again = read_row(sender, module, row["id"])
        except RecordNotFound:
            continue  # deleted since the list was read
        kept = {key: value for key, value in again.items() if key in asked or key[:1] == "$"}
        whole.append(kept)
    return whole


def _info(answer: Answer) -> Mapping[str, Any]:
    found = (answer.json or {}).get("info")
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
