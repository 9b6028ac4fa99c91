"""What an import loads, seen in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from zohohub_gen.emulator import Emulator

from tests.support.packages import ACME, SAMPLE

REPORT = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))\n"
HEAVY = {"requests", "urllib3", "http.client", "ssl", "email", "socket"}


AUTH = (
    "Auth('id', 'secret', 'token', accounts_url='http://127.0.0.1:9', "
    "api_domain='http://127.0.0.1:9')"
)
FROM_ENV = """
import os
os.environ.update(ZOHO_CLIENT_ID="id", ZOHO_CLIENT_SECRET="secret", ZOHO_REFRESH_TOKEN="token")
os.environ.update(ZOHO_ACCOUNTS_URL="http://127.0.0.1:9", ZOHO_API_DOMAIN="http://127.0.0.1:9")
os.environ.pop("ZOHO_TOKEN_FILE", None)
from acme_crm import Crm
crm = Crm.from_env()
"""


def loaded(program: str) -> set[str]:
    """The modules that are loaded after a program."""
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    done = subprocess.run(
        [sys.executable, "-c", program + REPORT],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(SAMPLE), *inherited])},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


EMPTY = loaded("")


def ours(program: str) -> set[str]:
    """Those of this project, and the heavy ones."""
    found = loaded(program) - EMPTY
    packages = ("acme_crm", "zohohub", "zohohub_gen")
    return {name for name in found if name.split(".")[0] in packages} | (found & HEAVY)


def test_importing_the_package_loads_no_module_of_it() -> None:
    assert ours("import acme_crm") == {"acme_crm"}
    # Nor anything else: `typing` alone would take longer than all of it.
    assert loaded("import acme_crm, zohohub") - EMPTY == {"acme_crm", "zohohub"}
    assert "typing" not in EMPTY


def test_listing_the_package_loads_nothing() -> None:
    names = ours("import acme_crm; assert 'Lead' in dir(acme_crm)")
    assert names == {"acme_crm"}


def test_importing_the_runtime_loads_no_module_of_it() -> None:
    assert ours("import zohohub") == {"zohohub"}


@pytest.mark.parametrize("name", ["Lead", "Leads", "LeadFields"])
def test_a_record_class_loads_its_module_and_the_rows_of_its_subforms(name: str) -> None:
    found = ours(f"from acme_crm import {name}")
    assert {item for item in found if item.startswith("acme_crm")} == {
        "acme_crm",
        "acme_crm.leads",
        "acme_crm.lead_site_visits",
    }
    assert found & HEAVY == set()
    assert "zohohub.transport" not in found
    assert "zohohub.auth" not in found


def test_a_client_and_its_handles_load_no_network_library_before_the_first_call() -> None:
    program = """
from acme_crm import Crm, Lead
from zohohub import Auth
crm = Crm(Auth("id", "secret", "refresh"))
query = crm.leads.query().where(Lead.fields.company == "Acme")
crm.accounts.related("1").contacts
crm.users, crm.files, crm.credits, crm.request, crm.download
"""
    assert ours(program) & HEAVY == set()


def test_the_first_module_loads_no_library_that_makes_classes() -> None:
    """``dataclasses`` imports ``inspect`` and ``ast``, which take longer than most of ours."""
    program = """
from acme_crm import Crm, Lead
from zohohub.transport import Answer

class Sender:
    def request(self, *arguments, **values):
        return Answer(200, {"data": [{"id": "1", "Company": "Acme"}], "info": {}})

(lead,) = Crm(transport=Sender()).leads.list()
assert lead.company == "Acme"
"""
    found = loaded(program) - EMPTY
    assert found & {"ast", "dataclasses", "inspect"} == set()
    # Nor what only queries and writes need.
    assert found & {"zohohub.batches", "zohohub.queries", "zohohub.results"} == set()


def test_decoding_needs_no_network_library() -> None:
    program = "from acme_crm import Leads; Leads.decode({'id': '1', 'Created_Time': 'x'})"
    assert ours(program) & HEAVY == set()


def test_the_client_loads_no_module_before_it_is_used() -> None:
    program = f"from acme_crm import Crm; from zohohub import Auth; crm = Crm({AUTH})"
    found = ours(program)
    assert {item for item in found if item.startswith("acme_crm")} == {
        "acme_crm",
        "acme_crm.client",
    }
    assert found & {"requests", "urllib3"} == set()
    used = ours(program + "; crm.tasks")
    assert used - found >= {"acme_crm.tasks"}
    assert not any(item.startswith("acme_crm.") for item in used - found - {"acme_crm.tasks"})
    assert used & {"requests", "urllib3"} == set()


@pytest.mark.parametrize(
    "program",
    [
        "import zohohub",
        "import acme_crm",
        "from zohohub import Auth",
        f"from zohohub import Auth; {AUTH}",
        "from zohohub import *",
        "from acme_crm import *",
        "from acme_crm import Lead; Lead.fields.company == 'Acme'; Lead(last_name='Ito')",
        FROM_ENV,
        FROM_ENV + "crm.leads; crm.leads.list(); crm.leads.query().where(crm.leads.record_type"
        ".fields.company == 'Acme'); crm.leads.validate({'last_name': 'Ito'})",
        FROM_ENV + "crm.users, crm.files, crm.notifications, crm.variables, crm.recycle_bin",
    ],
)
def test_nothing_loads_requests_before_the_first_call(program: str) -> None:
    found = loaded(program) - EMPTY
    assert found & {"requests", "urllib3", "http.client", "ssl"} == set()


def test_the_first_call_loads_requests() -> None:
    with Emulator(ACME / "metadata") as zoho:
        to = zoho.connection
        given = f"ZOHO_ACCOUNTS_URL={to.accounts_url!r}, ZOHO_CLIENT_ID={to.client_id!r}, "
        given += f"ZOHO_CLIENT_SECRET={to.client_secret!r}, ZOHO_REFRESH_TOKEN={to.refresh_token!r}"
        program = f"""
import os, sys
os.environ.update({given})
os.environ.pop("ZOHO_TOKEN_FILE", None)
from acme_crm import Crm
crm = Crm.from_env()
leads = crm.leads.list()
assert "requests" not in sys.modules
next(leads)
"""
        assert "requests" in loaded(program)
        assert zoho.requests


def test_the_command_loads_no_generator_for_its_help() -> None:
    found = loaded("import zohohub_gen.cli") - EMPTY
    assert found & {"jinja2", "black", "flask", "requests", "datamodel_code_generator"} == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    program = (
        "import acme_crm\n"
        "try:\n    acme_crm.Leed\n"
        "except AttributeError as error:\n"
        "    assert 'acme_crm' in str(error) and 'Leed' in str(error)\n"
        "else:\n    raise SystemExit('no error')"
    )
    assert ours(program) == {"acme_crm"}
