# Made from wire.schema.json by datamodel-codegen --profile wire.  Do not edit.

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Named(TypedDict):
    """
    An object that is referred to by api_name, name or id.
    """

    api_name: NotRequired[str | None]
    name: NotRequired[str | None]
    id: NotRequired[str | None]


class OperationType(TypedDict):
    """
    What the API and the web interface may do with a field.
    """

    web_update: NotRequired[bool | None]
    api_create: NotRequired[bool | None]
    web_create: NotRequired[bool | None]
    api_update: NotRequired[bool | None]


class Option(TypedDict):
    """
    One option of a picklist.
    """

    display_value: NotRequired[str | None]
    actual_value: NotRequired[str | None]
    reference_value: NotRequired[str | None]
    id: NotRequired[str | None]
    type: NotRequired[str | None]
    sequence_number: NotRequired[int | str | None]


class Lookup(TypedDict):
    """
    The target of a lookup; the module was a plain string in old versions.
    """

    module: NotRequired[Named | str | list[Any] | None]
    api_name: NotRequired[str | None]
    display_label: NotRequired[str | None]
    id: NotRequired[str | None]


class LinkingDetails(TypedDict):
    """
    How a multi-select lookup is kept (v8).
    """

    module: NotRequired[Named | list[Any] | None]
    lookup_field: NotRequired[Named | list[Any] | None]
    connected_lookup_field: NotRequired[Named | list[Any] | None]


class ConnectedDetails(TypedDict):
    """
    What a multi-select lookup points at (v8).
    """

    module: NotRequired[Named | list[Any] | None]
    field: NotRequired[Named | list[Any] | None]


class MultiSelectLookup(TypedDict):
    """
    A multi-select lookup, in the shape of v8 and in that of the versions before.
    """

    linking_details: NotRequired[LinkingDetails | list[Any] | None]
    connected_details: NotRequired[ConnectedDetails | list[Any] | None]
    linking_module: NotRequired[Named | str | list[Any] | None]
    connected_module: NotRequired[Named | str | list[Any] | None]
    connectedlookup_apiname: NotRequired[str | None]
    connectedfield_apiname: NotRequired[str | None]
    lookup_apiname: NotRequired[str | None]


class MultiModuleLookup(TypedDict):
    """
    The targets of a lookup of several modules.
    """

    modules: NotRequired[list[Named] | dict[str, Any] | None]
    api_name: NotRequired[str | None]


class AssociatedModule(TypedDict):
    """
    The module that holds the rows of a subform or the files of a file field.
    """

    module: NotRequired[Named | str | list[Any] | None]
    id: NotRequired[str | None]


class Formula(TypedDict):
    """
    What a formula or a roll-up summary returns.
    """

    return_type: NotRequired[str | None]


class AutoNumber(TypedDict):
    """
    How an auto-number is made.
    """

    prefix: NotRequired[str | None]
    suffix: NotRequired[str | None]
    start_number: NotRequired[int | str | None]


class Unique(TypedDict):
    """
    Present where values must be unique.
    """

    case_sensitive: NotRequired[bool | None]
    casesensitive: NotRequired[bool | str | None]


class Tooltip(TypedDict):
    """
    The help text of a field.
    """

    name: NotRequired[str | None]
    value: NotRequired[str | None]


class TextArea(TypedDict):
    """
    The size of a text area.
    """

    type: NotRequired[str | None]


