"""Whether a value is of the type that generated code declares for it, read from the source text."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, cast, get_args, get_origin, is_typeddict

from zohohub import shapes, values
from zohohub.records import Record

from tests.support.json_values import is_list
from tests.support.packages import submodules


def declared_types(package: types.ModuleType) -> dict[type[Record], Mapping[str, Any]]:
    """The declared type of every attribute of every record class."""
    modules = submodules(package)
    names: dict[str, Any] = {**vars(shapes), **vars(values), "Record": Record}
    for module in modules.values():
        names |= {key: value for key, value in vars(module).items() if key[:1].isupper()}
    found: dict[type[Record], Mapping[str, Any]] = {}
    for module in modules.values():
        for cls in vars(module).values():
            if (
                isinstance(cls, type)
                and issubclass(cls, Record)
                and cls.__module__ == module.__name__
            ):
                # The picklists of a module are its own.
                own = names | vars(module)
                found[cls] = {
                    name: eval(text, own) for name, text in inspect.get_annotations(cls).items()
                }
    return found


def is_a(value: Any, declared: Any) -> bool:
    """Whether the value is of the declared type, in all its depth."""
    origin, arguments = get_origin(declared), get_args(declared)
    if declared is Any:
        return True
    if declared is None or declared is types.NoneType:
        return value is None
    if origin in (Union, types.UnionType):
        return any(is_a(value, argument) for argument in arguments)
    if origin is Literal:
        return value in arguments
    if origin is list:
        return is_list(value) and all(is_a(item, arguments[0]) for item in value)
    if origin is dict or is_typeddict(declared):
        return isinstance(value, dict)
    if origin is values.Link:
        return isinstance(value, values.Link) and is_a(cast("Any", value).target, arguments[0])
    return type(value) is (origin or declared)
