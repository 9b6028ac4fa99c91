"""Secrets and people are planted in an org, and looked for in all that is printed and written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from zohohub_gen.emulator import Emulator, Fault

from tests.support.canaries import Canaries, org, variables, watched_arguments, without
from tests.support.packages import REPOSITORY

ALLOWED_FILES = {"project/tokens.json": {"refresh token", "token or code"}}
"""Where a secret is meant to be: the token file, which is for nothing else, and has mode 0600."""


@dataclass
class Machine:
    """A home, a project and an org, and what the commands printed."""

    folder: Path
    zoho: Emulator
    canaries: Canaries
    arguments: set[str] = field(default_factory=set)
    commands: int = 0

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONPATH": str(REPOSITORY / "generated_sample"),
            "GITHUB_ACTIONS": "true",
            **{name: str(home / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")},
            **variables(self.zoho),
        }

    def run(
        self, *command: str, typed: str = "", leave_out: Sequence[str] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments; nothing that is looked for may be an argument."""
        self.commands += 1
        with watched_arguments(self.canaries, self.arguments):
            return subprocess.run(
                [sys.executable, *command],
                cwd=self.project,
                env=without(self.environment() | more, leave_out),
                input=typed,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )

    def quiet(self, *command: str, code: int | None = 0, **more: str) -> str:
        """What a command of ours printed, in which nothing may be found."""
        done = self.run("-m", "zohohub_gen", *command, **more)
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, said
        assert self.canaries.found(said) == set(), (command, said)
        return said


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    for name in ("project", "home", "tmp"):
        (tmp_path / name).mkdir()
    canaries = Canaries()
    with org(tmp_path / "org", canaries) as zoho:
        assert {"client secret", "refresh token"} == set(canaries.secrets.values())
        assert set(canaries.people.values()) == {
            *("name of a user", "name of a person", "e-mail address", "phone number")
        }
        yield Machine(tmp_path, zoho, canaries)


def look_at_the_files(machine: Machine) -> int:
    """Nothing is in any file that was written; how many there are."""
    found: dict[str, set[str]] = {}
    for name in ("project", "home", "tmp"):
        for file, what in machine.canaries.in_files(machine.folder / name).items():
            left = what - ALLOWED_FILES.get(f"{name}/{file}", set())
            if left:
                found[f"{name}/{file}"] = left
    assert found == {}
    if sys.platform == "linux":
        assert machine.arguments == set()
    return sum(
        path.is_file()
        for name in ("project", "home")
        for path in (machine.folder / name).rglob("*")
    )


FAULTS: dict[str, Fault] = {
    "cut before": Fault("cut_before", path="/crm/v8/settings/fields"),
    "cut after": Fault("cut_after", path="/crm/v8/settings/fields"),
    "half": Fault("truncate", path="/crm/v8/settings/fields"),
    "a page": Fault("html", path="/crm/v8/settings/fields"),
    "500": Fault("status", path="/crm/v8/settings/fields", status=500),
    "an old token": Fault("expire_token", path="/crm/v8/settings/fields"),
    "no token": Fault("cut_after", path="/oauth/v2/token"),
    "half a token": Fault("truncate", path="/oauth/v2/token"),
    "a page for a token": Fault("html", path="/oauth/v2/token"),
}


