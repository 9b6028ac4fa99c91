"""The tags of one module: ``/settings/tags`` and ``/{module}/actions/add_tags``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from zohohub.batches import in_batches
from zohohub.errors import UnexpectedAnswer
from zohohub.values import Tag, decode_tags
from zohohub.writing import id_of

if TYPE_CHECKING:
    from zohohub.records import Record
    from zohohub.results import Results
    from zohohub.transport import Sender
    from zohohub.values import Ref

__all__ = ["ModuleTags"]

R = TypeVar("R", bound="Record")

_BATCH = 500
_MAX_TAGS = 10
_MAX_NAME = 25


class ModuleTags(Generic[R]):
    """The tags of one module, and what puts them on its records.

    Every method may raise what those of `Module` raise.
    """

    def __init__(self, sender: Sender, module: str) -> None:
        self._sender = sender
        self._module = module

    def __repr__(self) -> str:
        return f"<ModuleTags {self._module}>"

    def list(self) -> Sequence[Tag]:
        """All tags of the module.

        Calls ``GET /settings/tags``; the token needs the scope ZohoCRM.settings.tags.READ.
        """
        answer = self._sender.request("GET", "settings/tags", params={"module": self._module})
        found: object = [] if answer.json is None else answer.json.get("tags")
        if not isinstance(found, list):
            raise UnexpectedAnswer(
                "JSON without tags", status=answer.status, request=answer.request
            )
        return decode_tags(cast("list[object]", found)) or []

    def add(
        self,
        targets: Sequence[R | Ref[R] | str],
        tags: Sequence[Tag | str],
        /,
        *,
        replace: bool = False,
    ) -> Results:
        """Put tags on records, 500 a call; one result a record, in order.

        A tag that the module does not have is made.  ``replace`` takes all other tags off.  Calls
        ``POST /{module}/actions/add_tags``, at one credit for every 50 records.  Zoho keeps at most
        10 tags a record; raises ``ValueError`` for none or more than that, and for a name of more
        than 25 characters.
        """
        return self._change("add_tags", targets, tags, {"over_write": replace})

    def remove(self, targets: Sequence[R | Ref[R] | str], tags: Sequence[Tag | str], /) -> Results:
        """Take tags off records, 500 a call; one result a record, in order.

        Calls ``POST /{module}/actions/remove_tags``, at one credit for every 50 records.  Raises
        ``ValueError`` for what `add` does not take.
        """
        return self._change("remove_tags", targets, tags, {})

    def _change(
        self,
        action: str,
        targets: Sequence[R | Ref[R] | str],
        tags: Sequence[Tag | str],
        more: dict[str, bool],
    ) -> Results:
        body = {"tags": [{"name": name} for name in _names(tags)], **more}
        ids = [id_of(target) for target in targets]
        return in_batches(
            ids,
            lambda batch: self._sender.request(
                "POST",
                f"{self._module}/actions/{action}",
                json={**body, "ids": batch},
                idempotent=True,
                items="data",
            ),
            size=_BATCH,
        )


def _names(tags: Sequence[Tag | str]) -> Sequence[str]:
    if isinstance(tags, str):
        raise TypeError(f"tags come in a list: [{tags!r}]")
    names = [tag if isinstance(tag, str) else tag.name for tag in tags]
    if not 0 < len(names) <= _MAX_TAGS:
        raise ValueError(f"a record takes 1 to {_MAX_TAGS} tags, not {len(names)}")
    for name in names:
        if not 0 < len(name) <= _MAX_NAME:
            raise ValueError(f"a tag has 1 to {_MAX_NAME} characters: {name[:80]!r}")
    return names
