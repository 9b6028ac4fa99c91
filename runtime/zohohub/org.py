"""The org itself: ``/org``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from zohohub.errors import UnexpectedAnswer
from zohohub.numbered_pages import items_of

if TYPE_CHECKING:
    from zohohub.transport import Sender

__all__ = ["License", "Org", "read_org"]


@dataclass(frozen=True, slots=True)
class License:
    """What the org has bought."""

    paid: bool
    edition: str | None
    """Such as ``enterprise``."""
    users: int | None
    """How many users it allows."""


@dataclass(frozen=True, slots=True)
class Org:
    """A Zoho CRM org."""

    id: str
    zgid: str | None
    """The number of the org in Zoho's other products."""
    company_name: str | None
    type: str | None
    """production, sandbox, developer or bigin."""
    domain_name: str | None
    primary_email: str | None
    time_zone: str | None
    """Of the org; Zoho writes times in the time zone of each user."""
    country_code: str | None
    currency: str | None
    currency_symbol: str | None
    iso_code: str | None
    """Of the home currency, such as ``EUR``."""
    license: License
    json: Mapping[str, Any] = field(repr=False, compare=False)
    """The object it was read from, which holds more."""


def read_org(sender: Sender) -> Org:
    """``GET /org``: the org that the token belongs to."""
    answer = sender.request("GET", "org")
    for item in items_of(answer, "org"):
        details = cast("Mapping[str, Any]", item.get("license_details") or {})
        return Org(
            id=str(item["id"]),
            zgid=item.get("zgid"),
            company_name=item.get("company_name"),
            type=item.get("type"),
            domain_name=item.get("domain_name"),
            primary_email=item.get("primary_email"),
            time_zone=item.get("time_zone"),
            country_code=item.get("country_code"),
            currency=item.get("currency"),
            currency_symbol=item.get("currency_symbol"),
            iso_code=item.get("iso_code"),
            license=License(
                paid=details.get("paid") is True,
                edition=details.get("paid_type"),
                users=details.get("users_license_purchased"),
            ),
            json=item,
        )
    raise UnexpectedAnswer("JSON without an org", status=answer.status, request=answer.request)
