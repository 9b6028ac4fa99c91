"""What programs use of the bindings, as far as their text tells."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zohohub_gen.demo_program import program as demo_program
from zohohub_gen.diagnostics import Diagnostic, GeneratorError
from zohohub_gen.usages import Usage, find_usages

from tests.support.packages import REPOSITORY, SAMPLE
from tests.user_code.programs import acme, acme_with_enumerations, members, usages, write

HEAD = "from acme_crm import Contact, Crm, Deal, Lead, Task\ncrm = Crm.from_env()\n"


def short(folder: Path, body: str) -> list[str]:
    """What a body uses, with its own lines."""
    return [
        f"{int(line) - 2} {what}"
        for line, what in (each.split(" ", 1) for each in members(folder, HEAD + body))
    ]


# One thing a case: what it is, the lines, what they use.
CASES: list[tuple[str, str, list[str]]] = [
    ("get", "crm.leads.get('1').city\n", ["1 Leads.City"]),
    (
        "list",
        "for lead in crm.leads.list(Lead.fields.email):\n    lead.city\n",
        ["1 Leads.Email", "2 Leads.City"],
    ),
    ("first", "found = crm.leads.first()\nif found: found.city\n", ["2 Leads.City"]),
    (
        "query",
        "q = crm.leads.query().where(Lead.fields.city == 'Graz')\nfor x in q: x.phone\n",
        ["1 Leads.City", "2 Leads.Phone"],
    ),
    (
        "bulk read",
        "for page in crm.leads.bulk_read().pages():\n    for x in page: x.city\n",
        ["2 Leads.City"],
    ),
    ("with", "with Crm.from_env() as c:\n    c.deals.get('1').amount\n", ["2 Deals.Amount"]),
    (
        "comprehension",
        "[d.amount for d in crm.deals.list() if d.stage]\n",
        ["1 Deals.Amount", "1 Deals.Stage"],
    ),
    ("constructor", "Lead(last_name='Ito', city='Graz')\n", ["1 Leads.Last_Name", "1 Leads.City"]),
    ("stored", "lead = crm.leads.get('1')\nlead.city = None\n", ["2 Leads.City"]),
    (
        "keywords with an option",
        "crm.leads.create(last_name='Ito', lead_status='New')\n",
        ["1 Leads.Last_Name", "1 Leads.Lead_Status", "1 Leads.Lead_Status=New"],
    ),
    ("an option that is none", "crm.leads.create(lead_status='Nuw')\n", ["1 Leads.Lead_Status"]),
    (
        "rows",
        "crm.leads.create_many([{'last_name': 'Ito'}, {'city': 'Graz'}])\n",
        ["1 Leads.Last_Name", "1 Leads.City"],
    ),
    (
        "rows by name",
        "rows = []\nfor n in 'ab':\n"
        "    rows.append({'last_name': n})\ncrm.leads.bulk_create(rows)\n",
        ["3 Leads.Last_Name"],
    ),
    (
        "keys set later",
        "v = {'last_name': 'Ito'}\nv['lead_status'] = 'New'\ncrm.leads.create(**v)\n",
        ["1 Leads.Last_Name", "2 Leads.Lead_Status", "2 Leads.Lead_Status=New"],
    ),
    (
        "rows of subforms",
        "for visit in crm.leads.get('1').site_visits_1 or []:\n    visit.roof_ok\n"
        "crm.leads.create(site_visits_1=[{'city': 'Graz'}])\n",
        [
            "1 Leads.Site_Visits_1",
            "2 Lead_Site_Visits.Roof_OK",
            "3 Leads.Site_Visits_1",
            "3 Lead_Site_Visits.City",
        ],
    ),
    (
        "columns through lookups",
        "f = Contact.fields\nf.account_name.region == 'North'\n",
        ["2 Contacts.Account_Name", "2 Accounts.Region", "2 Accounts.Region=North"],
    ),
    ("the user of a lookup", "Contact.fields.owner.last_name\n", ["1 Contacts.Owner"]),
    (
        "lookups of several modules",
        "Task.fields.what_id.to(Lead).company\n",
        ["1 Tasks.What_Id", "1 Leads.Company"],
    ),
    (
        "the record behind a lookup",
        "c = crm.contacts.get('1')\nif c.account_name: crm.accounts.get(c.account_name).region\n",
        ["2 Contacts.Account_Name", "2 Contacts.Account_Name", "2 Accounts.Region"],
    ),
    (
        "related lists",
        "for c in crm.accounts.related('1').contacts.list(): c.email\n",
        ["1 Accounts.Contacts", "1 Contacts.Email"],
    ),
    (
        "comparison",
        "lead = crm.leads.get('1')\nlead.lead_status in ('New', 'Qualified')\n"
        "'New' != lead.lead_status\n",
        [
            "2 Leads.Lead_Status",
            "2 Leads.Lead_Status=New",
            "2 Leads.Lead_Status=Qualified",
            "3 Leads.Lead_Status=New",
            "3 Leads.Lead_Status",
        ],
    ),
    (
        "match",
        "match crm.leads.get('1').lead_status:\n"
        "    case 'New' | 'Contacted': pass\n    case 'x': pass\n",
        ["1 Leads.Lead_Status", "2 Leads.Lead_Status=New", "2 Leads.Lead_Status=Contacted"],
    ),
    (
        "class patterns",
        "def f(x: object):\n    match x:\n        case Lead(city=c, lead_status='New'): x.phone\n",
        [
            "3 Leads.City",
            "3 Leads.Lead_Status",
            "3 Leads.Lead_Status=New",
            "3 Leads.Phone",
        ],
    ),
    (
        "is_in",
        "Lead.fields.lead_status.is_in(['New'])\nLead.fields.interests.contains('Wallbox')\n",
        [
            "1 Leads.Lead_Status",
            "1 Leads.Lead_Status=New",
            "2 Leads.Interests",
            "2 Leads.Interests=Wallbox",
        ],
    ),
    (
        "annotated by a Literal",
        "from acme_crm.leads import LeadStatus\n"
        "first: LeadStatus = 'New'\n"
        "names: dict[LeadStatus, str] = {'Contacted': 'x'}\n"
        "def f(s: LeadStatus = 'Qualified') -> LeadStatus: return 'New'\n"
        "f('Contacted')\n",
        [
            "1 Leads.Lead_Status",
            "2 Leads.Lead_Status",
            "2 Leads.Lead_Status=New",
            "3 Leads.Lead_Status",
            "3 Leads.Lead_Status=Contacted",
            "4 Leads.Lead_Status",
            "4 Leads.Lead_Status=Qualified",
            "4 Leads.Lead_Status",
            "4 Leads.Lead_Status=New",
            "5 Leads.Lead_Status=Contacted",
        ],
    ),
    (
        "values of columns",
        "d = Deal.fields\n"
        "for n, s in crm.deals.query().values(d.deal_name, d.stage):\n    s == 'Order won'\n",
        ["2 Deals.Deal_Name", "2 Deals.Stage", "3 Deals.Stage=Order won"],
    ),
    (
        "groups",
        "d = Deal.fields\n"
        "for s, n in crm.deals.query().group_by(d.stage).aggregate(d.amount.sum()):\n"
        "    s == 'Order won'\n",
        ["2 Deals.Stage", "2 Deals.Amount", "3 Deals.Stage=Order won"],
    ),
    ("a layout", "crm.deals.layout('Commercial')\n", ["1 Deals.Commercial"]),
    (
        "convert",
        "crm.leads.convert('1', deal={'deal_name': 'Roof', 'stage': 'Enquiry'})\n",
        ["1 Deals.Deal_Name", "1 Deals.Stage", "1 Deals.Stage=Enquiry"],
    ),
    (
        "a composite request",
        "b = crm.composite()\ncrm.contacts.queue(b, lambda c: c.create(last_name='Ito'))\n",
        ["2 Contacts.Last_Name"],
    ),
    ("getattr", "getattr(crm.leads.get('1'), 'city')\n", ["1 Leads.City"]),
    ("sorted by", "sorted(crm.deals.list(), key=lambda d: d.amount)\n", ["1 Deals.Amount"]),
    (
        "builtins",
        "for n, d in enumerate(list(crm.deals.list())): d.amount\n"
        "next(iter(crm.leads.list())).city\n",
        ["1 Deals.Amount", "2 Leads.City"],
    ),
    (
        "appended",
        "found = []\nfor d in crm.deals.list():\n    found.append(d)\n"
        "for each in found: each.amount\n",
        ["4 Deals.Amount"],
    ),
    (
        "dictionaries",
        "by_id = {d.id: d for d in crm.deals.list()}\nfor k, v in by_id.items(): v.amount\n"
        "by_id['1'].stage\n",
        ["2 Deals.Amount", "3 Deals.Stage"],
    ),
    (
        "stored under a key",
        "by_id = {}\nfor d in crm.deals.list():\n    by_id[d.id] = d\nby_id['1'].amount\n",
        ["4 Deals.Amount"],
    ),
    (
        "annotations",
        "def f(a: Lead | None, b: 'list[Lead]', *c: Lead, **d: Lead):\n"
        "    a.city, b[0].phone, c[0].email, d['x'].website\n",
        ["2 Leads.City", "2 Leads.Phone", "2 Leads.Email", "2 Leads.Website"],
    ),
    (
        "returns",
        "def f() -> list[Lead]: ...\ndef g(): return crm.deals.first()\nf()[0].city\ng().amount\n",
        ["3 Leads.City", "4 Deals.Amount"],
    ),
    (
        "async",
        "import asyncio\nasync def f() -> Lead: ...\nasync def g():\n    (await f()).city\n"
        "    (await asyncio.to_thread(crm.deals.get, '1')).amount\n",
        ["4 Leads.City", "5 Deals.Amount"],
    ),
    (
        "self.crm",
        "class App:\n    def __init__(self, crm: Crm): self.crm = crm\n"
        "    @property\n    def lead(self): return self.crm.leads.get('1')\n"
        "    def f(self): return self.lead.city\nApp(crm).lead.phone\n",
        ["5 Leads.City", "6 Leads.Phone"],
    ),
    (
        "a dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass Job:\n    lead: Lead\n"
        "def f(job: Job): job.lead.city\n",
        ["5 Leads.City"],
    ),
    (
        "a client of one's own",
        "class Mine(Crm):\n    def f(self): return self.leads.get('1').city\n"
        "Mine().deals.get('1').amount\n",
        ["2 Leads.City", "3 Deals.Amount"],
    ),
    (
        "decorators",
        "import functools\n@functools.cache\ndef f() -> Lead: ...\nf().city\n",
        ["4 Leads.City"],
    ),
    (
        "context managers",
        "from contextlib import contextmanager\n@contextmanager\ndef f():\n    yield crm.leads\n"
        "with f() as leads: leads.get('1').city\n",
        ["5 Leads.City"],
    ),
    ("aliases", "handle = crm.leads\nget = handle.get\nget('1').city\n", ["3 Leads.City"]),
    ("walrus", "if (lead := crm.leads.first()): lead.city\n", ["1 Leads.City"]),
    ("isinstance", "def f(x):\n    if isinstance(x, Lead): x.city\n", ["2 Leads.City"]),
    (
        "replace",
        "from dataclasses import replace\nreplace(crm.leads.get('1'), city='Graz')\n",
        ["2 Leads.City"],
    ),
    (
        "one name, two types",
        "x = crm.leads.get('1')\nx.phone\nx = crm.deals.get('1')\nx.amount\nx.phone\n",
        ["2 Leads.Phone", "4 Deals.Amount"],
    ),
    (
        "either of two",
        "x = crm.leads.get('1') if crm else crm.contacts.get('1')\nx.phone\n",
        ["2 Contacts.Phone", "2 Leads.Phone"],
    ),
    (
        "a block that may end early",
        "from contextlib import suppress\ndef f(x):\n    with suppress(ValueError):\n"
        "        x = crm.leads.get('1')\n    x.city\n",
        [],
    ),
    (
        "in a comprehension, before it is something else",
        "def f(y):\n    x = crm.leads.get('1')\n    [x.phone for _ in 'ab']\n    x = y\n",
        ["3 Leads.Phone"],
    ),
    (
        "a loop that turns round",
        "x = None\nfor n in range(2):\n    if x: x.city\n    x = crm.leads.get('1')\n",
        ["3 Leads.City"],
    ),
    (
        "nested functions",
        "def f():\n    lead = crm.leads.get('1')\n    def g(): return lead.city\n    return g\n",
        ["3 Leads.City"],
    ),
    ("shadowed by a parameter", "def f(crm: dict[str, str]): crm.leads\n", []),
    (
        "shadowed in a comprehension",
        "lead = crm.leads.get('1')\n[lead.city for lead in 'abc']\n",
        [],
    ),
    ("shadowed builtin", "def sorted(x): return 'x'\nsorted(crm.leads.list()).city\n", []),
    ("a class of one's own", "class Lead:\n    city = ''\nLead().city\n", []),
    ("the id", "crm.leads.get('1').id\nLead.fields.id\n", []),
    ("what is not a field", "crm.leads.get('1').nope\ncrm.leads.get('1').to_json()\n", []),
    ("text for COQL", "crm.request('GET', 'coql', params={'q': 'select City from Leads'})\n", []),
]


@pytest.mark.parametrize(
    ("body", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_usages(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert short(tmp_path, body) == expected


# --- Where ------------------------------------------------------------------------------------


def test_positions_are_those_of_the_names(tmp_path: Path) -> None:
    text = "from acme_crm import Lead\ndef f(lead: Lead):\n"
    text += "    'ä→'; (lead\n        .city)\n    Lead(city='日', phone=1)\n"
    found = usages(tmp_path, {"a.py": text})
    lines = text.split("\n")
    named = {(u.line, lines[u.line - 1][u.column - 1 :][:5]) for u in found}
    assert named == {
        (1, "Lead"),
        (2, "Lead)"),
        (4, "city)"),
        (5, "Lead("),
        (5, "city="),
        (5, "phone"),
    }


def test_modules_are_used_by_imports_annotations_and_handles(tmp_path: Path) -> None:
    program = """\
        import acme_crm as z
        import acme_crm.deals
        from acme_crm.leads import Lead as L
        from acme_crm import accounts
        def f(crm: z.Crm, x: "list[z.Task]", y: "Lead"): crm.leads, accounts.Account
    """
    found = usages(tmp_path, {"a.py": program})
    assert {(u.line, u.module) for u in found if u.field is None} == {
        (2, "Deals"),
        (3, "Leads"),
        (4, "Accounts"),
        (5, "Leads"),
        (5, "Accounts"),
        (5, "Tasks"),
    }
    assert all(u.certain for u in found)


def test_files_know_each_other(tmp_path: Path) -> None:
    found = usages(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/client.py": "from acme_crm import *\ndef connect() -> Crm: ...\ncrm = connect()\n",
            "app/jobs/__init__.py": "",
            "app/jobs/one.py": "from ..client import crm, Lead\nfrom app import client\n"
            "crm.leads.get('1').city\nclient.connect().deals.get('1').amount\nLead.fields.phone\n",
            "app/base.py": "from app.client import connect\nclass Base:\n"
            "    def __init__(self): self.crm = connect()\n",
            "app/derived.py": "import app.base\nclass D(app.base.Base):\n"
            "    def f(self): return self.crm.leads.first().email\n",
            "tests/conftest.py": "import pytest\nfrom app.client import connect\n"
            "@pytest.fixture\ndef lead():\n    yield connect().leads.get('1')\n",
            "tests/test_it.py": "def test_x(lead, crm): lead.city, crm.leads.get('1').phone\n",
        },
    )
    named = {(u.path.relative_to(tmp_path).as_posix(), u.line, u.field) for u in found if u.field}
    assert named == {
        ("app/jobs/one.py", 3, "City"),
        ("app/jobs/one.py", 4, "Amount"),
        ("app/jobs/one.py", 5, "Phone"),
        ("app/derived.py", 3, "Email"),
        ("tests/test_it.py", 1, "City"),
        ("tests/test_it.py", 1, "Phone"),
    }
    assert all(u.certain for u in found)


# --- What is not certain ----------------------------------------------------------------------


def test_names_of_fields_on_what_is_not_known(tmp_path: Path) -> None:
    body = (
        "import acme_crm\ndef f(x): x.annual_revenue, x.company, x.owner, x.nope, x.title, x.id\n"
    )
    assert members(tmp_path, body, sure=False) == [
        "2 Accounts.Annual_Revenue",
        "2 Leads.Annual_Revenue",
        "2 Leads.Company",
    ]


def test_a_name_of_one_word_says_nothing_elsewhere(tmp_path: Path) -> None:
    assert members(tmp_path, "def f(x): x.company, x.roof_age_years\n", sure=False) == [
        "1 Leads.Roof_Age_Years"
    ]


def test_one_unknown_possibility_makes_it_uncertain(tmp_path: Path) -> None:
    body = HEAD + "def f(y):\n    x = crm.leads.get('1') if y else y()\n    x.city\n"
    assert members(tmp_path, body) == []
    assert members(tmp_path, body, sure=False) == ["5 Leads.City"]


def test_what_is_known_to_be_something_else_is_no_usage(tmp_path: Path) -> None:
    body = "import acme_crm, os\nos.company\n'x'.company\nlen([]).company\n"
    assert members(tmp_path, body, sure=False) == []


# --- Files ------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_said_once_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path, {"good.py": HEAD + "crm.leads.get('1').city\n", "bad.py": "x = 1\ndef f(:\n"})
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "nul.py").write_bytes(b"x = 1\x00\n")
    (tmp_path / "notes.ipynb").write_text("{}", "utf-8")
    diagnostics: list[Diagnostic] = []
    found = find_usages([tmp_path], acme(), "acme_crm", diagnostics)
    assert "City" in {u.field for u in found}
    said = {Path(each.place).name: each.message for each in diagnostics}
    assert said.keys() == {"bad.py", "latin.py", "nul.py"}
    assert said["bad.py"] == "is not Python in line 2: invalid syntax; it was passed over"
    assert "passed over" in said["latin.py"]


def test_declared_encodings_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    latin = "# coding: latin-1\nfrom acme_crm import Lead\nx = 'é'; Lead.fields.city\n"
    (tmp_path / "a.py").write_bytes(latin.encode("latin-1"))
    (tmp_path / "b.py").write_bytes(
        b"\xef\xbb\xbffrom acme_crm import Lead\r\nLead.fields.city\r\n"
    )
    found = find_usages([tmp_path], acme(), "acme_crm")
    assert [(u.line, u.column) for u in found if u.field] == [(3, 22), (2, 13)]


def test_folders_leave_out_what_is_not_the_program(tmp_path: Path) -> None:
    program = HEAD + "crm.leads.get('1').city\n"
    names = ("a.py", ".hidden/a.py", "env/a.py", "__pycache__/a.py")
    write(tmp_path, dict.fromkeys(names, program))
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "acme_crm").symlink_to(SAMPLE / "acme_crm")
    write(
        tmp_path / "real" / "acme_crm", {"client.py": "# Generated by zohohub-gen.  Do not edit.\n"}
    )
    write(tmp_path / "real" / "acme_crm", {"leads.py": program})
    found = find_usages([tmp_path, tmp_path / "a.py"], acme(), "acme_crm")
    assert {u.path for u in found} == {tmp_path / "a.py"}
    assert len(found) == len(set(found))


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"nope\.py is neither a file nor a folder"):
        find_usages([tmp_path / "nope.py"], acme(), "acme_crm")


# --- Real programs ----------------------------------------------------------------------------


def test_the_program_of_the_demo(tmp_path: Path) -> None:
    found = members(tmp_path, demo_program())
    said = {each.split(" ", 1)[1] for each in found}
    assert {"Leads.Interests=Battery storage", "Lead_Site_Visits.Visited_On"} <= said
    assert {"Contacts.Account_Name", "Accounts.Account_Name", "Leads.Lead_Status=Qualified"} <= said
    assert members(tmp_path, demo_program(), sure=False) == []


def test_members_of_enumerations_are_options(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "program.py": """\
            from acme_crm import Crm, Lead, leads
            from acme_crm.leads import LeadStatus as Status
            def f(crm: Crm, lead: Lead) -> None:
                crm.leads.create(last_name="Ito", lead_status=Status.NEW)
                match lead.lead_status:
                    case leads.LeadStatus.LOST_NO_BUDGET: ...
                Status.NEW.value, Status.missing
            """
        },
    )
    found = find_usages([tmp_path], acme_with_enumerations(), "acme_crm")
    assert [(u.line, u.option) for u in found if u.option] == [
        (4, "New"),
        (6, "Lost - no budget"),
        (7, "New"),
    ]
    assert all(u.certain and u.field == "Lead_Status" for u in found if u.option)


def test_an_iterator_that_gives_itself(tmp_path: Path) -> None:
    program = (
        HEAD + "class Leads:\n    def __iter__(self): return self\n"
        "    def __next__(self) -> Lead: ...\n"
        "for lead in Leads(): lead.city\n"
    )
    assert members(tmp_path, program) == ["6 Leads.City"]


def test_no_usage_is_uncertain_in_programs_that_type_check() -> None:
    """The typing cases are annotated throughout: what is not certain there was not understood."""
    folder = REPOSITORY / "tests" / "typing"
    files = sorted(folder.glob("typing_cases*.py"))
    found = find_usages(files, acme(), "acme_crm")
    assert len(found) > 400
    assert [u for u in found if not u.certain] == []


def test_a_big_file_is_walked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 lines, in which one name is bound and read again and again: few steps each."""
    from zohohub_gen.user_code.inference import Inference

    asked = 0
    infer = Inference._infer

    def counted(self: Inference, *arguments: object) -> object:
        nonlocal asked
        asked += 1
        return infer(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Inference, "_infer", counted)
    lines = ["lead = crm.leads.get('1')", "lead.city", "x = lead", "lead = x"] * 2500
    found = usages(tmp_path, {"big.py": HEAD + "\n".join(lines)})
    assert sum(1 for u in found if u.field == "City") == 2500
    assert asked < 10 * len(lines)


