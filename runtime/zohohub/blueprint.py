"""The blueprint of one record: ``/{module}/{id}/actions/blueprint``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from zohohub.errors import UnexpectedAnswer
from zohohub.numbered_pages import check_result

if TYPE_CHECKING:
    from zohohub.transport import Sender
    from zohohub.values import UploadedFile

__all__ = ["Blueprint", "Transition", "TransitionField", "read_blueprint"]

V = TypeVar("V", bound=Mapping[str, object])


@dataclass(frozen=True, slots=True)
class TransitionField:
    """A field that a transition asks for."""

    api_name: str
    label: str | None
    data_type: str | None
    required: bool
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step that a record may take."""

    id: str
    name: str
    type: str | None
    """manual or automatic."""
    next_value: str | None
    """What the blueprint's field holds after it."""
    criteria_matched: bool | None
    """False where the record does not meet the conditions of the transition."""
    criteria_message: str | None
    fields: Sequence[TransitionField]
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class Blueprint(Generic[V]):
    """Where a record stands in its blueprint, and which way it can go from there."""

    def __init__(
        self, sender: Sender, path: str, body: Mapping[str, Any], encode: Callable[[Any], Any]
    ) -> None:
        self._sender = sender
        self._path = path
        self._encode = encode
        process = cast("Mapping[str, Any]", body.get("process_info") or {})
        self.id = str(process.get("id"))
        self.name: str | None = process.get("name")
        self.field: str | None = process.get("api_name")
        """The api_name of the picklist that the blueprint is about."""
        self.value: str | None = process.get("field_value")
        """What that picklist held when the blueprint was read."""
        self.transitions: Sequence[Transition] = [
            _transition(item) for item in cast("list[Any]", body.get("transitions") or [])
        ]
        """The steps that the record may take from there."""
        self.json = body
        """The object it was read from."""

    def __repr__(self) -> str:
        names = [transition.name for transition in self.transitions]
        return f"<Blueprint {self.name!r} at {self.value!r}: {names}>"

    def transition(self, name: str) -> Transition:
        """The transition of that name; raises ``LookupError`` where the record cannot take it."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        names = ", ".join(repr(transition.name) for transition in self.transitions) or "none"
        raise LookupError(f"from {self.value!r} there is no transition {name!r}, only: {names}")

    def apply(
        self,
        transition: Transition,
        values: V | None = None,
        /,
        *,
        notes: str | None = None,
        files: Sequence[UploadedFile | str] = (),
        links: Sequence[str] = (),
        check_lists: Mapping[str, bool] | None = None,
    ) -> None:
        """Let the record take a step.

        ``values`` are those of an update of the module, by attribute name; ``files`` are uploaded
        files or their ids, ``links`` addresses, ``check_lists`` items by name.  Afterwards the
        record stands elsewhere: read its blueprint again before the next step.

        Calls ``PUT /{module}/{id}/actions/blueprint``.  Raises `MandatoryNotFound` for a value
        that the transition needs, `InvalidData` for a step that the record cannot take.
        """
        data: dict[str, object] = self._encode(values or {})
        if notes is not None:
            data["Notes"] = notes
        attachments: list[Mapping[str, object]] = []
        if files:
            ids = [each if isinstance(each, str) else each.file_id for each in files]
            attachments.append({"$file_id": ids})
        attachments += [{"$link_url": link} for link in links]
        if attachments:
            data["Attachments"] = attachments
        if check_lists:
            data["CheckLists"] = [{name: done} for name, done in check_lists.items()]
        answer = self._sender.request(
            "PUT",
            self._path,
            json={"blueprint": [{"transition_id": transition.id, "data": data}]},
            # A second time would add the notes again, or take another step of the same kind.
            idempotent=False,
        )
        check_result(answer, answer.json or {})


def read_blueprint(
    sender: Sender, module: str, record_id: str, encode: Callable[[Any], Any]
) -> Blueprint[Any]:
    """``GET /{module}/{id}/actions/blueprint``; ``encode`` makes JSON of the module's values."""
    path = f"{module}/{record_id}/actions/blueprint"
    answer = sender.request("GET", path)
    body = (answer.json or {}).get("blueprint")
    if not isinstance(body, dict):
        raise UnexpectedAnswer(
            "JSON without blueprint", status=answer.status, request=answer.request
        )
    return Blueprint(sender, path, cast("Mapping[str, Any]", body), encode)


def _transition(item: Mapping[str, Any]) -> Transition:
    return Transition(
        id=str(item["id"]),
        name=item["name"],
        type=item.get("type"),
        next_value=item.get("next_field_value"),
        criteria_matched=item.get("criteria_matched"),
        criteria_message=item.get("criteria_message"),
        fields=[_field(each) for each in cast("list[Any]", item.get("fields") or [])],
        json=item,
    )


def _field(item: Mapping[str, Any]) -> TransitionField:
    flags = ("mandatory", "required", "system_mandatory")
    return TransitionField(
        api_name=item["api_name"],
        label=item.get("field_label") or item.get("display_label"),
        data_type=item.get("data_type"),
        required=any(item.get(flag) is True for flag in flags),
        json=item,
    )
