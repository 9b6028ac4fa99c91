"""What `immutable` makes is a frozen dataclass to whoever uses it."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from zohohub import immutable as made_by
from zohohub.results import Result
from zohohub.tokens import Grant, Token
from zohohub.transport import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Plain:
    """What ``dataclass`` makes of the body of `Made`."""

    status: int
    secret: str = dataclasses.field(repr=False)
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    code: str = ""


@made_by.immutable
class Made:
    """The same, made by this package."""

    status: int
    secret: str = made_by.field(repr=False)
    details: Mapping[str, Any] = made_by.field(default_factory=dict[str, Any])
    code: str = ""


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, "s"), {}),
    ((1,), {"code": "c", "secret": "s"}),
    ((1, "s", {"a": 1}, "c"), {}),
    ((), {}),
    ((1,), {}),
    ((1, "s", {}, "c", 5), {}),
    ((1, "s"), {"status": 2}),
    ((1, "s"), {"other": 2}),
]


@pytest.mark.parametrize(("values", "named"), ARGUMENTS)
def test_what_it_takes(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    try:
        plain: Any = Plain(*values, **named)
    except TypeError:
        with pytest.raises(TypeError, match="Made"):
            Made(*values, **named)
        return
    made: Any = Made(*values, **named)
    assert repr(made) == repr(plain).replace("Plain", "Made")
    assert [getattr(made, name) for name in Made.__match_args__] == [*dataclasses.astuple(plain)]


def test_equality_and_hash() -> None:
    assert Made(1, "s") == Made(1, "s")
    assert Made(1, "s") != Made(1, "t")
    assert Made(1, "s") != Plain(1, "s")
    assert hash(Token("a", "b", 1.0)) == hash(Token("a", "b", 1.0))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Made(1, "s"))


def test_it_cannot_be_changed() -> None:
    made: Any = Made(1, "s")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.status = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.new = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.status
    assert made.status == 1
    assert not hasattr(made, "__dict__")


def test_defaults_are_not_shared() -> None:
    assert Made(1, "s").details is not Made(1, "s").details


def test_keywords_only() -> None:
    grant: Any = Grant
    with pytest.raises(TypeError, match="positional"):
        grant("id", "https://accounts.zoho.eu", "refresh")


def test_to_the_library_it_is_a_dataclass() -> None:
    def told(kind: type) -> list[tuple[Any, ...]]:
        return [
            (each.name, each.type, each.default, each.default_factory, each.repr)
            for each in dataclasses.fields(kind)
        ]

    assert told(Made) == told(Plain)
    assert inspect.signature(Made) == inspect.signature(Plain)
    assert dataclasses.replace(Made(1, "s"), status=2) == Made(2, "s")
    assert made_by.replace(Made(1, "s"), status=2) == Made(2, "s")
    assert dataclasses.asdict(Token("a", "b", 1.0))["api_domain"] == "b"


@pytest.mark.parametrize(
    "value", [Answer(200, {"a": 1}), Result(0, "done", id="1"), Token("a", "b", 1.0)]
)
def test_pickles_and_copies(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == copy.copy(value) == copy.deepcopy(value) == value


def test_a_pickle_of_a_dataclass_fits() -> None:
    state = Plain(1, "s").__reduce_ex__(4)[2]
    again = Made.__new__(Made)
    again.__setstate__(state)  # type: ignore[attr-defined]  # hidden from checkers, as dataclass's
    assert again == Made(1, "s")


@dataclass(frozen=True)
class _More(Made):
    extra: int = 0


def test_a_dataclass_of_the_users_may_come_from_it() -> None:
    more = _More(1, "s", extra=5)
    assert [each.name for each in dataclasses.fields(more)][-1] == "extra"
    assert "extra" in inspect.signature(_More).parameters
    assert pickle.loads(pickle.dumps(more)) == more