def test_names_that_define_each_other_come_to_an_end(tmp_path: Path) -> None:
    lines = [f"x{n} = x{n + 1} or y{n + 1}\ny{n} = x{n + 1} and y{n + 1}" for n in range(200)]
    circle = "\n".join(reversed(lines))
    program = HEAD + "def f(a, b):\n    while a:\n        a, b = b.x or a, a.y or b\n" + circle
    program += "\nx200 = y200 = x0\nrow = [crm.leads.get('1')]\nrow = [row]\nrow[0].city\n"
    assert isinstance(usages(tmp_path, {"a.py": program}), list)


ALL_SOURCES = [
    *sorted((REPOSITORY / "tests").rglob("*.py")),
    *sorted((REPOSITORY / "generator").rglob("*.py")),
    *sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")),
    *sorted(Path(sysconfig.get_paths()["stdlib"]).glob("asyncio/*.py")),
]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(ALL_SOURCES), min_size=1, max_size=6))
def test_any_program_is_read(paths: list[Path]) -> None:
    diagnostics: list[Diagnostic] = []
    found = find_usages(paths, acme(), "acme_crm", diagnostics)
    for usage in found:
        assert isinstance(usage, Usage)
        text = usage.path.read_text("utf-8").split("\n")[usage.line - 1]
        assert 1 <= usage.column <= len(text)
    assert not diagnostics


@pytest.mark.slow
def test_most_of_the_standard_library_is_read() -> None:
    diagnostics: list[Diagnostic] = []
    folder = Path(sys.modules["json"].__path__[0]).parent
    packages = [folder / name for name in ("asyncio", "email", "importlib", "unittest", "xml")]
    find_usages([*folder.glob("*.py"), *packages], acme(), "acme_crm", diagnostics)
    assert all("is not" in each.message or "cannot" in each.message for each in diagnostics)
