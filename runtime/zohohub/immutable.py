"""Frozen dataclasses that the library ``dataclasses`` makes when somebody asks.

That library imports ``inspect`` and ``ast``, and compiles six methods a class: half of what a
program waited for before its first call.  The classes that `immutable` makes share one set of
methods.  What else a dataclass has, for `dataclasses.fields` and ``replace``, for subclasses and
for `inspect.signature`, ``dataclass`` itself makes when it is first read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from inspect import Signature
    from typing import NoReturn

__all__ = ["field", "immutable", "like_dataclass", "replace"]

T = TypeVar("T")

_NONE: Final[Any] = object()
"""Stands where an attribute has no default."""


class _Field:
    """What `field` says of an attribute."""

    __slots__ = ("default", "default_factory", "repr")

    def __init__(
        self, default: Any, default_factory: Callable[[], Any] | None = None, repr: bool = True
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.repr = repr


def field(*, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> Any:
    """Declare an attribute, as ``field`` of `dataclasses` does."""
    return _Field(_NONE, default_factory, repr)


class _Immutable:
    """The methods of all these classes; those that a class has of its own come first."""

    __slots__ = ()

    _declared: Mapping[str, _Field]
    _keywords_only: bool

    def __init__(self, *values: Any, **named: Any) -> None:
        given = {**dict(zip(self._declared, values, strict=False)), **named}
        if len(given) < len(values) + len(named) or (values and self._keywords_only):
            _refuse(type(self), values, named)
        for name, each in self._declared.items():
            if name in given:
                value = given.pop(name)
            elif each.default is not _NONE:
                value = each.default
            elif each.default_factory is not None:
                value = each.default_factory()
            else:
                _refuse(type(self), values, named)
            object.__setattr__(self, name, value)
        if given:
            _refuse(type(self), values, named)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._declared)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self._declared))

    def __repr__(self) -> str:
        shown = [
            f"{name}={getattr(self, name)!r}" for name, each in self._declared.items() if each.repr
        ]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    # Pickles hold what those of any dataclass with slots do.

    def __getstate__(self) -> list[Any]:
        return [getattr(self, name) for name in _names(self)]

    def __setstate__(self, state: list[Any]) -> None:
        for name, value in zip(_names(self), state, strict=True):
            object.__setattr__(self, name, value)

    def __replace__(self, /, **changes: Any) -> Any:
        # What copy.replace of Python 3.13 asks for.
        return replace(self, **changes)


@overload
def immutable(cls: type[T], /) -> type[T]: ...
@overload
def immutable(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Make a frozen dataclass with slots; ``kw_only`` means what it means to ``dataclass``."""
    if cls is not None:
        return _make(cls, kw_only)

    def make(cls: Any) -> Any:
        return _make(cls, kw_only)

    return make


def _make(cls: Any, keywords_only: bool) -> Any:
    own = cast("Mapping[str, Any]", vars(cls))
    names = cast("Mapping[str, Any]", cls.__annotations__)
    given = {name: own.get(name, _NONE) for name in names}
    left_out = {"__dict__", "__weakref__", *given}
    namespace = {name: value for name, value in own.items() if name not in left_out}
    # Slots have to be there when a class is made.
    made = type(cls)(
        cls.__name__,
        (_Immutable, *(base for base in cls.__bases__ if base is not object)),
        {**namespace, "__slots__": (*given,), "__match_args__": () if keywords_only else (*given,)},
    )
    made.__qualname__ = cls.__qualname__
    made._declared = {
        name: value if type(value) is _Field else _Field(value) for name, value in given.items()
    }
    made._keywords_only = keywords_only
    made.__dataclass_fields__ = _Fields()
    made.__signature__ = _Signature()
    return made


def replace(value: T, /, **changes: Any) -> T:
    """A copy with other values, as ``replace`` of `dataclasses` gives one."""
    kept = {name: getattr(value, name) for name in cast("Any", value)._declared}
    return type(value)(**(kept | changes))


def like_dataclass(
    owner: type, bases: tuple[type, ...], body: Mapping[str, Any], **options: bool
) -> Any:
    """A dataclass like ``owner``, which gets its fields; ``body`` holds what declares each."""
    from dataclasses import dataclass

    this: Any = owner
    pattern: Any = type(
        this.__name__,
        bases,
        {
            **body,
            "__annotations__": {name: this.__annotations__[name] for name in body},
            "__doc__": this.__doc__,
            "__module__": this.__module__,
        },
    )
    like: Any = dataclass(**options)(pattern)
    this.__dataclass_params__ = like.__dataclass_params__
    this.__dataclass_fields__ = like.__dataclass_fields__
    return like


def _like_frozen(owner: Any) -> Any:
    """A dataclass like the immutable class that ``owner`` is, or comes from."""
    from dataclasses import MISSING, field

    made = next(base for base in owner.__mro__ if "_declared" in vars(base))
    body = {
        name: field(
            default=MISSING if each.default is _NONE else each.default,
            default_factory=each.default_factory or MISSING,
            repr=each.repr,
        )
        for name, each in made._declared.items()
    }
    return like_dataclass(made, (), body, frozen=True, kw_only=made._keywords_only)


class _Fields:
    """What `dataclasses.fields` reads."""

    def __get__(self, instance: object, owner: type) -> Mapping[str, Any]:
        fields: Mapping[str, Any] = _like_frozen(owner).__dataclass_fields__
        return fields


class _Signature:
    """What `inspect.signature` reads."""

    def __get__(self, instance: object, owner: type) -> Signature:
        from inspect import signature

        if "_declared" not in vars(owner):  # a subclass may have an __init__ of its own
            raise AttributeError("__signature__")
        return signature(_like_frozen(owner))


def _refuse(cls: type, values: tuple[Any, ...], named: Mapping[str, Any]) -> NoReturn:
    """Raise the ``TypeError`` of values that do not fit."""
    from inspect import signature

    try:
        signature(cls).bind(*values, **named)
    except TypeError as error:
        raise TypeError(f"{cls.__name__}: {error}") from None
    raise AssertionError("unreachable")


def _names(value: Any) -> tuple[str, ...]:
    """Of a subclass too, if it is a dataclass."""
    return tuple(value.__dataclass_fields__)