@pytest.mark.slow
@pytest.mark.trust(
    "Secrets and supply chain",
    "commands at `-vv`, succeeding, failing, with faults, behind a proxy with a "
    "password; all output and all processes’ arguments searched",
    "none leaked",
)
def test_no_command_prints_or_writes_any_of_it(machine: Machine) -> None:
    zoho, canaries, project = machine.zoho, machine.canaries, machine.project
    # A new project, and tokens for it.  One command prints the refresh token: it is asked for it.
    machine.quiet(
        "init", "-vv", "--yes", "--package", "acme_crm", "--github", "--gitlab", "--pytest"
    )
    printed = machine.run(
        "-m", "zohohub_gen", "login", "-vv", "--code", "-", typed=zoho.grant_code()
    )
    assert printed.returncode == 0, printed.stderr
    assert canaries.found(printed.stderr) == set()
    assert re.fullmatch(r"1000\.[0-9a-f]{32}\.x\n", printed.stdout)
    code = zoho.grant_code()
    machine.quiet("login", "-vv", "--store", "tokens.json", "--code", "-", typed=code)
    machine.quiet("login", "-vv", "--code", "-", typed=code, code=1)  # it was used
    assert (project / "tokens.json").stat().st_mode & 0o777 == 0o600
    by_file = {"ZOHO_TOKEN_FILE": "tokens.json", "ZOHO_REFRESH_TOKEN": ""}

    # Every command, as talkative as it can be.
    machine.quiet("pull", "-vv", **by_file)
    machine.quiet("generate", "-vv", "--vendor-runtime")
    machine.quiet("generate", "-vv", "--no-vendor-runtime")
    machine.quiet("check", "-vv")
    machine.quiet("check", "--live", "-vv", **by_file)
    machine.quiet("doctor", "-vv", code=None, **by_file)
    for kind in ("text", "json", "markdown", "github"):
        machine.quiet("diff", "-vv", "--format", kind, str(machine.folder / "org" / "metadata"))
    for kind in ("json-schema", "openapi", "pydantic", "msgspec", "typeddict", "attrs"):
        machine.quiet("export", "-vv", "--as", kind)
    for kind in ("html", "markdown"):
        machine.quiet("docs", "-vv", "--format", kind, "--output", f"docs_{kind}")
    machine.quiet("migrate", "-vv", ".")
    for program in (
        "print(crm, crm.leads, crm._transport, crm.org().id)",
        "print(crm.leads.query().count())",
    ):
        machine.quiet("console", "-vv", "--live", "-c", program, **by_file)
    machine.quiet("console", "-vv", "--live", "-c", "crm.leads.get('1')", code=1, **by_file)

    # Whatever goes wrong.
    machine.quiet("pull", "-vv", code=2, ZOHO_DC="mars")
    wrong = canaries.secret("wrong secret", "1000.{}.x")
    for name in ("ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"):
        machine.quiet("pull", "-vv", code=1, **{name: wrong})
        machine.quiet("doctor", "-vv", code=1, **{name: wrong})
    password = canaries.secret("password of a proxy", "http://me:{}@127.0.0.1:9")
    proxies = {"http_proxy": password, "HTTP_PROXY": password, "NO_PROXY": "x"}
    machine.quiet("pull", "-vv", "--full", code=1, **proxies)
    machine.quiet("doctor", "-vv", code=1, **proxies)
    for content in (f'{{"refresh_token": "{wrong}"', f'["{wrong}"]', wrong):
        (project / "damaged.json").write_text(content)
        (project / "damaged.json").chmod(0o600)
        machine.quiet("pull", "-vv", code=2, ZOHO_TOKEN_FILE="damaged.json", ZOHO_REFRESH_TOKEN="")
    (project / "damaged.json").unlink()
    for name, fault in FAULTS.items():
        zoho.clear_faults()
        for _ in range(2):
            zoho.inject(fault)
        said = machine.quiet("pull", "-vv", "--full", code=None)
        assert "attempt" in said or "Error" in said, name
        zoho.clear_faults()
    files = look_at_the_files(machine)
    print(
        f"trust: {machine.commands} runs of commands; {len(canaries.secrets)} secrets planted; "
        f"{len(canaries.people)} data of people planted; {files} files searched"
    )


