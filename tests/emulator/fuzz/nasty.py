"""Values that servers stumble over, and ways to spoil a body that is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

Body: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that goes into the JSON as it is, be it JSON or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Twice:
    """An object that names one key two times."""

    key: str
    first: Body
    second: Body


NASTY: tuple[Body, ...] = (
    *(None, {}, [], "", " ", "0", "null", "true", "false", "-None-", True, False),
    *(0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.1, -0.0, 1e308),
    *(Raw("1e999"), Raw("-1e999"), Raw("1e-999"), Raw("1E+400"), Raw("-0"), Raw("0.0e5")),
    *(Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("01"), Raw("1."), Raw("'x'")),
    *(Raw("9" * 5_000), Raw("0." + "9" * 400), Raw("1e99999999999999999999")),
    *("\ud800", "a\udfffb", "\ud83d", "\x00", "a\x00b", "\u2028", "\r\nX-Evil: 1", "\t", "\x7f"),
    *("🛶" * 20, "👩‍👩‍👧", "שלום \u202e abc", "e\u0301", "\ufffe\uffff", "İ", "ß", "ﬀ"),
    *("x" * 300, "é" * 40_000, "'", '"', "\\", "%", "_", "%s%n", "{{7*7}}", "${x}", "../../etc"),
    *("' OR 1=1 --", "); DROP TABLE record; --", "$.x", '$."a"[0]', "<script>", "@{1:$.data}"),
    *("2026-02-30", "0000-00-00", "9999-12-31", "2026-01-01", "2026-01-01T25:00:00Z"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00+99:99"),
    *("1" * 20, "1" * 21, "00000000000000000001", "١٢٣", "²", "１２", "-5", "+5", "1_000", "1e5"),
    *([None], [[]], [{}], [[[[]]]], {"id": None}, {"id": {}}, {"id": []}, {"id": ""}, {"id": 1}),
    *({"id": "1"}, {"name": None}, {"": ""}, {"id": "x" * 200}, [1, "1", None, True, {}, []]),
    *([{"id": "1"}] * 2, {"id": "1", "name": {}}, [{"name": ""}], {"module": {}}, {"$x": 1}),
)
DEEP: tuple[Raw, ...] = (
    Raw("[" * 900 + "]" * 900),
    Raw('{"a":' * 900 + "1" + "}" * 900),
    Raw("[" * 10_000 + "]" * 10_000),
    Raw('{"id":' * 10_000 + "1" + "}" * 10_000),
    Raw("[" * 10_000),
)
TEXTS = tuple(each for each in NASTY if isinstance(each, str))


def write(body: Body) -> str:
    """JSON text, or nearly; what UTF-8 cannot hold is escaped."""
    if isinstance(body, Raw):
        return body.text
    if isinstance(body, Twice):
        key = json.dumps(body.key)
        return f"{{{key}:{write(body.first)},{key}:{write(body.second)}}}"
    if isinstance(body, dict):
        pairs = (f"{json.dumps(str(key))}:{write(each)}" for key, each in body.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(body, list | tuple):
        return f"[{','.join(map(write, body))}]"
    return json.dumps(body)


def nasty(random: Random, pool: list[str]) -> Body:
    """One bad value; ``pool`` holds ids of other things."""
    if random.random() < 0.03:
        return random.choice(DEEP)
    if pool and random.random() < 0.25:
        known = random.choice(pool)
        return random.choice((known, Raw(known), {"id": known}, {"id": Raw(known)}, [known]))
    # A copy, because what is spoilt is changed in place.
    return deepcopy(random.choice(NASTY))


def spoil(random: Random, body: Body, pool: list[str]) -> Body:
    """The same with one thing in it changed: a value, a key, a list."""
    places = list(_places(body))
    if not places:
        return nasty(random, pool)
    keep, key, put = random.choice(places)
    match random.randrange(8):
        case 0 if isinstance(keep, dict):
            keep.pop(key)
        case 1 if isinstance(keep, dict):
            keep[random.choice(TEXTS)] = keep.pop(key)
        case 2 if isinstance(keep, list):
            keep.append(nasty(random, pool))
        case 3 if isinstance(keep[key], list) and keep[key]:
            put(keep[key] * random.choice((2, 30, 120)))
        case 4 if isinstance(keep[key], dict) and keep[key]:
            name = random.choice(list(keep[key]))
            put(Twice(name, keep[key][name], nasty(random, pool)))
        case 5:
            put(random.choice((lambda old: [old], lambda old: {"id": old}, str))(keep[key]))
        case _:
            put(nasty(random, pool))
    return body


def garble(random: Random, data: bytes) -> bytes:
    """Bytes that are no longer what they were."""
    match random.randrange(8):
        case 0:
            return data[: random.randrange(len(data) + 1)]
        case 1:
            return random.randbytes(random.choice((0, 1, 40, 4_000)))
        case 2:
            return data.decode("latin-1").encode(random.choice(("utf-16", "utf-32", "utf-7")))
        case 3:
            return b"\xef\xbb\xbf" + data
        case 4:
            return data + random.choice((b"x", b"\x00", b"{}", b"\xff"))
        case 5 if data:
            at = random.randrange(len(data))
            return data[:at] + random.randbytes(1) + data[at + 1 :]
        case 6:
            return b"\xed\xa0\x80".join((data[:9], data[9:]))
        case _:
            at = random.randrange(len(data) + 1)
            return data[:at] + data[at // 2 : at] + data[at:]


def _places(body: Body) -> Any:
    """Every container, key, and a way to put another value there."""
    if isinstance(body, dict | list):
        keys = list(body) if isinstance(body, dict) else list(range(len(body)))
        for key in keys:
            yield body, key, _putter(body, key)
            yield from _places(body[key])


def _putter(keep: Any, key: Any) -> Callable[[Body], None]:
    def put(value: Body) -> None:
        keep[key] = value

    return put