class Field(TypedDict):
    """
    One field of a module, or of a section of a layout.
    """

    api_name: NotRequired[str | None]
    id: NotRequired[str | None]
    field_label: NotRequired[str | None]
    display_label: NotRequired[str | None]
    data_type: NotRequired[str | None]
    json_type: NotRequired[str | None]
    length: NotRequired[int | str | None]
    decimal_place: NotRequired[int | str | None]
    range: NotRequired[dict[str, Any] | list[Any] | None]
    custom_field: NotRequired[bool | None]
    system_mandatory: NotRequired[bool | None]
    required: NotRequired[bool | None]
    read_only: NotRequired[bool | None]
    field_read_only: NotRequired[bool | None]
    visible: NotRequired[bool | None]
    operation_type: NotRequired[OperationType | list[Any] | None]
    pick_list_values: NotRequired[list[Option] | dict[str, Any] | None]
    global_picklist: NotRequired[Named | list[Any] | None]
    lookup: NotRequired[Lookup | list[Any] | None]
    multiselectlookup: NotRequired[MultiSelectLookup | list[Any] | None]
    multiuserlookup: NotRequired[MultiSelectLookup | list[Any] | None]
    multi_module_lookup: NotRequired[MultiModuleLookup | list[Any] | None]
    associated_module: NotRequired[AssociatedModule | list[Any] | None]
    subform: NotRequired[AssociatedModule | list[Any] | None]
    formula: NotRequired[Formula | list[Any] | None]
    rollup_summary: NotRequired[Formula | list[Any] | None]
    auto_number: NotRequired[AutoNumber | list[Any] | None]
    autonumber: NotRequired[AutoNumber | list[Any] | None]
    unique: NotRequired[Unique | list[Any] | None]
    external: NotRequired[dict[str, Any] | list[Any] | None]
    crypt: NotRequired[dict[str, Any] | list[Any] | None]
    tooltip: NotRequired[Tooltip | list[Any] | None]
    textarea: NotRequired[TextArea | list[Any] | None]


class Section(TypedDict):
    """
    One section of a layout.
    """

    name: NotRequired[str | None]
    fields: NotRequired[list[Field] | dict[str, Any] | None]


class Layout(TypedDict):
    """
    One layout of a module.
    """

    id: NotRequired[str | None]
    name: NotRequired[str | None]
    status: NotRequired[str | int | None]
    visible: NotRequired[bool | None]
    sections: NotRequired[list[Section] | dict[str, Any] | None]


class RelatedList(TypedDict):
    """
    One related list of a module; its own module was a plain string in old versions.
    """

    id: NotRequired[str | None]
    api_name: NotRequired[str | None]
    display_label: NotRequired[str | None]
    name: NotRequired[str | None]
    module: NotRequired[Named | str | list[Any] | None]
    type: NotRequired[str | None]
    href: NotRequired[str | None]
    status: NotRequired[str | None]
    connectedmodule: NotRequired[str | None]
    linkingmodule: NotRequired[str | None]


class Module(TypedDict):
    """
    One module.
    """

    api_name: NotRequired[str | None]
    id: NotRequired[str | None]
    module_name: NotRequired[str | None]
    singular_label: NotRequired[str | None]
    plural_label: NotRequired[str | None]
    generated_type: NotRequired[str | None]
    api_supported: NotRequired[bool | None]
    creatable: NotRequired[bool | None]
    editable: NotRequired[bool | None]
    deletable: NotRequired[bool | None]
    viewable: NotRequired[bool | None]
    visible: NotRequired[bool | None]
    status: NotRequired[str | None]
    parent_module: NotRequired[Named | list[Any] | None]
    modified_time: NotRequired[str | None]


class Org(TypedDict):
    """
    The organisation.
    """

    id: NotRequired[str | None]
    zgid: NotRequired[str | None]
    company_name: NotRequired[str | None]
    iso_code: NotRequired[str | None]
    currency: NotRequired[str | None]
    time_zone: NotRequired[str | None]


class Metadata(TypedDict):
    """
    What this generator reads of Zoho's metadata answers, of any API version: every key may be missing, and an empty object may arrive as null or as a list.
    """

    modules: NotRequired[list[Module]]
    fields: NotRequired[list[Field]]
    layouts: NotRequired[list[Layout]]
    related_lists: NotRequired[list[RelatedList]]
    org: NotRequired[list[Org]]
