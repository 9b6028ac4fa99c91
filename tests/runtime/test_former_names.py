"""Names of before at run time: they work, over HTTP too, and warn at the line that uses them."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zohohub.errors import FieldNotFetched, ValidationFailed
from zohohub.records import columns_of
from zohohub.transport import Transport
from zohohub_gen.emulator import Emulator
from zohohub_gen.pipeline import generate

from tests.support.packages import CASES, imported, options

CASE = CASES / "former_names"


@pytest.fixture(scope="module")
def package() -> Iterator[Any]:
    with imported(CASE / "expected" / "crm") as found:
        yield found


@pytest.fixture
def zoho() -> Iterator[Emulator]:
    with Emulator(CASE / "metadata") as emulator:
        yield emulator


@pytest.fixture
def crm(package: Any, zoho: Emulator, connect: Callable[[Emulator], Transport]) -> Iterator[Any]:
    with package.Crm(transport=connect(zoho)) as client:
        yield client


@contextmanager
def renamed(*names: str) -> Iterator[None]:
    """Each of these names of before is warned of, in order, at the line after the ``with``."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    assert frame.f_back.f_back is not None
    line = frame.f_back.f_back.f_lineno + 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [item.category for item in caught] == [DeprecationWarning] * len(caught)
    said = [str(item.message) for item in caught]
    assert [text.partition(" ")[0].rpartition(".")[2] for text in said] == list(names), said
    places = {(item.filename, item.lineno) for item in caught}
    assert places <= {(__file__, line)}, places


# --- records ------------------------------------------------------------------------------


def test_an_attribute_is_read_set_and_deleted(package: Any) -> None:
    lead = package.Lead(firm="Acme")
    with renamed("company"):
        assert lead.company == "Acme"
    with renamed("company"):
        lead.company = "Other"
    assert lead.firm == "Other"
    with renamed("company"):
        del lead.company
    with pytest.raises(FieldNotFetched):
        print(lead.firm)


def test_the_warning_says_what_to_use(package: Any) -> None:
    message = "^Lead.annual_revenue was renamed: it is Lead.turnover now$"
    with pytest.warns(DeprecationWarning, match=message):
        print(package.Lead(turnover=Decimal(1)).annual_revenue)


def test_what_was_not_fetched_is_told_by_its_present_name(package: Any) -> None:
    lead = package.Lead(surname="Ito")
    with renamed("company"), pytest.raises(FieldNotFetched, match=r"Lead\.firm"):
        print(lead.company)
    with renamed("company"):
        assert not hasattr(lead, "company")
    with pytest.raises(AttributeError, match="no field 'compny'"):
        print(lead.compny)


def test_the_constructor_takes_names_of_before(package: Any) -> None:
    with renamed("company", "last_name"):
        lead = package.Lead(company="Acme", last_name="Ito")
    assert lead == package.Lead(firm="Acme", surname="Ito")
    assert repr(lead) == "Lead(surname='Ito', firm='Acme')"
    assert "company" not in columns_of(package.Lead)


def test_a_class_of_ones_own_inherits_them(package: Any) -> None:
    class MyLead(package.Lead):
        __slots__ = ()

    with renamed("company"):
        lead = MyLead(company="Acme")
    with renamed("company"):
        assert lead.company == "Acme"


