"""How records look at a prompt and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from acme_crm import Account, Lead, LeadSiteVisit
from acme_crm.leads import decode_lead
from zohohub.labels import labels_of
from zohohub.notebook import load_ipython_extension, records_html
from zohohub.records import Record, columns_of
from zohohub.results import Result, Results
from zohohub.values import Ref, Tag
from zohohub_gen.choices import Choices
from zohohub_gen.pipeline import Options, generate

from tests.support.packages import imported, write_snapshot

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"
TAGS = {
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "code", "br", "p", "small", "span"),
}
"""All the elements that the tables are made of."""


class Page(HTMLParser):
    """What a browser makes of HTML: its elements, attributes, cells and paragraphs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.titles: list[str] = []
        self.texts: dict[str, list[str]] = {"td": [], "p": [], "caption": [], "th": []}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.titles += [value or "" for name, value in attrs if name == "title"]
        if tag != "br":
            self._open.append(tag)
        if tag in self.texts:
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            if tag in self.texts:
                self.texts[tag][-1] += data

    @property
    def rows(self) -> list[tuple[str, ...]]:
        cells, width = self.texts["td"], len(self.texts["th"])
        return [tuple(cells[at : at + width]) for at in range(0, len(cells), width)]


def lead(**data: Any) -> Lead:
    return decode_lead({"id": "1", **data})


# --- at a prompt ------------------------------------------------------------------------------


def test_one_line_holds_the_id_what_is_mandatory_and_counts() -> None:
    read = lead(
        City="Graz",
        Company=None,
        Created_Time="soon",
        Email_Opt_Out=False,
        First_Name="Ada",
        Interests=[],
        Last_Name="Ito",
        Modified_Time="2026-05-14T12:51:54+03:00",
    )
    assert repr(read) == (
        "Lead(id='1', last_name='Ito', city='Graz', first_name='Ada', email_opt_out=False, "
        f"modified_time=2026-05-14T12:51:54+03:00; 2 empty, 1 unreadable, {missing(9)} not fetched)"
    )


def missing(fetched: int) -> int:
    return len(columns_of(Lead)) - fetched


def test_a_record_made_here_has_nothing_that_was_not_fetched() -> None:
    assert repr(Lead(last_name="Ito", company=None)) == "Lead(last_name='Ito'; 1 empty)"
    assert repr(Lead()) == "Lead()"


def test_it_stays_short_whatever_the_record_holds() -> None:
    long = "x" * 32_000
    rows = [{"id": str(number), "City": long} for number in range(200)]
    data = {column.api_name: long for column in columns_of(Lead).values()}
    read = lead(**(data | {"Site_Visits_1": rows}))
    assert len(repr(read)) < 700
    assert long not in repr(read)
    assert repr(read).startswith("Lead(id='")


