"""Names of before: what generated code is asked for by one still works, with a warning.

A `DeprecationWarning` points at the line of the caller, wherever in this package or the generated
one the old name is noticed.  Type checkers and editors strike most old names out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from typing_extensions import deprecated

__all__ = ["Former", "current_values", "deprecated", "former_names", "from_former_place", "warn"]

F = TypeVar("F", bound=Callable[..., Any])

_RUNTIME = __name__.rpartition(".")[0]
_IMPORT_SYSTEM = ("importlib", "_frozen_importlib")


def warn(message: str, package: str) -> None:
    """Warn at the line that led here: the first that is neither in ``package`` nor in this one."""
    from inspect import currentframe

    frame = cast("FrameType", currentframe())
    # What warnings.warn(skip_file_prefixes=) does from Python 3.12 on.
    while frame.f_back is not None and _is_inside(frame.f_globals.get("__name__", ""), package):
        if frame.f_code.co_name == "_handle_fromlist":
            return  # `from package import name` asks whether it is there, and asks for it next
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        DeprecationWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_inside(module: str, package: str) -> bool:
    return any(
        module == outer or module.startswith(f"{outer}.")
        for outer in (package, _RUNTIME, *_IMPORT_SYSTEM)
        if outer
    )


if not TYPE_CHECKING:
    # To checkers it is that of typing_extensions, which production need not have.
    def deprecated(message: str) -> Callable[[F], F]:
        """Mark a method of generated code as one of before."""

        def decorate(method: F) -> F:
            package = _package_of(method.__module__)

            @wraps(method)
            def call(*arguments: Any, **values: Any) -> Any:
                warn(message, package)
                return method(*arguments, **values)

            return call

        return decorate


class Former:
    """A name of before of an attribute: reading, setting and deleting mean the present one."""

    __slots__ = ("_before", "now")

    def __init__(self, now: str) -> None:
        self.now = now
        self._before = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._before = name

    def __get__(self, row: object, owner: type) -> Any:
        if row is None:
            return self
        self._warn(owner)
        return getattr(row, self.now)

    def __set__(self, row: object, value: object) -> None:
        self._warn(type(row))
        setattr(row, self.now, value)

    def __delete__(self, row: object) -> None:
        self._warn(type(row))
        delattr(row, self.now)

    def _warn(self, owner: type) -> None:
        _warn_of_attribute(owner, self._before, self.now)


_former: dict[type, Mapping[str, str]] = {}


def former_names(record_type: type) -> Mapping[str, str]:
    """The present names of the attributes of a record class, by those of before."""
    found = _former.get(record_type)
    if found is None:
        found = _former[record_type] = {
            name: value.now
            for base in record_type.__mro__
            for name, value in vars(base).items()
            if isinstance(value, Former)
        }
    return found


def current_values(record_type: type, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values by present names; raises ``TypeError`` where one is given by two names."""
    former = former_names(record_type)
    if not former or former.keys().isdisjoint(values):
        return values
    found: dict[str, Any] = {}
    given: dict[str, str] = {}
    for name, value in values.items():
        now = former.get(name, name)
        if now in found:
            raise TypeError(
                f"{record_type.__name__} got both {given[now]!r} and {name!r}, which are two names "
                f"of {now!r}: give one"
            )
        if now != name:
            _warn_of_attribute(record_type, name, now)
        found[now] = value
        given[now] = name
    return found


def from_former_place(
    place: str, name: str, now: Mapping[str, str], file: str | None = None
) -> Any:
    """What ``name`` of the module ``place`` is; ``now`` has present names by those of before.

    ``file`` is the module beside it that has them, unless that is ``place`` itself.  For the
    ``__getattr__`` of modules; raises ``AttributeError`` for what is not there.
    """
    from importlib import import_module

    home = place if file is None else f"{_package_of(place)}.{file}"
    present = now.get(name, name)
    missing = AttributeError(f"module {place!r} has no attribute {name!r}")
    if name.startswith("__") or (place, name) == (home, present):
        raise missing
    try:
        found = getattr(import_module(home), present)
    except AttributeError:
        raise missing from None
    package = place if file is None else _package_of(place)
    warn(f"{place}.{name} was renamed: it is {home}.{present} now", package)
    return found


def _warn_of_attribute(owner: type, before: str, now: str) -> None:
    # The generated class, of which a user may have made another.
    made = next(base for base in owner.__mro__ if before in vars(base))
    name = made.__name__
    warn(f"{name}.{before} was renamed: it is {name}.{now} now", _package_of(made.__module__))


def _package_of(module: str) -> str:
    return module.rpartition(".")[0]
