"""The JSON objects inside some fields whose keys Zoho documents, as typed dictionaries.

Records hold them as plain dictionaries; these classes exist for type checkers and editors.
Every key may be missing.
"""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = [
    "Alarm",
    "CaseComment",
    "Consent",
    "LineItem",
    "LineTax",
    "ModuleReference",
    "Participant",
    "PricingDetail",
    "ProductTax",
    "Recurrence",
    "Reminder",
    "Territory",
    "TimeRange",
]


class Alarm(TypedDict, total=False):
    """When a task reminds its owner."""

    ALARM: str


class Recurrence(TypedDict, total=False):
    """How an activity repeats, as an iCalendar rule."""

    RRULE: str
    EXDATE: str


class Reminder(TypedDict, total=False):
    """How long before an event its owner is reminded; ``time`` for reminders in days."""

    unit: int
    period: str
    time: str


class Participant(TypedDict, total=False):
    """Someone invited to an event; ``type`` is user, contact, lead or email."""

    type: str
    participant: str
    Email: str | None
    name: str | None
    invited: bool
    status: str
    id: str


class CaseComment(TypedDict, total=False):
    """A comment on a case or solution."""

    id: str
    comment_content: str
    commented_by: Any
    commented_time: str


class PricingDetail(TypedDict, total=False):
    """A step of a price book."""

    id: str
    from_range: Any
    to_range: Any
    discount: Any


class LineItem(TypedDict, total=False):
    """A line of a quote, order or invoice in the form of the older API versions."""

    id: str
    product: dict[str, Any]
    product_description: str | None
    quantity: Any
    list_price: Any
    unit_price: Any
    net_total: Any
    total: Any
    total_after_discount: Any
    Discount: Any
    Tax: Any
    line_tax: list[LineTax]
    book: str | None
    quantity_in_stock: Any


class LineTax(TypedDict, total=False):
    """A tax on one line item."""

    id: str
    name: str
    display_name: str
    percentage: Any
    value: Any


class ProductTax(TypedDict, total=False):
    """A tax that applies to a product."""

    id: str
    value: str


class Territory(TypedDict, total=False):
    """A territory that a record belongs to."""

    id: str
    Name: str
    name: str


class TimeRange(TypedDict, total=False):
    """A span of time."""

    From: str
    To: str


class ModuleReference(TypedDict, total=False):
    """A module, by api_name and id."""

    api_name: str
    id: str


class Consent(TypedDict, total=False):
    """The consent that a person gave to the processing of their data."""

    id: str
    name: str
    Data_Processing_Basis: str
    Contact_Through_Email: bool
    Contact_Through_Phone: bool
    Contact_Through_Survey: bool
    Contact_Through_Social: bool
    Consent_Date: str
    Consent_Through: str
    Consent_Remarks: str
    Mail_Sent_Time: str
    Owner: dict[str, Any]