PROGRAM = """
import logging, sys, traceback
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from acme_crm import Crm
from zohohub.errors import ZohoError

crm = Crm.from_env()
print(crm, crm._transport, crm._transport._auth, crm._transport._auth._store)
leads = list(crm.leads.query())
assert len(leads) > 1
first = leads[0]
name, email = first.last_name, first.email or "x@y.zz"
criteria = f"(Nope:equals:{name})"
query = f"select x from Leads where Last_Name = '{name}'"
calls = [
    lambda: crm.request("GET", "Leads/search", params={"email": email}),
    lambda: crm.request("GET", "Leads/search", params={"word": name}),
    lambda: crm.request("GET", "Leads/search", params={"criteria": criteria}),
    lambda: crm.request("POST", "coql", json={"select_query": query}),
    lambda: crm.request("PUT", f"Leads/{first.id}", json={"data": [{"Email": name}]}),
    lambda: crm.request("POST", "Leads", json={"data": [{"First_Name": name}]}),
    lambda: crm.request("POST", "Leads", json={"data": "x" + name}),
    lambda: crm.leads.update(first, email=name),
    lambda: crm.leads.create(first_name=name, last_name="x" * 500),
    lambda: crm.leads.get("1"),
    lambda: crm.request("GET", "Nothing", params={"email": email}),
]
failed = 0
for call in calls:
    try:
        call()
    except ZohoError as error:
        failed += 1
        print(str(error), repr(error), file=sys.stderr)
        traceback.print_exc()
    except Exception as error:
        failed += 1
        print(type(error), file=sys.stderr)
        traceback.print_exc()
print("failed", failed)
"""


@pytest.mark.trust(
    "Secrets and supply chain",
    "a program that logs everything at DEBUG, urllib3’s too, and prints its errors",
    "none leaked",
)
def test_a_program_that_logs_everything_names_nobody(machine: Machine) -> None:
    (machine.project / "program.py").write_text(PROGRAM)
    machine.zoho.inject(Fault("cut_after", path="/crm/v8/Leads/search"))
    machine.zoho.inject(Fault("cut_before", path="/crm/v8/Leads"))
    done = machine.run("program.py")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    failed = int(done.stdout.split()[-1])
    assert failed >= 7, said
    assert "urllib3.connectionpool" in said
    leaks = [line for line in said.splitlines() if machine.canaries.found(line)]
    assert leaks == []
    look_at_the_files(machine)
    print(f"trust: 11 calls; {failed} of them failed; {len(said.splitlines())} lines searched")


def test_the_log_of_the_emulator_shows_no_secret(machine: Machine) -> None:
    zoho, canaries = machine.zoho, machine.canaries
    to = zoho.connection
    form = {"client_id": to.client_id, "client_secret": to.client_secret}
    code = zoho.grant_code()
    exchange = form | {"grant_type": "authorization_code", "code": code}
    by_form = requests.post(f"{to.accounts_url}/oauth/v2/token", data=exchange, timeout=5).json()
    exchange["code"] = zoho.grant_code()
    requests.post(f"{to.accounts_url}/oauth/v2/token", params=exchange, timeout=5)
    bearer = {"Authorization": f"Zoho-oauthtoken {by_form['access_token']}"}
    requests.get(f"{to.api_domain}/crm/v8/org", headers=bearer, timeout=5)
    requests.get(f"{to.api_domain}/crm/v8/org", headers={"Authorization": "x"}, timeout=5)
    revoke = {"token": by_form["refresh_token"]}
    requests.post(f"{to.accounts_url}/oauth/v2/token/revoke", data=revoke, timeout=5)
    requests.post(f"{to.accounts_url}/oauth/v2/token/revoke", params=revoke, timeout=5)
    pages = [requests.get(f"{to.api_domain}/_/requests", timeout=5).text]
    count = len(zoho.requests)
    assert count == 6
    for number in range(1, count + 1):
        page = requests.get(f"{to.api_domain}/_/requests/{number}", timeout=5)
        assert page.ok
        pages.append(page.text)
    pages.append(requests.get(f"{to.api_domain}/__emulator/requests", timeout=5).text)
    pages += [str(zoho.requests), repr(zoho), repr(zoho.connection), repr(zoho.auth())]
    assert [sorted(canaries.found(page, people=False)) for page in pages] == [[]] * len(pages)
