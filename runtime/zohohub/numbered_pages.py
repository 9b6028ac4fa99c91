"""Answers about things that are no records, whose lists Zoho pages by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from zohohub.errors import UnexpectedAnswer, api_error
from zohohub.reading import has_more

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zohohub.transport import Answer, Sender

__all__ = ["check_result", "items_of", "numbered_items"]


def numbered_items(
    sender: Sender, path: str, key: str, params: Mapping[str, str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """``GET {path}``: what the pages hold under ``key``, each page when it is asked for."""
    page = 1
    while True:
        # Zoho documents the number for some of these lists only, and one page is the rule.
        number = {"page": str(page)} if page > 1 else {}
        answer = sender.request("GET", path, params={**(params or {}), **number} or None)
        yield from items_of(answer, key)
        if not has_more(answer):
            return
        page += 1


def check_result(answer: Answer, item: Mapping[str, Any], but: str | None = None) -> None:
    """Raise the error of an item that was not done, unless it has the code ``but``."""
    if str(item.get("code", "")).upper() not in ("SUCCESS", but):
        raise api_error(answer.status, item, answer.request)


def items_of(answer: Answer, key: str) -> list[Mapping[str, Any]]:
    """The JSON objects that an answer holds under ``key``; none for an answer without a body."""
    if answer.json is None:
        return []
    found = answer.json.get(key)
    if not isinstance(found, list):
        raise UnexpectedAnswer(f"JSON without {key}", status=answer.status, request=answer.request)
    items = cast("list[object]", found)
    return [cast("Mapping[str, Any]", item) for item in items if isinstance(item, dict)]
