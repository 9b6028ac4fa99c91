"""The ``$`` keys that Zoho adds to a whole record: other ones for notes and activities."""

from __future__ import annotations

from .values import Json

_EVERY: Json = {"$editable": True, "$field_states": None, "$state": "save"}

_RECORD: Json = {
    **_EVERY,
    "$approval": {
        "delegate": False,
        "takeover": False,
        "approve": False,
        "reject": False,
        "resubmit": False,
    },
    "$approval_state": "approved",
    "$approved": True,
    "$in_merge": False,
    "$orchestration": False,
    "$process_flow": False,
    "$review": None,
    "$review_process": {"approve": False, "reject": False, "resubmit": False},
    "$sharing_permission": "full_access",
    "$wizard_connection_path": None,
}
_NOTE: Json = {
    **_EVERY,
    "$attachments": None,
    "$is_shared_to_client": False,
    "$size": None,
    "$voice_note": False,
}
_LOCKABLE: Json = {"$locked_for_me": False}
_ASSIGNED: Json = {"$zia_owner_assignment": "owner_recommendation_unavailable"}

_OF_MODULES: dict[str, Json] = {
    "Notes": _NOTE,
    "Leads": {
        **_RECORD,
        **_LOCKABLE,
        **_ASSIGNED,
        "$converted": False,
        "$converted_detail": {},
    },
    "Accounts": {**_RECORD, **_LOCKABLE, **_ASSIGNED, "$is_duplicate": False},
    "Contacts": {**_RECORD, **_LOCKABLE, **_ASSIGNED, "$is_duplicate": False},
    "Products": {**_RECORD, **_LOCKABLE, "$taxable": True},
    "Tasks": {**_RECORD, **_LOCKABLE, **_ASSIGNED, "$u_id": None, "$se_module": None},
    "Calls": {**_RECORD, "$calendar_booking_call": False, "$se_module": None},
    "Events": {
        **_RECORD,
        "$calendar_booking_event": False,
        "$meeting_details": None,
        "$recurrence_id": None,
        "$se_module": None,
        "$send_notification": False,
        "$u_id": None,
    },
}
_WITHOUT_LAYOUT = frozenset({"Notes", "Tasks", "Calls", "Events"})


def system_keys(module: str, currency_symbol: object) -> Json:
    """The keys of a record of that module; ``$layout_id`` is for the caller to fill."""
    keys = dict(_OF_MODULES.get(module, {**_RECORD, **_LOCKABLE, **_ASSIGNED}))
    if module != "Notes":
        keys["$currency_symbol"] = currency_symbol
    if module not in _WITHOUT_LAYOUT:
        keys["$layout_id"] = None
    return keys
