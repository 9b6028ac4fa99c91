"""Programs get the new names of the package, and nothing else changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zohohub_gen.bindings import Bindings
from zohohub_gen.choices import Choices
from zohohub_gen.cli import main
from zohohub_gen.demo_program import program as demo_program
from zohohub_gen.diagnostics import GeneratorError
from zohohub_gen.migrate import Migration, migrate
from zohohub_gen.migrate import write as write_migration
from zohohub_gen.names import name_schema
from zohohub_gen.package import Options
from zohohub_gen.pipeline import generate
from zohohub_gen.typecheck import CHECKERS, type_check
from zohohub_gen.usages import find_usages
from zohohub_gen.user_code.former_names import FormerModule, renames

from tests.support.packages import SAMPLE
from tests.user_code.programs import METADATA, acme, acme_lock, lock_with_former, with_former, write

OLD_LEADS = {"file": "prospects", "handle": "Prospects", "record": "Prospect"}
FORMER = {
    "Leads": [OLD_LEADS],
    "Leads.City": ["town", "place"],
    "Leads.Annual_Revenue": ["revenue"],
    "Accounts.Region": ["district"],
    "Accounts/Contacts": ["people"],
}


def migrated(
    folder: Path, files: Mapping[str, str], former: Mapping[str, Any] = FORMER
) -> Migration:
    write(folder, files)
    return migrate([folder], with_former(former), "acme_crm")


def after(folder: Path, program: str, former: Mapping[str, Any] = FORMER) -> str:
    """What becomes of one program, of which nothing is left for the user."""
    found = migrated(folder, {"a.py": program}, former)
    assert found.left == ()
    assert found.diagnostics == ()
    return found.files[0].after.decode("utf-8") if found.files else program


# --- The lock ---------------------------------------------------------------------------------


def test_former_names_are_read_from_the_lock() -> None:
    found = renames(lock_with_former(FORMER), acme().schema)
    assert found.modules == {"Leads": (FormerModule("prospects", "Prospects", "Prospect"),)}
    assert found.fields == {
        "Accounts": {"district": "Region"},
        "Leads": {"town": "City", "place": "City", "revenue": "Annual_Revenue"},
    }
    assert found.related == {"Accounts": {"people": "Contacts"}}
    assert found
    assert not renames(acme_lock(), acme().schema)


@pytest.mark.parametrize(
    "former",
    [None, "city", 7, {}, [None, 3, "not a name", "", ["x"]], [{"name": "x"}], [{"file": "x"}]],
)
def test_what_is_no_former_name_is_passed_over(former: object) -> None:
    lock = lock_with_former({"Leads": former, "Leads.City": former, "Leads/Tasks": former})
    assert not renames(lock, acme().schema)
    for damaged in (
        {},
        {"modules": []},
        {"modules": {"1": None}},
        {"modules": {"1": {"fields": 1}}},
    ):
        assert not renames(damaged, acme().schema)


def test_what_was_made_anew_has_the_names_of_its_api_name() -> None:
    lock = lock_with_former({"Leads.City": ["town"]})
    lock["modules"] = {f"old-{key}": entry for key, entry in lock["modules"].items()}
    assert renames(lock, acme().schema).fields == {"Leads": {"town": "City"}}


# --- Rewriting --------------------------------------------------------------------------------

HEAD = "from acme_crm import Contact, Crm, Prospect\ncrm = Crm.from_env()\n"
NEW_HEAD = HEAD.replace("Prospect", "Lead")
CASES = {
    "attributes": ("crm.prospects.get('1').town", "crm.leads.get('1').city"),
    "the oldest name": ("crm.leads.get('1').place", "crm.leads.get('1').city"),
    "keywords": (
        "crm.prospects.create( town = 'Graz' ,revenue=1)  # town",
        "crm.leads.create( city = 'Graz' ,annual_revenue=1)  # town",
    ),
    "rows": (
        "crm.leads.create_many([{'town': 'town', \"revenue\": 1, r'''place''': 2}])",
        "crm.leads.create_many([{'city': 'town', \"annual_revenue\": 1, r'''city''': 2}])",
    ),
    "keys": (
        "v = dict(town='x'); v['revenue'] = 1; crm.leads.create(**v)",
        "v = dict(city='x'); v['annual_revenue'] = 1; crm.leads.create(**v)",
    ),
    "columns": (
        "f = Prospect.fields; f.town.desc(), Contact.fields.account_name.district",
        "f = Lead.fields; f.city.desc(), Contact.fields.account_name.region",
    ),
    "related lists": (
        "crm.accounts.related('1').people.list()",
        "crm.accounts.related('1').contacts.list()",
    ),
    "annotations": (
        "def f(a: Prospect, b: 'list[Prospect] | None') -> \"Prospect\": return a.town",
        "def f(a: Lead, b: 'list[Lead] | None') -> \"Lead\": return a.city",
    ),
    "patterns": (
        "match crm.leads.first():\n    case Prospect(town=x, revenue = y): pass",
        "match crm.leads.first():\n    case Lead(city=x, annual_revenue = y): pass",
    ),
    "files": (
        "from acme_crm.prospects import ProspectCreate as C, Prospects\nimport acme_crm.prospects",
        "from acme_crm.leads import LeadCreate as C, Leads\nimport acme_crm.leads",
    ),
    "a file by its name": (
        "from acme_crm import prospects\nprospects.ProspectFields",
        "from acme_crm import leads\nleads.LeadFields",
    ),
    "the package": (
        "import acme_crm as z\nz.Prospect.fields.town",
        "import acme_crm as z\nz.Lead.fields.city",
    ),
    "as": (
        "from acme_crm import Prospect as P\nP.fields.town",
        "from acme_crm import Lead as P\nP.fields.city",
    ),
    "both names": (
        "from acme_crm import (\n    Lead,\n    Prospect,\n)\nLead, Prospect",
        "from acme_crm import (\n    Lead,\n)\nLead, Lead",
    ),
    "both names, with a comment": (
        "from acme_crm import (\n    Lead,\n    Prospect,  # old\n)\nLead, Prospect",
        "from acme_crm import (\n    Lead,\n    Lead,  # old\n)\nLead, Lead",
    ),
    "__all__": ("__all__ = ['Prospect', 'town']", "__all__ = ['Lead', 'town']"),
    "getattr": (
        "getattr(crm.leads.get('1'), 'town', 'town')",
        "getattr(crm.leads.get('1'), 'city', 'town')",
    ),
    "strings of types": (
        "from typing import Optional, TypeVar\n"
        "P = Optional['Prospect']\nT = TypeVar('T', bound='Prospect')\n"
        "def f(p: P, t: T) -> T:\n    p.town, t.town\n    return t",
        "from typing import Optional, TypeVar\n"
        "P = Optional['Lead']\nT = TypeVar('T', bound='Lead')\n"
        "def f(p: P, t: T) -> T:\n    p.city, t.city\n    return t",
    ),
    "calls by others": (
        "import functools\nfunctools.partial(crm.leads.create, town='x')(revenue=1)",
        "import functools\nfunctools.partial(crm.leads.create, city='x')(revenue=1)",
    ),
    "over lines": (
        "(crm\n   .prospects . get('1')\n   . town\n)",
        "(crm\n   .leads . get('1')\n   . city\n)",
    ),
    "inside an f-string": (
        "f\"{crm.leads.get('1').town:>9}\"",
        "f\"{crm.leads.get('1').city:>9}\"",
    ),
    "no names of ours": ("town = 1; Contact.town; {'town': town}; print('Prospect')", None),
    "shadowed": ("def f(Prospect: str): return Prospect.town", None),
}


@pytest.mark.parametrize(("before", "expected"), CASES.values(), ids=CASES)
def test_names_are_rewritten(tmp_path: Path, before: str, expected: str | None) -> None:
    assert after(tmp_path, f"{HEAD}{before}\n") == f"{NEW_HEAD}{expected or before}\n"


def test_a_program_with_new_names_is_left_alone(tmp_path: Path) -> None:
    assert migrated(tmp_path, {"a.py": demo_program()}) == Migration((), (), ())


def test_files_that_take_names_from_each_other(tmp_path: Path) -> None:
    found = migrated(
        tmp_path,
        {
            "app/__init__.py": "from acme_crm import Prospect\n",
            "app/a.py": "from . import Prospect\nfrom app import Prospect as P\nProspect, P\n",
            "app/b.py": "import app\napp.Prospect.fields.town\n",
        },
    )
    assert {each.path.name: each.after.decode() for each in found.files} == {
        "__init__.py": "from acme_crm import Lead\n",
        "a.py": "from . import Lead\nfrom app import Lead as P\nLead, P\n",
        "b.py": "import app\napp.Lead.fields.city\n",
    }


def test_encodings_line_breaks_and_blanks_stay(tmp_path: Path) -> None:
    text = "# coding: latin-1\r\nfrom acme_crm import Prospect\r\n\tx = 1\r\n".replace("\tx", "x")
    text += "é = 'é'; Prospect.fields.town   # é\r\nif é:\r\n\tProspect\n\n\n# end"
    path = tmp_path / "a.py"
    path.write_bytes(text.encode("latin-1"))
    marked = tmp_path / "b.py"
    marked.write_bytes(b"\xef\xbb\xbffrom acme_crm import Prospect\r\n")
    write_migration(migrate([tmp_path], with_former(FORMER), "acme_crm"))
    expected = text.replace("Prospect", "Lead").replace("town", "city")
    assert path.read_bytes() == expected.encode("latin-1")
    assert marked.read_bytes() == b"\xef\xbb\xbffrom acme_crm import Lead\r\n"


def test_a_file_that_libcst_would_change_otherwise_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"from acme_crm import Prospect\r")
    found = migrate([tmp_path], with_former(FORMER), "acme_crm")
    assert found.files == ()
    assert [each.why for each in found.left] == [
        "Prospect is called Lead now, but stands where it cannot be rewritten; rename it by hand"
    ]


# --- What is left -----------------------------------------------------------------------------


def left(folder: Path, program: str) -> list[str]:
    found = migrated(folder, {"a.py": program})
    return [f"{each.line}:{each.column} {each.why}" for each in found.left]


def test_what_is_not_certain_is_listed_and_not_touched(tmp_path: Path) -> None:
    program = "import acme_crm\ndef f(x):\n    return x.revenue\n"
    found = migrated(tmp_path, {"a.py": program})
    assert found.files == ()
    place = f"{tmp_path / 'a.py'}:3:14"
    assert [str(each) for each in found.left] == [
        f"{place}: revenue may be Leads.Annual_Revenue, which is called annual_revenue now"
    ]


def test_a_name_that_two_types_share_is_listed_where_only_one_has_changed(tmp_path: Path) -> None:
    program = "from acme_crm import Lead, Account\ndef f(x: Lead | Account): x.phone_2, x.phone\n"
    write(tmp_path, {"a.py": program})
    bindings = with_former({"Leads.City": ["phone"], "Leads.Phone": ["other"]})
    assert migrate([tmp_path], bindings, "acme_crm").files == ()
    former = {"Leads.City": ["website_"], "Accounts.Region": ["website_"]}
    write(tmp_path, {"a.py": program.replace("phone_2", "website_")})
    found = migrate([tmp_path], with_former(former), "acme_crm")
    assert found.files == ()
    assert [each.why for each in found.left] == [
        "website_ may be Accounts.Region, which is called region now or Leads.City, which is "
        "called city now"
    ]


def test_a_new_name_that_means_something_else_is_a_conflict(tmp_path: Path) -> None:
    program = "from acme_crm import Prospect\nclass Lead: ...\nProspect.fields.town\n"
    found = migrated(tmp_path, {"a.py": program, "b.py": "from a import Prospect\nProspect\n"})
    assert [(each.path.name, each.line, each.why) for each in found.left] == [
        (
            "a.py",
            1,
            "Prospect is called Lead now, which means something else here in line 2; rename it by "
            "hand",
        ),
        (
            "b.py",
            1,
            "Prospect is called Lead now, but a file that it is taken from keeps it; rename it by "
            "hand",
        ),
    ]
    assert [each.after.decode() for each in found.files] == [program.replace("town", "city")]


def test_a_local_name_of_the_new_file_is_a_conflict(tmp_path: Path) -> None:
    program = "from acme_crm import prospects\ndef f(leads): return prospects.Lead, leads\n"
    assert left(tmp_path, program)[0].startswith("1:22 prospects is called leads now, which means")


def test_a_name_that_is_bound_in_another_way_too_is_left(tmp_path: Path) -> None:
    program = "try:\n    from acme_crm import Prospect\nexcept ImportError:\n    Prospect = None\n"
    assert left(tmp_path, program + "print(Prospect)\n") == [
        "2:26 Prospect is called Lead now, and is bound in another way here, too; rename it by hand"
    ]


def test_a_name_is_renamed_everywhere_or_nowhere(tmp_path: Path) -> None:
    """Before Python 3.12 the ast does not know where names in f-strings of several lines are."""
    program = "from acme_crm import Prospect\nprint(f'''\n é {Prospect.fields.town}\n''')\n"
    found = migrated(tmp_path, {"a.py": program})
    text = found.files[0].after.decode() if found.files else program
    assert text.count("Prospect") in (0, 2)
    assert bool(found.left) == ("Prospect" in text or "town" in text)


def test_global_names_are_left(tmp_path: Path) -> None:
    program = "def f():\n    global Prospect\n    from acme_crm import Prospect\nProspect\n"
    assert "is declared global or nonlocal here" in left(tmp_path, program)[0]


def test_what_would_not_be_python_is_left(tmp_path: Path) -> None:
    program = "from acme_crm import Lead\nLead(town='a', city='b')\n"
    found = migrated(tmp_path, {"a.py": program})
    assert found.files == ()
    assert "keyword argument repeated" in found.left[0].why


def test_a_name_that_something_else_has_today_means_that(tmp_path: Path) -> None:
    program = "from acme_crm import Lead\nLead.fields.phone\n"
    assert after(tmp_path, program, {"Leads.City": ["phone"]}) == program


# --- Writing ----------------------------------------------------------------------------------


def test_all_files_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from acme_crm import Prospect\n"
    found = migrated(tmp_path, {f"{name}.py": program for name in "abc"})
    (tmp_path / "a.py").chmod(0o755)
    move = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c.py":
            raise PermissionError(13, "Permission denied", str(target))
        return move(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(
            GeneratorError, match=r"c\.py could not be written, and all files are as"
        ):
            write_migration(found)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {
        f"{name}.py": program for name in "abc"
    }
    write_migration(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py", "c.py"]
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o755


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    found = migrated(tmp_path, {"a.py": "from acme_crm import Prospect\n", "b.py": ""})
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    with pytest.raises(GeneratorError, match="has changed meanwhile; nothing was written"):
        write_migration(found)
    assert (tmp_path / "a.py").read_text("utf-8") == "x = 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_a_link_still_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "src").mkdir()
    write(tmp_path, {"real/a.py": "from acme_crm import Prospect\n"})
    (tmp_path / "src" / "a.py").symlink_to(tmp_path / "real" / "a.py")
    write_migration(migrate([tmp_path / "src"], with_former(FORMER), "acme_crm"))
    assert (tmp_path / "src" / "a.py").is_symlink()
    assert (tmp_path / "real" / "a.py").read_text("utf-8") == "from acme_crm import Lead\n"


# --- The command ------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(METADATA, tmp_path / "zoho_metadata")
    lock = json.dumps(lock_with_former(FORMER))
    (tmp_path / "zoho_metadata" / "names.json").write_text(lock, "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.zohohub]\npackage = "acme_crm"\n', "utf-8")
    program = (
        "from acme_crm import Prospect\n\ndef f(x, y: Prospect):\n    return x.revenue, y.town\n"
    )
    write(tmp_path, {"src/app.py": program})
    with chdir(tmp_path):
        yield tmp_path


def test_the_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "src" / "app.py").read_bytes()
    assert main(["migrate", "src"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "--- a/src/app.py\n"
        "+++ b/src/app.py\n"
        "@@ -1,4 +1,4 @@\n"
        "-from acme_crm import Prospect\n"
        "+from acme_crm import Lead\n"
        " \n"
        "-def f(x, y: Prospect):\n"
        "-    return x.revenue, y.town\n"
        "+def f(x, y: Lead):\n"
        "+    return x.revenue, y.city\n"
        "Would change 3 names in 1 file.\n"
        "Next: run the same command with --write\n"
    )
    assert err == (
        "Left as it is, for you to decide:\n"
        "  src/app.py:4:14: revenue may be Leads.Annual_Revenue, which is called annual_revenue "
        "now\n"
    )
    assert (project / "src" / "app.py").read_bytes() == before
    assert main(["migrate", "--write", "src"]) == 0
    assert capsys.readouterr().out == (
        "  ~ src/app.py\n"
        "Changed 3 names in 1 file.\n"
        "Next: run your type checker and your tests, and look at the diff\n"
    )
    assert main(["migrate", "src"]) == 0
    assert capsys.readouterr().out == "No old name is certain to be used; nothing to change.\n"


def test_the_command_without_libcst_says_what_to_install(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "libcst", None)
    monkeypatch.delitem(sys.modules, "zohohub_gen.user_code.renaming", raising=False)
    assert main(["migrate", "src"]) == 1
    assert 'run `pip install "zohohub[gen]"`' in capsys.readouterr().err


def test_the_command_says_what_is_not_there(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    assert main(["migrate", "nope"]) == 1
    assert "nope is neither a file nor a folder" in capsys.readouterr().err
    assert main(["migrate"]) == 2


# --- All of it --------------------------------------------------------------------------------

OVERRIDES = {
    "Leads": "prospects",
    "Deals": "opportunities",
    "Leads.City": "town",
    "Leads.Company": "firm",
    "Leads.Lead_Status": "state",
    "Leads.Annual_Revenue": "revenue",
    "Leads.Site_Visits_1": "visits",
    "Lead_Site_Visits": "surveys",
    "Lead_Site_Visits.Roof_OK": "roof_is_fine",
    "Lead_Site_Visits.Visited_On": "day",
    "Accounts.Region": "district",
    "Contacts.Account_Name": "account",
    "Deals.Stage": "step",
    "Deals.Amount": "worth",
    "Deals.Deal_Name": "title_",
    "Tasks.What_Id": "about",
}

MORE = '''
from typing import assert_never

import acme_crm
import acme_crm.deals
from acme_crm import Account, Contact, Deal, LeadSiteVisit, Task
from acme_crm.leads import LeadCreate, LeadStatus, LeadUpdate, Leads


class App:
    """Lead, city and leads are words as well."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.leads: Leads = crm.leads

    def rich(self, least: int) -> "list[Lead]":
        found: list[Lead] = []
        for lead in self.leads.list(Lead.fields.annual_revenue):
            if (lead.annual_revenue or 0) >= least:
                found.append(lead)
        return sorted(found, key=lambda each: each.city or "")

    def rename(self, leads: list[Lead], city: str) -> None:
        changes: LeadUpdate = {"city": city, "lead_status": "Contacted"}
        for lead in leads:
            lead.site_visits_1 = [LeadSiteVisit(roof_ok=True, visited_on=date.today())]
            self.crm.leads.update(lead, **changes)

    def totals(self) -> dict[str, acme_crm.Deal]:
        d = Deal.fields
        deals = self.crm.deals
        for stage, total in deals.query().group_by(d.stage).aggregate(d.amount.sum()):
            print(stage, total)
        for name, stage in deals.query().where(d.stage == "Order won").values(d.deal_name, d.stage):
            print(name, stage)
        return {deal.deal_name or "": deal for deal in deals.list() if deal.amount}


