"""The related lists of a module: Zoho's metadata → ``ir.RelatedList``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from zohohub_gen.ir import LinkKind, RelatedList
from zohohub_gen.lenient import reference, text

if TYPE_CHECKING:
    from zohohub_gen import wire

_CONTACT_ROLES = "Contact_Roles"

# What would lead a call elsewhere: the name becomes a part of its address.
_HARMFUL = frozenset("/\\?#%.")

# What Zoho links with PUT /{module}/{id}/{related list}; every other list follows from lookups.
_LINKED: dict[frozenset[str], LinkKind] = {
    frozenset({"Campaigns", "Leads"}): "member",
    frozenset({"Campaigns", "Contacts"}): "member",
    frozenset({"Products", "Price_Books"}): "price",
    frozenset({"Products", "Leads"}): "plain",
    frozenset({"Products", "Accounts"}): "plain",
    frozenset({"Products", "Contacts"}): "plain",
    frozenset({"Products", "Deals"}): "plain",
    frozenset({"Appointments__s", "Services__s"}): "plain",
}


def related_lists(module: str, raw_lists: Iterable[Mapping[str, Any]]) -> tuple[RelatedList, ...]:
    """The lists by api_name; where one is listed twice, the older entry counts."""
    found: dict[str, RelatedList] = {}
    for raw in sorted(raw_lists, key=_age):
        item = cast("wire.RelatedList", raw)
        api_name = text(item.get("api_name"))
        if api_name is not None and api_name not in found:
            found[api_name] = _related_list(module, api_name, item)
    return tuple(found[api_name] for api_name in sorted(found))


def _age(raw: Mapping[str, Any]) -> tuple[int, str]:
    list_id = text(raw.get("id")) or ""
    return (len(list_id) or 99, list_id)


def _related_list(module: str, api_name: str, item: wire.RelatedList) -> RelatedList:
    target = reference(item.get("module")) or text(item.get("linkingmodule"))
    link: LinkKind | None = None
    if module == "Deals" and api_name == _CONTACT_ROLES:
        # Some versions name the list itself as its module.
        target, link = "Contacts", "role"
    elif target is not None and api_name == target:
        # A list that a lookup makes besides has a name of its own, such as Products1.
        link = _LINKED.get(frozenset((module, target)))
    return RelatedList(
        api_name=api_name,
        id=text(item.get("id")),
        label=text(item.get("display_label")) or text(item.get("name")) or api_name,
        module=target,
        kind=text(item.get("type")) or "default",
        served=(
            bool(text(item.get("href")))
            and (text(item.get("status")) or "visible") == "visible"
            and not _HARMFUL.intersection(api_name)
        ),
        link=link,
    )
