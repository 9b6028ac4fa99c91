"""Plausible values for the fields of made-up records."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from random import Random
from typing import Any, TypeAlias, TypeVar

from zohohub_gen import ir
from zohohub_gen.diagnostics import GeneratorError

from .catalog import USERS, Catalog, ModuleInfo
from .seed_words import (
    ADJECTIVES,
    COMPANY_NAMES,
    FIRST_NAMES,
    JOBS,
    LAST_NAMES,
    LEGAL_FORMS,
    NOUNS,
    PLACES,
    SENTENCES,
    STREETS,
    TRADES,
)
from .values import Json, fold, format_time

T = TypeVar("T")
Targets: TypeAlias = Mapping[str, Sequence[int] | Sequence[str]]
"""Ids of the records of each module."""

_DAY = 86400
_EPOCH = date(1970, 1, 1)
_SHORT_MAIL = "@x.example"
_FILLED = {"textarea": 0.3}
"""How often an optional field of that data type holds something, if not as `_OFTEN`."""
_OFTEN = 0.8
_TABLE = 64
_WHOLE_DIGITS = 9
_TEXT_LENGTH = 255


@dataclass(slots=True)
class Draft:
    """A record in the making, and what its fields have to agree on."""

    number: int
    created: int
    first: str
    last: str
    company: str
    place: tuple[str, ...]
    data: Json

    @property
    def domain(self) -> str:
        """The part of an address after the @; domains that end so belong to nobody."""
        return "".join(self.company.split()[:2]).lower() + ".example"


Maker: TypeAlias = Callable[[Draft], Any]


class Makers:
    """Makes a maker for each field of one module.  The same seed gives the same values."""

    def __init__(self, catalog: Catalog, targets: Targets, info: ModuleInfo, zone: tzinfo) -> None:
        self._catalog = catalog
        self._targets = targets
        self._info = info
        self._zone = zone
        self._random = Random(info.api_name)  # noqa: S311  # nothing is secret here
        self._chance = self._random.random

    def draft(self, number: int, created: int) -> Draft:
        """A record without fields."""
        company = f"{self._pick(COMPANY_NAMES)} {self._pick(TRADES)} {self._pick(LEGAL_FORMS)}"
        first, last = self._pick(FIRST_NAMES), self._pick(LAST_NAMES)
        return Draft(number, created, first, last, company, self._pick(PLACES), {})

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self._chance() < probability

    def below(self, limit: int) -> int:
        """A number from 0 on, below the limit."""
        return int(self._chance() * limit)

    def reference(self, module: str) -> str | None:
        """The id of a record of a module that has any."""
        ids = self._targets.get(module)
        return str(self._pick(ids)) if ids else None

    def fields(self, taken: Callable[[str], set[str]]) -> list[tuple[str, float, Maker]]:
        """Name, probability and maker of each field that is filled; a unique one avoids ``taken``.

        ``taken`` answers the values that records have in a unique field, folded.
        """
        found: list[tuple[str, float, Maker]] = []
        for name, field in self._info.fields.items():
            if not field.creatable or name in ("Owner", "Layout", "Currency", "Exchange_Rate"):
                continue
            maker = self._maker(field)
            if maker is None:
                continue
            if name in self._info.unique:
                maker = self._unique(field, maker, taken(name))
            often = 1.0 if field.required else _FILLED.get(field.data_type, _OFTEN)
            found.append((name, often, maker))
        return found

    def _pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._chance() * len(choices))]

    # --- by type --------------------------------------------------------------------------

    def _maker(self, field: ir.Field) -> Maker | None:  # one for each type
        kind = field.type
        match kind:
            case ir.Text():
                return self._text(field, kind.max_length or _TEXT_LENGTH)
            case ir.LongInteger():
                return lambda _: str(10_000_000 + self.below(90_000_000))
            case ir.Boolean():
                return lambda _: self.chance(0.2)
            case ir.Integer():
                return self._integer(field, kind)
            case ir.Number():
                return self._number(field, kind)
            case ir.Date():
                return self._date(field.api_name.lower())
            case ir.DateTime():
                offset = _offset(field.api_name.lower())
                return lambda draft: format_time(
                    draft.created + offset + 900 * self.below(2880), self._zone
                )
            case ir.Picklist():
                return self._picklist(kind)
            case ir.Lookup():
                return lambda _: self._as_reference(kind.module)
            case ir.User():
                return lambda _: self._as_reference(USERS)
            case ir.MultiModuleLookup():
                return self._multi_module(kind)
            case _:
                return None

    def _as_reference(self, module: str) -> Json | None:
        record_id = self.reference(module)
        return {"id": record_id} if record_id else None

    def _multi_module(self, kind: ir.MultiModuleLookup) -> Maker:
        modules = [name for name in kind.modules or sorted(self._targets) if name != USERS]

        def make(draft: Draft) -> Any:
            filled = [name for name in modules if self._targets.get(name)]
            if not filled:
                return None
            name = self._pick(filled)
            value: Json = {"id": self.reference(name)}
            if kind.style == "se_module":
                draft.data["$se_module"] = name
                return value
            info = self._catalog.get(name)
            module_id = info.module.id if info else None
            return {**value, "module": {"api_name": name, "id": module_id}}

        return make

    def _picklist(self, kind: ir.Picklist) -> Maker | None:
        options = [option.display for option in kind.options if option.used]
        if not options:
            return None
        # The first options are the commonest: a half, a third, a quarter as often, and so on.
        total = sum(1 / (place + 1) for place in range(len(options)))
        table: list[str] = []
        for place, option in enumerate(options):
            table += [option] * max(1, round(_TABLE / (place + 1) / total))
        if kind.multiple:
            return lambda _: list(
                dict.fromkeys(self._pick(table) for _ in range(1 + self.below(3)))
            )
        return lambda _: self._pick(table)

    def _integer(self, field: ir.Field, kind: ir.Integer) -> Maker:
        name = field.api_name.lower()
        low, high = _limits(kind.range, kind.max_digits or _WHOLE_DIGITS)
        likely = 100 if field.data_type == "percent" or "probability" in name else 500
        low, high = max(low, 0) if high >= 0 else low, min(high, max(low, 0) + likely)
        return lambda _: low + self.below(high - low + 1)

    def _number(self, field: ir.Field, kind: ir.Number) -> Maker:
        low, high = _limits(kind.range, kind.max_digits or _WHOLE_DIGITS)
        if field.data_type == "percent":
            low, high = max(low, 0), min(high, 100)
            return lambda _: low + self.below(high - low + 1)
        low = max(low, 0) if high >= 0 else low
        places = 2 if kind.decimal_places is None else min(2, kind.decimal_places)
        # Sums of money: most are some thousands, a few are a hundred times as large.
        middle = 8.5 if field.data_type == "currency" else 4.0

        def make(_: Draft) -> int | float:
            bell = self._chance() + self._chance() + self._chance() + self._chance() - 2
            value = round(min(max(math.exp(middle + 2 * bell), low), high), places)
            return int(value) if value == int(value) else value

        return make

    def _date(self, name: str) -> Maker:
        if "birth" in name:
            return lambda _: (date(1955, 1, 1) + timedelta(self.below(18_000))).isoformat()
        offset = _offset(name) // _DAY
        return lambda draft: (
            _EPOCH + timedelta(draft.created // _DAY + offset + self.below(30))
        ).isoformat()

    # --- text -----------------------------------------------------------------------------

    def _text(self, field: ir.Field, limit: int) -> Maker:
        make = self._wording(field)
        if field.data_type == "email":

            def mail(draft: Draft) -> str:
                text = str(make(draft))
                return text if len(text) <= limit else f"{draft.number}{_SHORT_MAIL}"

            return mail
        return lambda draft: make(draft)[:limit].rstrip()

    def _wording(self, field: ir.Field) -> Maker:  # one for each meaning
        if field.data_type == "email":
            return lambda each: f"{each.first}.{each.last}@{each.domain}".lower()
        if field.data_type == "website":
            return lambda each: f"https://www.{each.domain}"
        if field.data_type == "textarea":
            return lambda _: self._pick(SENTENCES)
        name = field.api_name.lower()
        if field.data_type == "phone" or re.search("phone|mobile|fax", name):
            return lambda each: f"+{each.place[4]} 555 {self.below(900000) + 100000}"
        for pattern, make in self._meanings():
            if re.search(pattern, name):
                return make
        if field.api_name == self._info.name_field:
            label = self._info.module.singular_label
            return lambda each: f"{label} {each.number:05}"
        return lambda _: f"{self._pick(ADJECTIVES)} {self._pick(NOUNS).lower()}"

    def _meanings(self) -> list[tuple[str, Maker]]:
        return [
            ("first_?name", lambda each: each.first),
            ("last_?name", lambda each: each.last),
            ("company|account_name|vendor_name|organi[sz]ation", lambda each: each.company),
            ("deal_name", lambda each: f"{each.company}: {self._pick(NOUNS).lower()}"),
            ("city|town", lambda each: each.place[0]),
            ("state|region|province", lambda each: each.place[1]),
            ("country", lambda each: each.place[2]),
            ("zip|post(al)?_?code|(billing|shipping|mailing)_code", lambda each: each.place[3]),
            ("street|address", lambda _: f"{self._pick(STREETS)} Street {1 + self.below(120)}"),
            ("designation|job|^title$", lambda _: self._pick(JOBS)),
            ("contact_person|full_?name", lambda each: f"{each.first} {each.last}"),
            ("twitter|skype", lambda each: f"{each.first}{each.last}"),
            ("serial|sku|reference", lambda _: f"{10000000 + self.below(90000000)}"),
        ]

    # --- unique fields --------------------------------------------------------------------

    def _unique(self, field: ir.Field, make: Maker, taken: set[str]) -> Maker:
        kind = field.type
        limit = (kind.max_length if isinstance(kind, ir.Text) else None) or _TEXT_LENGTH
        digits = kind.max_digits if isinstance(kind, ir.Integer | ir.Number) else None

        def unique(draft: Draft) -> Any:
            value: Any = None
            # A record to start with may have the value already; a number further on has nobody.
            for step in range(len(taken) + 1):
                tag = str(draft.number + step * 10_000_000)
                if isinstance(kind, ir.Integer | ir.Number):
                    value = int(tag) if len(tag) <= (digits or _WHOLE_DIGITS) else None
                elif isinstance(kind, ir.LongInteger):
                    value = tag
                elif field.data_type == "email":
                    name, _, domain = str(make(draft)).partition("@")
                    value = f"{name}{tag}@{domain}"
                    value = value if len(value) <= limit else _fitting(tag + _SHORT_MAIL, limit)
                elif len(tag) + 2 > limit:
                    value = _fitting(tag, limit)
                else:
                    value = f"{str(make(draft))[: limit - len(tag) - 1]} {tag}"
                if value is not None and str(fold(value)) not in taken:
                    return value
            if field.required:
                raise GeneratorError(
                    f"{self._info.api_name}.{field.api_name} is unique and too short for"
                    f" {draft.number:,} records: seed fewer records of {self._info.api_name}"
                )
            return None

        return unique


def _fitting(text: str, limit: int) -> str | None:
    return text if len(text) <= limit else None


def _limits(given: tuple[Any, Any] | None, digits: int) -> tuple[int, int]:
    most = 10 ** min(digits, _WHOLE_DIGITS) - 1
    if given is None:
        return -most, most
    return max(math.ceil(given[0]), -most), min(math.floor(given[1]), most)


def _offset(name: str) -> int:
    """Seconds between the making of a record and a moment of that name."""
    ahead = re.search("clos|due|expir|end|valid|until|renew|deliver|start", name)
    return 30 * _DAY if ahead else -30 * _DAY