def rows(status: LeadStatus = "New") -> list[LeadCreate]:
    return [{"last_name": "Ito", "city": "Graz", "lead_status": status}]


def kind(row: Lead | Deal | acme_crm.deals.DealFields[Deal]) -> str | None:
    match row:
        case Lead(city=str() as city):
            return city
        case Lead():
            return row.company
        case Deal():
            return row.stage
        case acme_crm.deals.DealFields():
            return None
        case _:
            assert_never(row)


print(Contact.fields.account_name.region == "North", Account.fields.region)
for task in crm.tasks.query().where(Task.fields.what_id.to(Lead).company == "x"):
    print(task.what_id)
crm.leads.create_many(rows())
app = App(crm)
app.rename(app.rich(5), "Graz")
print(app.totals(), kind(app.leads.get("1")))
'''


def renamed(overrides: Mapping[str, str]) -> Bindings:
    """Acme under other names, with those of the sample as the former ones."""
    old = acme()
    names = name_schema(old.schema, acme_lock(), overrides)
    former: dict[str, Any] = {}
    for place in overrides:
        module, _, field = place.partition(".")
        was = old.names.modules[module]
        if field:
            former[place] = [was.fields[field]]
        else:
            former[module] = [{"file": was.file, "handle": was.handle, "record": was.record}]
    lock = lock_with_former(former)
    return Bindings(old.schema, replace(names, lock=lock), Choices(names=overrides))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(sorted(OVERRIDES))))
def test_the_same_places_are_used_afterwards(
    tmp_path_factory: pytest.TempPathFactory, places: set[str]
) -> None:
    """A program means the same under any renaming, and a second run finds nothing."""
    folder = tmp_path_factory.mktemp("program")
    write(folder, {"a.py": demo_program() + MORE})
    bindings = renamed({place: OVERRIDES[place] for place in places})

    def used(of: Bindings) -> list[tuple[object, ...]]:
        found = find_usages([folder], of, "acme_crm")
        return sorted((u.line, u.module, u.field or "", u.option or "", u.certain) for u in found)

    before = used(acme())
    assert len(before) > 100
    found = migrate([folder], bindings, "acme_crm")
    assert found.left == ()
    assert bool(found.files) == bool(places)
    write_migration(found)
    # The lock without former names: what is not found now has kept its old one.
    assert used(replace(bindings, names=replace(bindings.names, lock={}))) == before
    assert migrate([folder], bindings, "acme_crm") == Migration((), (), ())


@pytest.mark.slow
def test_what_type_checked_before_does_so_afterwards(tmp_path: Path) -> None:
    before, afterwards = tmp_path / "before", tmp_path / "after"
    for folder in (before, afterwards):
        write(folder, {"app.py": demo_program() + MORE})
    shutil.copytree(SAMPLE / "acme_crm", before / "acme_crm")
    shutil.copytree(METADATA, tmp_path / "metadata")
    choices = Choices(names=OVERRIDES)
    generate(Options(tmp_path / "metadata", afterwards, "acme_crm", choices))
    write_migration(migrate([afterwards], renamed(OVERRIDES), "acme_crm"))
    for folder in (before, afterwards):
        for report in type_check(folder, CHECKERS):
            of_program = [each for each in report.findings if each.file == "app.py"]
            assert of_program == [], (folder.name, report.checker)
