"""What an editor shows of a generated package, asked of pyright's language server.

VS Code's Pylance and every editor with pyright go by the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.support.checkers import lay_out
from tests.support.language_server import Item, LanguageServer, Place, language_server
from tests.support.packages import CASES, REPOSITORY, SAMPLE

ACME = (
    "from acme_crm import Crm, Lead\n\n\n"
    "def use(crm: Crm, lead: Lead, leads: list[Lead]) -> None:\n    "
)
ENUMERATIONS = (
    "from enumerations import Crm, Lead\nfrom enumerations.leads import LeadStatus\n\n\n"
    "def use(crm: Crm, lead: Lead) -> None:\n    "
)
FORMER = "from former_names import Crm, Lead\n\n\ndef use(crm: Crm, lead: Lead) -> None:\n    "
STATUSES = ['"New"', '"Contacted"', '"Site visit booked"', '"Qualified"', '"Lost - no budget"']
INTERESTS = ['"Photovoltaics"', '"Heat pump"', '"Battery storage"', '"Wallbox"']
PACKAGES = {
    "acme_crm": SAMPLE / "acme_crm",
    "enumerations": CASES / "enumerations" / "expected" / "crm",
    "former_names": CASES / "former_names" / "expected" / "crm",
}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    folder = lay_out(tmp_path_factory.mktemp("editor").resolve() / "project", PACKAGES)
    settings = {"extraPaths": [str(REPOSITORY / "runtime")], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    with language_server(folder) as server:
        yield server


def labels(items: Mapping[str, Item]) -> list[str]:
    """What is offered, without what everything has and without the names of the program."""
    return [label for label in items if not label.startswith("_")]


# --- completion -------------------------------------------------------------------------------


def test_attributes_of_a_record(editor: LanguageServer) -> None:
    items = editor.complete(f"{ACME}lead.‸")
    found = labels(items)
    assert found[:6] == [
        *("fields", "id", "annual_revenue", "city", "company", "converted"),
    ]
    assert {"site_visits_1", "zip_code", "extra", "system", "to_json"} <= set(found)
    assert "compnay" not in found
    assert editor.resolve(items["roof_age_years"]).documentation == (
        "roof_age_years: int | None\n\n"
        "Roof Age (Years). Whole number; custom. Whole years; 0 for a new roof."
    )


def test_attributes_of_what_queries_and_lookups_give(editor: LanguageServer) -> None:
    for expression in (
        "[each.‸ for each in crm.leads.query()]",
        "crm.leads.get('1').‸",
        "(lead.site_visits_1 or [])[0].‸",
    ):
        found = editor.complete(f"{ACME}{expression}")
        assert {"id", "city" if "site" in expression else "company"} <= set(found), expression
    found = editor.complete(f"{ACME}crm.contacts.get('1').account_name.‸")
    assert {"id", "name", "module"} <= set(found)


@pytest.mark.parametrize(
    ("call", "offered", "never"),
    [
        ("crm.leads.create(‸)", {"company=", "last_name="}, {"id=", "weighted_value="}),
        ("crm.leads.update(lead, ‸)", {"company=", "last_name="}, {"id=", "converted="}),
        ("crm.leads.mass_update(leads, ‸)", {"company="}, {"created_time="}),
        ("crm.leads.clone(lead, ‸)", {"company="}, {"created_time="}),
        ("Lead(‸)", {"id=", "company=", "weighted_value="}, {"compnay="}),
    ],
)
def test_keyword_arguments(
    editor: LanguageServer, call: str, offered: set[str], never: set[str]
) -> None:
    found = set(editor.complete(ACME + call))
    assert offered <= found
    assert not never & found


def test_keyword_arguments_that_are_there_are_not_offered_again(editor: LanguageServer) -> None:
    found = editor.complete(f'{ACME}crm.leads.create(last_name="Ito", la‸)')
    assert "last_name=" not in found
    assert "layout=" in found


def test_keys_of_rows(editor: LanguageServer) -> None:
    rows = editor.complete(f'{ACME}crm.leads.create_many([{{"‸"}}])')
    assert {'"company"', '"last_name"', '"site_visits_1"'} <= set(rows)
    assert '"id"' not in rows
    assert rows['"company"'].detail == "str | None"
    assert '"id"' in editor.complete(f'{ACME}crm.leads.update_many([{{"‸"}}])')
    visits = editor.complete(f'{ACME}crm.leads.create(site_visits_1=[{{"‸"}}])')
    assert {'"city"', '"roof_ok"', '"surveyor"', '"visited_on"'} <= set(visits)


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ('crm.leads.create(lead_status="‸")', STATUSES),
        ('crm.leads.update(lead, lead_status="‸")', STATUSES),
        ('crm.leads.create(interests=["‸"])', INTERESTS),
        ('crm.leads.create_many([{"lead_status": "‸"}])', STATUSES),
        ('lead.lead_status = "‸"', STATUSES),
        ('if lead.lead_status == "‸": pass', STATUSES),
        ('Lead(lead_status="‸")', STATUSES),
        ('Lead.fields.lead_status.is_in(["‸"])', STATUSES),
        ('crm.leads.query().where(Lead.fields.lead_status.is_in(["‸"]))', STATUSES),
        ('crm.leads.query().where(Lead.fields.interests.contains("‸"))', INTERESTS),
        ('crm.leads.layout("‸")', ['"Standard"']),
    ],
)
def test_options_of_picklists(editor: LanguageServer, code: str, options: list[str]) -> None:
    found = list(editor.complete(ACME + code))
    assert found[: len(options)] == options
    assert all(label.startswith('"') for label in found)


def test_pyright_has_nothing_to_offer_behind_the_equals_sign_of_a_condition(
    editor: LanguageServer,
) -> None:
    """It looks at the type of the left side, for literals, and not at what ``__eq__`` takes.

    A wrong option there is an error all the same; should this fail, editor.md can say more.
    """
    assert labels(editor.complete(f'{ACME}Lead.fields.lead_status == "‸"')) == []


def test_columns(editor: LanguageServer) -> None:
    for code in ("Lead.fields.‸", "f = Lead.fields\n    f.‸", "crm.leads.list(Lead.fields.‸)"):
        found = labels(editor.complete(ACME + code))
        assert found[:4] == ["id", "annual_revenue", "city", "company"], code
        assert found[36] == "zip_code"
    behind = "from acme_crm import Contact\n\nContact.fields.account_name.‸"
    assert {"region", "account_name"} <= set(editor.complete(behind))
    operators = editor.complete(f"{ACME}Lead.fields.annual_revenue.‸")
    assert {"between", "sum", "is_in", "desc"} <= set(operators)


def test_modules_and_related_lists(editor: LanguageServer) -> None:
    found = labels(editor.complete(f"{ACME}crm.‸"))
    assert found[:20] == [
        *("accounts", "calls", "campaigns", "cases", "contacts", "contacts_x_installations"),
        *("custom_module7", "deal_history", "deals", "events", "installations"),
        *("installations_x_users", "leads", "notes", "products", "quotes", "service_contracts"),
        *("site_visits", "solarsync_sync_logs", "tasks"),
    ]
    related = labels(editor.complete(f"{ACME}crm.leads.related(lead).‸"))
    assert related[:4] == ["calls", "campaigns", "deals", "events"]


def test_members_of_enumerations(editor: LanguageServer) -> None:
    for code in ("LeadStatus.‸", "crm.leads.create(lead_status=LeadStatus.‸)"):
        found = labels(editor.complete(ENUMERATIONS + code))
        assert found[:4] == ["NEW", "SITE_VISIT_BOOKED", "LOST_NO_BUDGET", "NO_BUDGET"]
    assert "lead_status=" in editor.complete(f"{ENUMERATIONS}crm.leads.create(‸)")


# --- hover and definition ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "lead.annual_re‸venue",
            "(variable) annual_revenue: Decimal | None\n\n"
            "Annual Revenue. Currency, 2 decimal places.",
        ),
        (
            'crm.leads.create(com‸pany="Acme")',
            "(variable) company: str | None\n\n"
            "Company. Text, at most 200 characters; required in layout Standard.",
        ),
        (
            'crm.leads.update(lead, last_na‸me="Ito")',
            "(variable) last_name: str\n\nLast Name. Text, at most 80 characters; required.",
        ),
        ("crm.acc‸ounts", "(property) accounts: Accounts\n\nCustomers."),
        ("Lead.fields.com‸pany", "(variable) company: TextColumn[Lead]"),
    ],
)
def test_hover(editor: LanguageServer, code: str, text: str) -> None:
    assert editor.hover(ACME + code) == text


def test_the_docs_show_what_hovering_shows(editor: LanguageServer) -> None:
    page = (REPOSITORY / "docs" / "how-to" / "editor.md").read_text(encoding="utf-8")
    shown = page.partition("```text\n")[2].partition("\n```")[0]
    assert editor.hover(f"{ACME}lead.em‸ail") == shown


@pytest.mark.parametrize(
    ("code", "file", "line"),
    [
        ("lead.com‸pany", "leads", 'company: str | None = api("Company", default=ABSENT,'),
        ("Lead.fields.com‸pany", "leads", 'company: TextColumn[_R] = TextColumn("Company")'),
        ('crm.leads.create(com‸pany="x")', "leads", "company: str | None"),
        ("crm.le‸ads", "client", "def leads(self) -> Leads:"),
        ("crm.leads.cre‸ate()", "leads", "def create(self, /, **values: Unpack[LeadCreate])"),
        ("Le‸ad()", "leads", "class Lead(Record):"),
        ("crm.contacts.get('1').account_na‸me", "contacts", "account_name: Ref[Account] | None"),
    ],
)
def test_definition(editor: LanguageServer, code: str, file: str, line: str) -> None:
    (found,) = editor.definitions(ACME + code)
    assert isinstance(found, Place)
    assert found.file == f"acme_crm/{file}.py"
    assert found.line.startswith(line)


# --- names of before --------------------------------------------------------------------------


def test_names_of_before_are_struck_out(editor: LanguageServer) -> None:
    code = (
        "print(lead.company, lead.firm)\n"
        '    lead.company = "x"\n'
        "    print(crm.accounts, crm.customers, Lead.fields.company, Lead.fields.firm)\n"
        '    crm.leads.create(last_name="x")\n'
        '    crm.leads.create(surname="x", firm="x")\n'
    )
    found = editor.struck_out(FORMER + code)
    assert [word for word, _ in found] == ["company", "company", "accounts", "company", "create"]
    for (_, message), sentence in zip(
        found,
        (
            "Lead.company was renamed: it is Lead.firm now",
            "Lead.company was renamed: it is Lead.firm now",
            "crm.accounts was renamed: it is crm.customers now",
            "Lead.fields.company was renamed: it is Lead.fields.firm now",
            "last_name was renamed: it is surname now",
        ),
        strict=True,
    ):
        assert message.endswith(sentence)


def test_new_names_come_before_those_of_before(editor: LanguageServer) -> None:
    found = labels(editor.complete(f"{FORMER}lead.‸"))
    assert found.index("firm") < found.index("company")
    assert "surname=" in editor.complete(f"{FORMER}crm.leads.create(‸)")