@pytest.mark.parametrize(
    "values",
    [
        {"firm": "A", "company": "B"},
        {"company": "B", "firm": "A"},
        {"revenue": 1, "annual_revenue": 2},
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_field_by_two_names_is_refused(
    package: Any, crm: Any, zoho: Emulator, values: dict[str, Any]
) -> None:
    first, second = values
    message = f"Lead got both '{first}' and '{second}', which are two names of '.*': give one"
    for use in (
        lambda: package.Lead(**values),
        lambda: crm.leads.create(surname="Ito", **values),
        lambda: crm.leads.update_many([{"id": "1", **values}]),
        lambda: crm.leads.bulk_create([{"surname": "Ito", **values}]),
        lambda: crm.leads.validate(values),
    ):
        with pytest.raises(TypeError, match=message):
            use()
    assert zoho.requests == []


def test_copies_and_pickles_are_as_ever(package: Any) -> None:
    with renamed("company"):
        lead = package.Lead(company="Acme")
    for other in (copy.copy(lead), copy.deepcopy(lead), pickle.loads(pickle.dumps(lead))):
        assert other == lead
        with renamed("company"):
            assert other.company == "Acme"


def test_what_older_bindings_pickled_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both the class and the attribute had another name then."""
    metadata = shutil.copytree(CASE / "metadata", tmp_path / "metadata")
    (metadata / "names.json").unlink()
    monkeypatch.syspath_prepend(str(tmp_path))

    def bindings(names: dict[str, str]) -> ModuleType:
        for name in [name for name in sys.modules if name.partition(".")[0] == "pickled_crm"]:
            del sys.modules[name]
        generate(options(metadata, tmp_path, "pickled_crm", names=names))
        importlib.invalidate_caches()
        return importlib.import_module("pickled_crm")

    old: Any = bindings({})
    assert old.Account.__module__ == "pickled_crm.accounts"
    kept = pickle.dumps(old.Account(account_name="Acme", region="North"))
    new: Any = bindings({"Accounts": "Customers", "Accounts.Account_Name": "title"})
    with renamed("Account", "account_name"):
        found = pickle.loads(kept)
    assert found == new.Customer(title="Acme", region="North")


# --- over HTTP ----------------------------------------------------------------------------


def test_values_are_written_by_names_of_before(crm: Any, zoho: Emulator) -> None:
    with renamed("company", "last_name"):
        lead_id = crm.leads.create(company="Acme", last_name="Ito")
    with renamed("last_name", "annual_revenue"):
        crm.leads.create_many([{"last_name": "Abe", "annual_revenue": 5}, {"surname": "Sato"}])
    with renamed("company"):
        crm.leads.update(lead_id, company="Other")
    with renamed("city"):
        crm.leads.update_many([{"id": lead_id, "city": "Graz"}])
    with renamed("city"):
        crm.leads.mass_update([lead_id], city="Linz")
    with renamed("last_name"):
        crm.leads.upsert_many([{"last_name": "Ono"}], match=[crm.leads.record_type.fields.phone])
    with renamed("lead_status"):
        copied = crm.leads.clone(lead_id, lead_status="New")
    lead = crm.leads.get(lead_id)
    assert (lead.firm, lead.surname, lead.town) == ("Other", "Ito", "Linz")
    assert crm.leads.get(copied).status == "New"
    assert sorted(each.surname for each in crm.leads.list()) == ["Abe", "Ito", "Ito", "Ono", "Sato"]
    first = next(each for each in zoho.requests if each.path.endswith("/Leads"))
    assert first.body["data"] == [{"Company": "Acme", "Last_Name": "Ito"}]


def test_rows_of_a_subform_are_written_by_names_of_before(package: Any, crm: Any) -> None:
    with renamed("site_visits", "city"):
        lead_id = crm.leads.create(surname="Ito", site_visits=[{"city": "Graz"}, {"town": "Linz"}])
    lead = crm.leads.get(lead_id)
    assert [row.town for row in lead.visits] == ["Graz", "Linz"]
    with renamed("site_visits", "city"):
        lead.site_visits[0].city = "Wien"
    with renamed("city"):
        lead.visits.append(package.LeadSiteVisit(city="Bonn"))
    crm.leads.save(lead)
    assert [row.town for row in crm.leads.get(lead_id).visits] == ["Wien", "Linz", "Bonn"]


def test_a_bulk_write_takes_names_of_before(crm: Any) -> None:
    rows = ({"last_name": name, "company": "Acme"} for name in ("Ito", "Abe"))
    with renamed("last_name", "company", "last_name", "company"):
        write = crm.leads.bulk_create(rows)
    assert not write.results().failures
    assert {(each.surname, each.firm) for each in crm.leads.list()} == {
        ("Ito", "Acme"),
        ("Abe", "Acme"),
    }


def test_saving_sends_what_was_set_by_a_name_of_before(crm: Any, zoho: Emulator) -> None:
    lead_id = crm.leads.create(surname="Ito", firm="Acme")
    lead = crm.leads.get(lead_id)
    with renamed("company"):
        lead.company = "Other"
    zoho.clear_requests()
    crm.leads.save(lead)
    (request,) = [each for each in zoho.requests if each.method == "PUT"]
    assert request.body["data"] == [{"id": lead_id, "Company": "Other"}]
    crm.leads.save(lead)
    assert len(zoho.requests) == 1, "nothing differs any more"


def test_values_are_validated_by_names_of_before(crm: Any) -> None:
    with renamed("last_name"), pytest.raises(ValidationFailed) as caught:
        crm.leads.validate({"last_name": 7})
    assert [problem.place for problem in caught.value.problems] == ["surname"]
    with renamed("last_name"):
        crm.leads.validate({"last_name": "Ito"})
    strict = crm.leads.with_options(validate=True)
    with renamed("last_name", "last_name"):
        strict.create(last_name="Ito")
    with pytest.raises(TypeError, match="Lead has no field 'compny'"):
        crm.leads.create(surname="Ito", compny="Acme")


def test_columns_by_names_of_before(package: Any, crm: Any, zoho: Emulator) -> None:
    f = package.Lead.fields
    parent = crm.customers.create(account_name="Mother", region="North")
    daughter = crm.customers.create(account_name="Daughter", parent=parent)
    crm.leads.create(surname="Ito", town="Graz", turnover=7)
    with renamed("city"):
        query = crm.leads.query().where(f.city == "Graz")
    with renamed("annual_revenue", "last_name"):
        query = query.select(f.annual_revenue, f.last_name)
    (lead,) = query
    assert (lead.surname, lead.turnover) == ("Ito", Decimal(7))
    with renamed("parent_account"):
        condition = package.Customer.fields.parent_account.region == "North"
    (found,) = crm.customers.query().where(condition)
    assert found.id == daughter
    with renamed("parent_account"):
        behind = f.converted_account.parent_account
    assert behind.api_name == "Converted_Account.Parent_Account"
    with pytest.raises(AttributeError, match="leads to no column 'parent_acount'"):
        print(f.converted_account.parent_acount)
    with renamed("last_name"):
        (listed,) = crm.leads.list(f.last_name)
    assert listed.surname == "Ito"


def test_handles_and_related_lists(package: Any, crm: Any) -> None:
    with renamed("accounts"):
        assert crm.accounts is crm.customers
    with renamed("companies"):
        parent = crm.companies.create(account_name="Mother")
    crm.customers.create(account_name="Daughter", parent=parent)
    related = crm.customers.related(parent)
    with renamed("child_accounts"):
        (daughter,) = related.child_accounts.list()
    assert daughter.account_name == "Daughter"
    with renamed("children"):
        assert [each.id for each in related.children.list()] == [daughter.id]


def test_a_call_in_a_composite_request_warns_where_it_is_made(crm: Any) -> None:
    batch = crm.composite()
    with renamed("last_name"):
        call = crm.leads.queue(batch, lambda leads: leads.create(last_name="Ito"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the function runs once more, with the answer
        batch.send()
    assert crm.leads.get(call.result).surname == "Ito"


# --- classes and files --------------------------------------------------------------------


def test_classes_of_before_are_those_of_today(package: Any) -> None:
    for old, new in (
        ("Account", "Customer"),
        ("AccountFields", "CustomerFields"),
        ("Accounts", "Customers"),
        ("Companies", "Customers"),
        ("CampaignRecord", "Campaign"),
    ):
        with renamed(old):
            assert getattr(package, old) is getattr(package, new)
        with renamed(old):
            assert getattr(package, old) is getattr(package, new), "each time"
    assert not {"Account", "Companies"} & {*package.__all__, *dir(package)}


def test_files_of_before(package: Any) -> None:
    accounts: Any = importlib.import_module(f"{package.__name__}.accounts")
    with renamed("Account"):
        assert accounts.Account is package.Customer
    with renamed("CustomerRegion"):
        assert accounts.CustomerRegion.__args__[0] == "North"
    campaigns: Any = importlib.import_module(f"{package.__name__}.campaigns")
    with renamed("CampaignHandle"):
        assert campaigns.CampaignHandle is package.Campaigns
    for module in (accounts, campaigns):
        with pytest.raises(AttributeError, match=r"module .* has no attribute 'Acount'"):
            print(module.Acount)
        assert not hasattr(module, "__wrapped__")


def run(program: str, tmp_path: Path, *options_: str) -> subprocess.CompletedProcess[str]:
    shutil.copytree(CASE / "expected" / "crm", tmp_path / "old_crm", dirs_exist_ok=True)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, *options_, "program.py"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_an_import_warns_once_at_its_line(tmp_path: Path) -> None:
    done = run(
        "import os\n"
        "from old_crm import Account, Customer\n"
        "from old_crm.companies import Company\n"
        "assert Account is Customer is Company\n",
        tmp_path,
        "-Walways",
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert [line.partition("program.py:")[2] for line in said] == [
        "2: DeprecationWarning: old_crm.Account was renamed: it is old_crm.Customer now",
        "3: DeprecationWarning: old_crm.companies.Company was renamed: it is "
        "old_crm.customers.Customer now",
    ]


def test_an_import_is_an_error_where_warnings_are(tmp_path: Path) -> None:
    done = run("from old_crm import Account\n", tmp_path, "-Werror")
    assert done.returncode == 1
    assert 'program.py", line 1, in <module>' in done.stderr
    assert "DeprecationWarning: old_crm.Account was renamed" in done.stderr


def test_names_of_before_load_nothing_before_they_are_used(tmp_path: Path) -> None:
    show = "print(sorted(name for name in sys.modules if name.split('.')[0] in ours))\n"
    done = run(
        f"import sys\nours = ('old_crm', 'zohohub')\nimport old_crm\n{show}"
        f"import old_crm.accounts\n{show}",
        tmp_path,
    )
    assert done.stdout.splitlines() == ["['old_crm']", "['old_crm', 'old_crm.accounts']"], (
        done.stderr
    )


def test_typing_extensions_are_not_needed(tmp_path: Path) -> None:
    program = (
        "import sys\nsys.modules['typing_extensions'] = None\n"
        "import old_crm\nfrom old_crm.leads import Lead\nfrom old_crm.client import Crm\n"
        "print(Lead(firm='Acme').company)\n"
    )
    done = run(program, tmp_path)
    assert (done.returncode, done.stdout) == (0, "Acme\n"), done.stderr