class Bad:
    """A value that cannot be shown, nor compared."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> NoReturn:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]  # what Python does with __eq__ alone


@pytest.mark.parametrize(
    "value",
    [Bad(), 10**5000, float("nan"), {"a": {"b": {"c": [1] * 99}}}, "\x00\ud800"],
    ids=["raises", "digits", "nan", "nested", "characters"],
)
def test_odd_values_are_shown_somehow(value: Any) -> None:
    row = Lead(last_name=value, city=value)
    assert repr(row).startswith("Lead(last_name=")
    assert len(repr(row)) < 400
    assert Page(row._repr_html_()).rows[0][:2] == ("City", "city")


def test_records_that_are_half_made_are_shown() -> None:
    assert repr(Lead.__new__(Lead)) == "Lead()"
    assert repr(Record.__new__(Record)) == "<Record>"
    assert "Record" in Record.__new__(Record)._repr_html_()
    assert "not saved yet" in Lead.__new__(Lead)._repr_html_()


# --- in a notebook ----------------------------------------------------------------------------


def test_a_table_of_labels_and_values_and_what_is_not_there() -> None:
    page = Page(
        lead(
            Annual_Revenue=Decimal("250000.05"),
            Company=None,
            Created_Time="2026-05-14T12:51:54+03:00",
            Email_Opt_Out=True,
            Interests=["Heat pump", "Wallbox"],
            Mood="well",
            Owner={"id": "7", "name": "Priya Nair"},
            Roof_Age_Years=[],
            Site_Visits_1=[{"id": "9", "City": "Graz"}],
            Tag=[{"name": "hot", "id": "3"}],
        )._repr_html_()
    )
    assert page.texts["caption"] == ["Lead 1"]
    assert page.texts["th"] == ["Label", "Attribute", "Value"]
    assert page.rows == [
        ("Record Id", "id", "1"),
        ("Annual Revenue", "annual_revenue", "250000.05"),
        ("Created Time", "created_time", "2026-05-14 12:51:54+03:00"),
        ("Email Opt Out", "email_opt_out", "True"),
        ("Interests", "interests", "Heat pumpWallbox"),
        ("Mood of the Conversation", "mood", "well"),
        ("Lead Owner", "owner", "Priya Nair (7)"),
        ("Site Visits", "site_visits_1", page.rows[7][2]),
        ("Tag", "tag", "hot"),
    ]
    assert page.rows[7][2].startswith("LeadSiteVisit(id='9', city='Graz'")
    assert "Annual Revenue. Currency, 2 decimal places." in page.titles
    empty, unfetched, unreadable = page.texts["p"]
    assert empty == "Empty: Company (company)"
    assert unfetched.startswith("Not fetched: City (city), Is Converted (converted), ")
    assert unreadable == "Not readable: Roof Age (Years) (roof_age_years)"


def test_long_values_and_lists_are_cut() -> None:
    tags = [Tag(f"tag {number}") for number in range(12)]
    page = Page(Lead(description="x" * 32_000, tag=tags)._repr_html_())
    assert page.rows[0][2] == "x" * 300 + "…"
    assert page.rows[1][2].endswith("tag 9… 2 more")


@pytest.mark.parametrize(
    "make",
    [
        lambda: lead(Last_Name=HOSTILE, Owner={"id": HOSTILE, "name": HOSTILE})._repr_html_(),
        lambda: lead(Tag=[{"name": HOSTILE}], Interests=[HOSTILE], id=HOSTILE)._repr_html_(),
        lambda: Lead(site_visits_1=[LeadSiteVisit(city=HOSTILE)])._repr_html_(),
        lambda: Ref[Account](HOSTILE, HOSTILE, module=HOSTILE)._repr_html_(),
        lambda: Results([Result(0, "refused", HOSTILE, None, HOSTILE, HOSTILE)])._repr_html_(),
    ],
)
def test_no_value_is_markup(make: Callable[[], str]) -> None:
    text = make()
    page = Page(text)
    assert page.tags <= TAGS
    assert page.attributes <= {"class", "title"}
    assert html.escape(HOSTILE[:8]) in text
    assert "<script" not in text


def test_no_label_is_markup(tmp_path: Path) -> None:
    """Labels, and the docstrings beside them, come from whoever may edit the org."""
    field = {"id": "1", "api_name": "Words", "field_label": HOSTILE, "data_type": "text"}
    metadata = write_snapshot(tmp_path / "metadata", {"Leads": [field | {"json_type": "string"}]})
    generate(Options(metadata, tmp_path, "crm", Choices()))
    with imported(tmp_path / "crm") as package:
        row = package.Lead(words="x")
        page = Page(row._repr_html_())
        heads = Page(records_html([row]))
        notes = Page(package.Lead(words=None)._repr_html_())
    assert page.rows == [(HOSTILE, "words", "x")]
    assert page.titles == [f"{HOSTILE}. Text."]
    assert heads.texts["th"] == [HOSTILE]
    assert notes.texts["p"] == [f"Empty: {HOSTILE} (words)"]
    for each in (page, heads, notes):
        assert each.tags <= TAGS
        assert each.attributes <= {"class", "title"}


def test_labels_come_from_the_source_or_else_are_api_names(tmp_path: Path) -> None:
    assert labels_of(Lead)["roof_age_years"] == "Roof Age (Years)"
    # Without the source, as in a package that was compiled and stripped.
    fields = [
        {
            "id": "1",
            "api_name": "No_of_Units",
            "field_label": "No. of Units",
            "data_type": "integer",
        },
        {"id": "2", "api_name": "Renamed", "field_label": "Approx. weight", "data_type": "text"},
    ]
    metadata = write_snapshot(tmp_path / "metadata", {"Leads": fields})
    generate(Options(metadata, tmp_path, "crm", Choices()))
    with imported(tmp_path / "crm") as package:
        labels = labels_of(package.Lead)
        assert labels["no_of_units"] == "No. of Units"
        assert labels["renamed"] == "Approx"  # the docstring does not say where a label ends
    with imported(tmp_path / "crm") as package:
        kind = package.Lead
        (tmp_path / "crm" / "leads.py").unlink()
        import linecache

        linecache.clearcache()
        assert labels_of(kind)["no_of_units"] == "No_of_Units"
        assert Page(kind(renamed="x")._repr_html_()).rows == [("Renamed", "renamed", "x")]


def test_references_are_a_name_and_an_id() -> None:
    assert Ref[Lead]("7", "Brandt")._repr_html_() == "<span>Brandt (7)</span>"
    assert Ref[Lead]("7", "Brandt", module="Leads")._repr_html_() == "<span>Brandt (Leads 7)</span>"
    assert Ref[Lead]("7")._repr_html_() == "<span>7</span>"


def test_results_are_counted_and_a_table() -> None:
    results = Results(
        [
            Result(0, "done", "11", code="SUCCESS", message="record added"),
            Result(1, "refused", code="INVALID_DATA", message="invalid data"),
            Result(2, "not sent"),
        ]
    )
    assert repr(results) == "<Results: 3 rows, 1 done, 1 refused, 1 not sent>"
    page = Page(results._repr_html_())
    assert page.texts["caption"] == ["Results: 3 rows, 1 done, 1 refused, 1 not sent"]
    assert page.rows == [
        ("0", "done", "11", "SUCCESS", "record added"),
        ("1", "refused", "", "INVALID_DATA", "invalid data"),
        ("2", "not sent", "", "", ""),
    ]


def test_of_many_results_the_failures_are_shown() -> None:
    done = [Result(index, "done", str(index)) for index in range(60)]
    page = Page(Results([*done, Result(60, "unknown")])._repr_html_())
    assert page.rows == [("60", "unknown", "", "", "")]
    assert page.texts["p"] == ["… 60 more rows"]


@pytest.fixture
def ipython() -> Any:
    """What IPython decides by how a notebook shows a value."""
    from IPython.core.formatters import DisplayFormatter

    return SimpleNamespace(display_formatter=DisplayFormatter())


def test_ipython_shows_the_tables(ipython: Any) -> None:
    results = Results([Result(0, "done", "11")])
    for value in (lead(Last_Name="Ito"), results, Ref[Lead]("7", "Brandt")):
        shown, _ = ipython.display_formatter.format(value)
        assert shown == {"text/plain": repr(value), "text/html": value._repr_html_()}


def test_the_extension_shows_lists_of_records_as_tables(ipython: Any) -> None:
    rows = [lead(Last_Name="Ito")]

    def show(value: object) -> str | None:
        return ipython.display_formatter.format(value)[0].get("text/html")

    assert show(rows) is None
    load_ipython_extension(ipython)
    assert show([]) is None
    assert show([1, lead()]) is None
    assert show([lead(), Account(account_name="x")]) is None
    rows = [lead(Last_Name=HOSTILE, City="Graz"), decode_lead({"id": "2", "Last_Name": None})]
    page = Page(show(rows) or "")
    assert page.texts["th"] == ["Record Id", "Last Name", "City"]
    assert page.rows == [("1", HOSTILE, "Graz"), ("2", "", "not fetched")]
    many = [lead(Last_Name=str(number)) for number in range(1200)]
    page = Page(show(many) or "")
    assert page.texts["caption"] == ["1,200 × Lead"]
    assert len(page.rows) == 50
    assert page.texts["p"] == ["… 1,150 more records"]
