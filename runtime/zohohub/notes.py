"""The notes of one record: ``/{module}/{id}/Notes``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from zohohub.batches import in_batches
from zohohub.related import delete_at, related_pages
from zohohub.values import UserRef, decode_datetime, decode_user
from zohohub.writing import id_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from zohohub.transport import Answer, Sender

__all__ = ["NoteValues", "RecordNote", "RecordNotes"]

_FIELDS = (
    "id",
    "Note_Title",
    "Note_Content",
    "Owner",
    "Created_By",
    "Created_Time",
    "Modified_By",
    "Modified_Time",
)
_API_NAMES = {"title": "Note_Title", "content": "Note_Content"}
_LONGEST = {"title": 120, "content": 65_535}


@dataclass(frozen=True, slots=True)
class RecordNote:
    """A note of a record."""

    id: str
    title: str | None
    content: str | None
    owner: UserRef | None
    created_by: UserRef | None
    created_time: datetime | None
    modified_by: UserRef | None
    modified_time: datetime | None
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class NoteValues(TypedDict, total=False):
    """The values to change; a name left out is left alone, None clears."""

    content: str | None
    title: str | None


class RecordNotes:
    """The notes of one record.

    The token needs the scope ZohoCRM.modules.notes beside that of the module.  Every method may
    raise what those of `Module` raise.
    """

    def __init__(self, sender: Sender, module: str, record_id: str) -> None:
        self._sender = sender
        self._parent = {"module": {"api_name": module}, "id": record_id}
        self._path = f"{module}/{record_id}/Notes"

    def __repr__(self) -> str:
        return f"<RecordNotes {self._path}>"

    def list(self) -> Iterator[RecordNote]:
        """The notes, newest id first.

        Calls ``GET /{module}/{id}/Notes`` for every 200, when they are asked for.
        """
        for page in related_pages(self._sender, self._path, _FIELDS):
            yield from map(_note, page)

    def add(self, content: str, /, *, title: str | None = None) -> str:
        """Add a note and return its id.

        Calls ``POST /{module}/{id}/Notes``.  Raises ``ValueError`` for a note without content, a
        title of more than 120 characters, and a content of more than 65,535.
        """
        if not content:
            raise ValueError("a note needs content")
        values: NoteValues = {"content": content}
        if title is not None:
            values["title"] = title
        body = {**_body(values), "Parent_Id": self._parent}
        return in_batches([body], lambda batch: self._send("POST", self._path, batch)).ids[0]

    def update(self, note: RecordNote | str, /, **values: Unpack[NoteValues]) -> None:
        """Change the content, the title or both.

        Calls ``PUT /{module}/{id}/Notes/{id}``.  Raises `RecordNotFound` where there is no such
        note, ``ValueError`` for nothing to change and for what is too long.
        """
        if not values:
            raise ValueError("nothing to change: give content, title or both")
        path = f"{self._path}/{_id(note)}"
        in_batches(
            [_body(values)], lambda batch: self._send("PUT", path, batch)
        ).raise_for_failures()

    def delete(self, note: RecordNote | str, /) -> None:
        """Delete a note.

        Calls ``DELETE /{module}/{id}/Notes/{id}``.  Raises `RecordNotFound` where there is no such
        note.
        """
        delete_at(self._sender, f"{self._path}/{_id(note)}")

    def _send(self, method: str, path: str, bodies: Sequence[Mapping[str, object]]) -> Answer:
        return self._sender.request(method, path, json={"data": bodies}, items="data")


def _body(values: NoteValues) -> dict[str, object]:
    for name, value in values.items():
        if name not in _API_NAMES:
            raise TypeError(f"a note has no {name!r}, only content and title")
        if isinstance(value, str) and len(value) > _LONGEST[name]:
            raise ValueError(
                f"the {name} of a note has at most {_LONGEST[name]} characters, not {len(value)}"
            )
    return {_API_NAMES[name]: value for name, value in values.items()}


def _id(note: RecordNote | str) -> str:
    return id_of(note if isinstance(note, str) else note.id)


def _note(row: Mapping[str, Any]) -> RecordNote:
    return RecordNote(
        id=row["id"],
        title=row.get("Note_Title"),
        content=row.get("Note_Content"),
        owner=decode_user(row.get("Owner")),
        created_by=decode_user(row.get("Created_By")),
        created_time=decode_datetime(row.get("Created_Time")),
        modified_by=decode_user(row.get("Modified_By")),
        modified_time=decode_datetime(row.get("Modified_Time")),
        json=row,
    )
