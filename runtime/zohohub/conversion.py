"""The conversion of a lead: ``POST /Leads/{id}/actions/convert``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, cast

from zohohub.errors import UnexpectedAnswer, api_error
from zohohub.reading import rows_of
from zohohub.values import Ref, UserRef, decode_ref

if TYPE_CHECKING:
    from zohohub.transport import Sender

__all__ = ["Conversion", "ConvertOptions", "convert_lead"]

A_co = TypeVar("A_co", covariant=True)
C_co = TypeVar("C_co", covariant=True)
D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Conversion(Generic[A_co, C_co, D_co]):
    """What a lead became."""

    account: Ref[A_co] | None
    contact: Ref[C_co] | None
    deal: Ref[D_co] | None
    job_id: str | None
    """Set where Zoho converts the lead later; then there are no references yet."""
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from."""


class ConvertOptions(TypedDict, total=False):
    """How a lead is converted."""

    overwrite: bool
    """Put the lead's values into the account and the contact that are given."""
    notify_lead_owner: bool
    notify_new_owner: bool
    """Tell the owner of the new records."""
    assign_to: UserRef | str
    """Who owns the new records; without it, the owner of the lead."""
    contact_role: str
    """Of the contact in the deal."""
    move_attachments_to: Literal["Accounts", "Contacts", "Deals"]


def convert_lead(
    sender: Sender,
    lead_id: str,
    *,
    account: str | None,
    contact: str | None,
    deal: Mapping[str, object] | None,
    options: ConvertOptions,
) -> Conversion[Any, Any, Any]:
    """Convert one lead; ``deal`` holds JSON values by api_name."""
    item: dict[str, object] = {
        "overwrite": options.get("overwrite", False),
        "notify_lead_owner": options.get("notify_lead_owner", False),
        "notify_new_entity_owner": options.get("notify_new_owner", False),
    }
    for key, record_id in (("Accounts", account), ("Contacts", contact)):
        if record_id is not None:
            item[key] = {"id": record_id}
    if "assign_to" in options:
        owner = options["assign_to"]
        item["assign_to"] = {"id": owner if isinstance(owner, str) else owner.id}
    if "move_attachments_to" in options:
        item["move_attachments_to"] = {"api_name": options["move_attachments_to"]}
    if deal is not None:
        role = {"Contact_Role": options["contact_role"]} if "contact_role" in options else {}
        item["Deals"] = {**deal, **role}
    elif "contact_role" in options:
        raise ValueError("contact_role is the contact's role in a deal: give the deal too")
    answer = sender.request(
        "POST", f"Leads/{lead_id}/actions/convert", json={"data": [item]}, items="data"
    )
    for row in rows_of(answer):
        if "code" in row and str(row["code"]).upper() not in ("SUCCESS", "SCHEDULED"):
            raise api_error(answer.status, row, answer.request)
        return _conversion(row)
    raise UnexpectedAnswer("JSON without a result", status=answer.status, request=answer.request)


def _conversion(row: Mapping[str, Any]) -> Conversion[Any, Any, Any]:
    # Older versions answer with bare ids, and nothing around them.
    details = cast("Mapping[str, Any]", row.get("details") or {}) if "code" in row else row
    job_id = details.get("job_id")
    return Conversion(
        account=decode_ref(details.get("Accounts")),
        contact=decode_ref(details.get("Contacts")),
        deal=decode_ref(details.get("Deals")),
        job_id=None if job_id is None else str(job_id),
        json=row,
    )
