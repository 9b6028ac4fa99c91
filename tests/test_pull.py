"""Pull against the emulator, over real HTTP."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from zohohub.auth import Auth
from zohohub.errors import ApiError, ConfigurationError, api_error
from zohohub.transport import Answer, Transport
from zohohub_gen.diagnostics import Diagnostic, GeneratorError
from zohohub_gen.emulator import Connection, Emulator, Fault
from zohohub_gen.packaged import packaged
from zohohub_gen.pull import PullOutcome, pull, read_org
from zohohub_gen.snapshot import Snapshot, module_files, read_snapshot, snapshot_files

ACME = packaged("acme")


def acme() -> Snapshot:
    """The sample org with what Zoho's newest API says of every module and field."""
    snapshot = read_snapshot(ACME / "metadata")
    for module in snapshot.modules:
        for key, value in (
            ("access_type", "org_based"),
            ("status", "visible"),
            ("visibility", 1),
        ):
            module.setdefault(key, value)
        if module.get("api_supported"):
            snapshot.fields.setdefault(str(module["api_name"]), [])
    for api_name, fields in snapshot.fields.items():
        for field in fields:
            field.setdefault("display_type", -1)
            field.setdefault("type", "used")
        snapshot.fields[api_name] = [field for field in fields if field["type"] == "used"]
    for layouts in snapshot.layouts.values():
        for layout in layouts:
            layout.setdefault("source", "crm")
    return snapshot


@contextmanager
def connected(connection: Connection, retries: int = 1) -> Generator[Transport]:
    auth = Auth(
        connection.client_id,
        connection.client_secret,
        connection.refresh_token,
        accounts_url=connection.accounts_url,
        api_domain=connection.api_domain,
    )
    with closing(Transport(auth, retries=retries)) as transport:
        yield transport


def pulled(snapshot: Snapshot, folder: Path, **options: Any) -> tuple[PullOutcome, list[str]]:
    """Pull from an emulator of this org; the calls that it heard, without the token's."""
    with Emulator(snapshot) as zoho, connected(zoho.connection) as transport:
        outcome = pull(transport, folder, **options)
        return outcome, [
            request.path.removeprefix("/crm/v8/") + _of(request.query)
            for request in zoho.requests
            if request.path.startswith("/crm/")
        ]


def at_once(_seconds: object) -> None:
    """Sleep without sleeping."""


def _of(query: Mapping[str, str]) -> str:
    return f" {query['module']}" if "module" in query else ""


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def module_of(snapshot: Snapshot, api_name: str) -> dict[str, Any]:
    return next(module for module in snapshot.modules if module["api_name"] == api_name)


@pytest.fixture(scope="module")
def acme_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("acme") / "zoho_metadata"
    pulled(acme(), folder)
    return folder


@pytest.fixture
def folder(acme_folder: Path, tmp_path: Path) -> Path:
    """A folder that was pulled before."""
    copy = tmp_path / "zoho_metadata"
    shutil.copytree(acme_folder, copy)
    return copy


# --- the whole of it --------------------------------------------------------------------------


def test_what_is_pulled_is_the_normal_form_of_the_org(acme_folder: Path) -> None:
    assert files(acme_folder) == snapshot_files(acme())


def test_nothing_personal_and_nothing_volatile_is_kept(tmp_path: Path) -> None:
    with (
        Emulator(acme(), records=ACME / "records") as zoho,
        connected(zoho.connection) as transport,
    ):
        users = transport.request("GET", "users", params={"type": "AllUsers"}).json or {}
        modules = transport.request("GET", "settings/modules").json or {}
        pull(transport, tmp_path / "out")
    everything = "".join(files(tmp_path / "out").values())
    people = {
        user[key] for user in users["users"] for key in ("full_name", "last_name", "email", "zuid")
    }
    assert len(people) > 5
    assert any("modified_by" in module and "profiles" in module for module in modules["modules"])
    for person in people:
        assert f'"{person}"' not in everything
    for key in ("profiles", "modified_by", "created_by", "column_name", "email"):
        assert f'"{key}":' not in everything


def test_every_module_that_is_served_costs_three_calls(tmp_path: Path) -> None:
    outcome, calls = pulled(acme(), tmp_path / "out", concurrency=3)
    served = [str(m["api_name"]) for m in acme().modules if m["api_supported"]]
    without_fields = {"Visits"}  # answers 204
    assert sorted(calls) == sorted(
        ["settings/modules", "org", "users"]
        + [f"settings/fields {name}" for name in served]
        + [f"settings/layouts {name}" for name in served]
        + [f"settings/related_lists {name}" for name in served]
    )
    assert outcome.calls == len(calls)
    assert sorted(outcome.read) == served
    assert outcome.diagnostics == (Diagnostic("Visits", "has no fields", "info"),)
    assert {path[7:-5] for path in outcome.changes.created if path.startswith("fields/")} == set(
        served
    )
    assert json.loads((tmp_path / "out/fields/Visits.json").read_text()) == {"fields": []}
    assert without_fields.isdisjoint(
        path[8:-5] for path in outcome.changes.created if path.startswith("layouts/")
    )


def test_the_estimate_is_what_it_costs(tmp_path: Path) -> None:
    class Heard:
        def __init__(self) -> None:
            self.plans: list[tuple[int, int]] = []
            self.names: list[str] = []

        def planned(self, modules: int, calls: int) -> None:
            self.plans.append((modules, calls))

        def read(self, api_name: str) -> None:
            self.names.append(api_name)

    heard = Heard()
    outcome, calls = pulled(acme(), tmp_path / "out", progress=heard)
    assert heard.plans == [(len(outcome.read), len(calls) - 1)]
    assert sorted(heard.names) == sorted(outcome.read)


def test_calls_run_at_the_same_time_but_not_more_than_asked(tmp_path: Path) -> None:
    import threading

    class Counting:
        def __init__(self, inner: Transport) -> None:
            self.inner, self.running, self.most = inner, 0, 0
            self.lock = threading.Lock()

        def request(self, method: str, path: str, **more: Any) -> Answer:
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            try:
                return self.inner.request(method, path, **more)
            finally:
                with self.lock:
                    self.running -= 1

    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        zoho.inject(Fault("slow", times=1000, seconds=0.02, path="/crm/v8/settings/fields"))
        counting = Counting(transport)
        pull(counting, tmp_path / "out", concurrency=4)
    assert counting.most == 4


class Meeting:
    """A sender whose answers to some calls come when others have been asked for as well."""

    def __init__(self, inner: Transport, *paths: str) -> None:
        import threading

        self.inner, self.paths = inner, paths
        self.barrier = threading.Barrier(len(paths))

    def request(self, method: str, path: str, **more: Any) -> Answer:
        if path in self.paths and not more.get("headers"):
            self.barrier.wait(10)  # seconds; breaks where they are asked for one by one
        return self.inner.request(method, path, **more)


def test_a_first_pull_asks_whose_org_it_is_while_the_modules_come(tmp_path: Path) -> None:
    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        sender = Meeting(transport, "settings/modules", "org", "users")
        pull(sender, tmp_path / "out", concurrency=3)
        assert sum(request.path == "/oauth/v2/token" for request in zoho.requests) == 1
    assert files(tmp_path / "out") == snapshot_files(acme())


def test_a_later_pull_asks_for_org_and_user_together(folder: Path) -> None:
    changed = acme()
    module_of(changed, "Leads")["modified_time"] = "2026-09-01T10:00:00+02:00"
    with Emulator(changed) as zoho, connected(zoho.connection) as transport:
        outcome = pull(Meeting(transport, "org", "users"), folder)
    assert outcome.read == ("Leads",)


def test_files_are_made_while_other_modules_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    made: list[str] = []
    seen = threading.Event()

    def make(api_name: str, found: Any) -> dict[str, str]:
        made.append(api_name)
        seen.set()
        return module_files(api_name, found)

    class Waiting:
        def __init__(self, inner: Transport) -> None:
            self.inner = inner

        def request(self, method: str, path: str, **more: Any) -> Answer:
            if (more.get("params") or {}).get("module") == "Leads":
                assert seen.wait(10), "no file was made before the last answer"
            return self.inner.request(method, path, **more)

    monkeypatch.setattr("zohohub_gen.pull.module_files", make)
    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        reading = read_org(Waiting(transport), Snapshot([]), tmp_path)
    assert sorted(made) == sorted(reading.read)
    expected = snapshot_files(reading.snapshot)
    del expected["modules.json"], expected["org.json"]
    assert reading.made.items() >= expected.items()
    # They are taken as they are.
    marked = {path: f"{text} " for path, text in reading.made.items()}
    assert (
        snapshot_files(reading.snapshot, marked).items()
        >= {path: marked[path] for path in expected}.items()
    )


def test_names_json_and_foreign_files_stay(folder: Path) -> None:
    (folder / "names.json").write_text("{}\n")
    (folder / "README.md").write_text("ours\n")
    (folder / "fields" / "notes.txt").write_text("ours\n")
    outcome, _ = pulled(acme(), folder, full=True)
    assert not outcome.changes
    assert {"names.json", "README.md", "fields/notes.txt"} <= files(folder).keys()


# --- again ------------------------------------------------------------------------------------


def test_an_unchanged_org_costs_two_calls(folder: Path) -> None:
    before = files(folder)
    outcome, calls = pulled(acme(), folder)
    assert calls == ["settings/modules", "settings/modules"]
    assert (outcome.calls, outcome.read, bool(outcome.changes)) == (2, (), False)
    assert files(folder) == before


def test_an_org_where_nothing_was_ever_changed_costs_one_call(tmp_path: Path) -> None:
    snapshot = acme()
    for module in snapshot.modules:
        module["modified_time"] = None
    pulled(snapshot, tmp_path / "out")
    assert pulled(snapshot, tmp_path / "out")[1] == ["settings/modules"]


def test_full_reads_everything_again(folder: Path) -> None:
    outcome, calls = pulled(acme(), folder, full=True)
    assert len(calls) == outcome.calls == 3 + 3 * len(outcome.read)
    assert not outcome.changes


def test_a_changed_module_is_read_again_and_no_other(folder: Path) -> None:
    changed = acme()
    module_of(changed, "Leads")["modified_time"] = "2026-09-01T10:00:00+02:00"
    changed.fields["Leads"][0]["field_label"] = "Renamed"
    outcome, calls = pulled(changed, folder)
    of_leads = ["settings/fields Leads", "settings/layouts Leads", "settings/related_lists Leads"]
    assert sorted(calls[2:4]) == ["org", "users"]  # which run at the same time
    assert calls[4:] == of_leads
    assert outcome.read == ("Leads",)
    assert outcome.changes.changed == ("fields/Leads.json", "modules.json")
    assert files(folder) == snapshot_files(changed)


def test_a_module_whose_entry_alone_changed_is_read_again(folder: Path) -> None:
    changed = acme()
    module_of(changed, "Notes")["creatable"] = False
    assert pulled(changed, folder)[0].read == ("Notes",)
    assert files(folder) == snapshot_files(changed)


def test_the_order_of_the_tabs_is_no_change(folder: Path) -> None:
    changed = acme()
    for module in changed.modules:
        module["sequence_number"] = module.get("sequence_number", 0) + 1
    outcome, calls = pulled(changed, folder)
    assert len(calls) == 2
    assert not outcome.changes


def test_the_time_zone_of_the_user_is_no_change(folder: Path) -> None:
    class Elsewhere:
        def __init__(self, inner: Transport) -> None:
            self.inner = inner

        def request(self, method: str, path: str, **more: Any) -> Answer:
            answer = self.inner.request(method, path, **more)
            for module in (answer.json or {}).get("modules", []):
                if module["modified_time"]:
                    time = datetime.fromisoformat(module["modified_time"])
                    zone = timezone(timedelta(hours=5, minutes=30))
                    module["modified_time"] = time.astimezone(zone).isoformat()
            return answer

    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        outcome = pull(Elsewhere(transport), folder)
    assert outcome.calls == 2
    assert not outcome.changes


def test_new_and_deleted_modules(folder: Path) -> None:
    changed = acme()
    changed.modules.remove(module_of(changed, "Tasks"))
    del changed.fields["Tasks"], changed.layouts["Tasks"]
    new = {**module_of(changed, "Notes"), "api_name": "Memos", "id": "6100000000000009999"}
    changed.modules.append(new)
    changed.fields["Memos"] = deepcopy(changed.fields["Notes"])
    outcome, _ = pulled(changed, folder)
    assert (outcome.read, outcome.removed) == (("Memos",), ("Tasks",))
    assert outcome.changes.deleted == ("fields/Tasks.json", "layouts/Tasks.json")
    assert outcome.changes.created == ("fields/Memos.json",)
    assert files(folder) == snapshot_files(changed)


def new_lookup(snapshot: Snapshot, module: str, target: str, **more: Any) -> None:
    """Add a lookup to a module, which makes a related list in the other."""
    field = {
        "id": "6100000000000059999",
        "api_name": "Newest",
        "data_type": "lookup",
        "json_type": "jsonobject",
        "field_label": "Newest",
        "display_type": -1,
        "type": "used",
        "lookup": {
            "module": {"api_name": target, "id": module_of(snapshot, target)["id"]},
            "api_name": "Newest_List",
            "display_label": "Newest",
            "id": "6100000000000059997",
            **more,
        },
    }
    snapshot.fields[module].append(field)
    snapshot.related_lists.setdefault(target, []).append(
        {
            "id": "6100000000000059997",
            "api_name": "Newest_List",
            "display_label": field["lookup"]["display_label"],
            "module": {"api_name": module, "id": module_of(snapshot, module)["id"]},
            "href": f"{target}/{{ENTITYID}}/Newest_List",
            "status": "visible",
        }
    )
    module_of(snapshot, module)["modified_time"] = "2026-09-01T10:00:00+02:00"


@pytest.mark.parametrize("module", ["Leads", "Cases"])
def test_a_new_lookup_reads_the_lists_of_its_target_again(folder: Path, module: str) -> None:
    """Zoho does not count the list as a change of the module that it is in."""
    changed = acme()
    new_lookup(changed, module, "Accounts")
    outcome, calls = pulled(changed, folder)
    assert outcome.read == (module,)
    assert calls[4:] == [
        f"settings/fields {module}",
        f"settings/layouts {module}",
        f"settings/related_lists {module}",
        "settings/related_lists Accounts",
    ]
    assert files(folder) == snapshot_files(changed)
    assert "related_lists/Accounts.json" in outcome.changes.changed

    renamed = acme()
    new_lookup(renamed, module, "Accounts", display_label="Latest")
    module_of(renamed, module)["modified_time"] = "2026-09-02T10:00:00+02:00"
    pulled(renamed, folder)
    assert files(folder) == snapshot_files(renamed)

    original = acme()
    module_of(original, module)["modified_time"] = "2026-09-03T10:00:00+02:00"
    pulled(original, folder)
    assert files(folder) == snapshot_files(original)


def test_a_lookup_of_the_own_module_reads_nothing_twice(folder: Path) -> None:
    changed = acme()
    new_lookup(changed, "Accounts", "Accounts")
    _, calls = pulled(changed, folder)
    assert len([call for call in calls if call.startswith("settings/related_lists")]) == 1
    assert files(folder) == snapshot_files(changed)


def test_a_module_that_goes_takes_its_lists_with_it(folder: Path) -> None:
    changed = acme()
    changed.modules.remove(module_of(changed, "Service_Contracts"))
    del changed.fields["Service_Contracts"], changed.related_lists["Service_Contracts"]
    for lists in changed.related_lists.values():
        lists[:] = [each for each in lists if "Service_Contracts" not in each["api_name"]]
    outcome, calls = pulled(changed, folder)
    assert sorted(calls[2:]) == [
        "settings/related_lists Accounts",
        "settings/related_lists Installations",
    ]
    assert (outcome.read, outcome.removed) == ((), ("Service_Contracts",))
    assert files(folder) == snapshot_files(changed)


def test_the_estimate_covers_lists_that_other_modules_changed(folder: Path) -> None:
    class Heard:
        def __init__(self) -> None:
            self.plans: list[tuple[int, int]] = []
            self.names: list[str] = []

        def planned(self, modules: int, calls: int) -> None:
            self.plans.append((modules, calls))

        def read(self, api_name: str) -> None:
            self.names.append(api_name)

    heard = Heard()
    changed = acme()
    new_lookup(changed, "Leads", "Accounts")
    _, calls = pulled(changed, folder, progress=heard)
    assert heard.plans == [(1, 5), (2, 1)]
    assert sum(cost for _, cost in heard.plans) == len(calls) - 2
    assert heard.names == ["Leads", "Accounts"]


def test_a_module_that_zoho_says_has_changed_is_read_although_its_entry_has_not(
    folder: Path,
) -> None:
    class Reporting:
        def __init__(self, inner: Transport) -> None:
            self.inner = inner

        def request(self, method: str, path: str, **more: Any) -> Answer:
            answer = self.inner.request(method, path, **more)
            if more.get("headers"):
                return Answer(200, {"modules": [entry]}, answer.headers)
            return answer

    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        modules = transport.request("GET", "settings/modules").json or {}
        entry = next(each for each in modules["modules"] if each["api_name"] == "Notes")
        assert pull(Reporting(transport), folder).read == ("Notes",)


def test_a_server_that_ignores_the_condition_costs_nothing_more(folder: Path) -> None:
    class Ignoring:
        def __init__(self, inner: Transport) -> None:
            self.inner = inner

        def request(self, method: str, path: str, **more: Any) -> Answer:
            return self.inner.request(method, path, **{**more, "headers": None})

    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        assert pull(Ignoring(transport), folder).calls == 2


def test_a_missing_file_of_fields_is_read_again(folder: Path) -> None:
    before = files(folder)
    (folder / "fields" / "Deals.json").unlink()
    assert pulled(acme(), folder)[0].read == ("Deals",)
    assert files(folder) == before


def test_a_broken_snapshot_is_replaced(folder: Path) -> None:
    before = files(folder)
    (folder / "modules.json").write_text("<<<<<<< HEAD\n{")
    outcome, _ = pulled(acme(), folder)
    assert files(folder) == before
    assert any("everything is read again" in each.message for each in outcome.diagnostics)


def test_a_snapshot_made_by_hand_is_brought_into_normal_form(tmp_path: Path) -> None:
    folder = tmp_path / "by_hand"
    (folder / "fields").mkdir(parents=True)
    (folder / "fields" / "Leads.json").write_text(
        json.dumps({"fields": [{"api_name": "Old", "id": "1", "data_type": "text"}]})
    )
    pulled(acme(), folder)
    assert files(folder) == snapshot_files(acme())


# --- language ---------------------------------------------------------------------------------


def test_the_language_is_recorded(acme_folder: Path) -> None:
    assert json.loads((acme_folder / "org.json").read_text())["language"] == "en_US"


def test_another_language_warns_and_takes_everything_in_it(folder: Path) -> None:
    original = acme()
    german = replace(original, language="de_DE")
    module_of(german, "Leads")["plural_label"] = "Interessenten"
    for fields in german.fields.values():
        for field in fields:
            field["field_label"] = f"{field['field_label']} (de)"
    outcome, calls = pulled(german, folder)
    (warning,) = [each for each in outcome.diagnostics if each.severity == "warning"]
    assert warning.place == "language"
    assert "now come in de_DE, and were in en_US" in warning.message
    assert files(folder) == snapshot_files(german)
    assert len([call for call in calls if call.startswith("settings/fields")]) == len(outcome.read)


def test_layouts_keep_what_they_add_and_no_names_of_people() -> None:
    def layout(*sections: dict[str, Any]) -> Snapshot:
        entry = {"id": "7", "name": "Standard", "created_by": {"name": "Jane"}}
        return Snapshot([], layouts={"Leads": [{**entry, "sections": list(sections)}]})

    user = {"api_name": "Owner", "default_value": {"name": "Jane Doe", "id": "9"}, "length": 120}
    company = {"api_name": "Company", "required": True, "sequence_number": 3, "default_value": "x"}
    first: dict[str, Any] = {"name": "First", "sequence_number": 1, "fields": [user, company]}
    second: dict[str, Any] = {"name": "Second", "sequence_number": 2, "fields": []}
    written = snapshot_files(layout(second, first))["layouts/Leads.json"]
    assert written == snapshot_files(layout(first, second))["layouts/Leads.json"]
    (normal,) = json.loads(written)["layouts"]
    assert [section["name"] for section in normal["sections"]] == ["First", "Second"]
    assert normal["sections"][0]["fields"] == [
        {"api_name": "Company", "default_value": "x", "required": True},
        {"api_name": "Owner", "default_value": {"id": "9"}},
    ]
    assert "Jane" not in written


@pytest.mark.parametrize(
    "key",
    [
        *("created_by", "created_for", "modified_by", "owner", "shared_to", "email"),
        *("profiles", "private_profile"),
    ],
)
def test_nobody_is_named_in_any_file(key: str) -> None:
    jane = {"name": "Jane Doe", "email": "jane@example.com"}
    item = {"api_name": "Leads", "id": "1", key: jane, "inside": [{"id": "2", key: [jane]}]}
    org = {"id": "7", "primary_email": "jane@example.com", "employee": "Jane", key: jane}
    by_module = {"Leads": [item]}
    written = snapshot_files(
        Snapshot([item], by_module, by_module, org=org, related_lists=by_module)
    )
    assert len(written) == 5
    assert [path for path, text in written.items() if "jane" in text.lower()] == []


# --- what is refused --------------------------------------------------------------------------


class Refusing:
    """Zoho's answers, but for some calls an error instead."""

    def __init__(self, inner: Transport, errors: Mapping[tuple[str, str], ApiError]) -> None:
        self.inner = inner
        self.errors = errors

    def request(self, method: str, path: str, **more: Any) -> Answer:
        params: dict[str, str] = more.get("params") or {}
        module = params.get("module", "*")
        error = self.errors.get((path, module)) or self.errors.get((path, "all"))
        if error is not None:
            raise error
        return self.inner.request(method, path, **more)


def refusal(status: int, code: str) -> ApiError:
    return api_error(
        status,
        {"code": code, "details": {}, "message": "no", "status": "error"},
        "GET /crm/v8/settings/fields",
    )


def pull_refused(
    folder: Path, errors: Mapping[tuple[str, str], ApiError], **options: Any
) -> PullOutcome:
    with Emulator(acme()) as zoho, connected(zoho.connection) as transport:
        return pull(Refusing(transport, errors), folder, **options)


@pytest.mark.parametrize(
    ("status", "code", "severity"),
    [
        (400, "INVALID_MODULE", "info"),
        (403, "NO_PERMISSION", "warning"),
        (400, "NO_PERMISSION", "warning"),
        (400, "FEATURE_NOT_ENABLED", "info"),
        (403, "NOT_SUPPORTED", "info"),
        (400, "INVALID_QUERY", "info"),
        (401, "OAUTH_SCOPE_MISMATCH", "warning"),
        (400, "REQUIRED_PARAM_MISSING", "info"),
        (400, "AUTHORIZATION_FAILED", "warning"),
        (400, "SOMETHING_NEW", "warning"),
    ],
)
def test_a_module_that_is_refused_is_left_out(
    tmp_path: Path, status: int, code: str, severity: str
) -> None:
    error = refusal(status, code)
    outcome = pull_refused(tmp_path / "out", {("settings/fields", "Leads"): error})
    (remark,) = [each for each in outcome.diagnostics if each.place == "Leads"]
    assert remark.message == f"Zoho refuses with {code} (no); it was left out"
    assert remark.severity == severity
    expected = snapshot_files(acme()) | {"fields/Leads.json": '{\n  "fields": []\n}\n'}
    del expected["layouts/Leads.json"], expected["related_lists/Leads.json"]
    assert files(tmp_path / "out") == expected
    before = files(tmp_path / "out")
    again, calls = pulled(acme(), tmp_path / "out")
    assert len(calls) == 2, "it is not asked for again until it changes"
    assert files(tmp_path / "out") == before
    assert not again.diagnostics


def test_a_module_that_is_refused_now_and_was_not_before_warns(folder: Path) -> None:
    errors = {("settings/fields", "Leads"): refusal(400, "INVALID_MODULE")}
    outcome = pull_refused(folder, errors, full=True)
    (warning,) = [each for each in outcome.diagnostics if each.severity == "warning"]
    assert warning.message.endswith("its fields were taken out")


@pytest.mark.parametrize("what", ["layouts", "related_lists"])
def test_what_is_refused_beside_the_fields_leaves_them(tmp_path: Path, what: str) -> None:
    errors = {(f"settings/{what}", "Leads"): refusal(400, "INVALID_MODULE")}
    outcome = pull_refused(tmp_path / "out", errors)
    (remark,) = [each for each in outcome.diagnostics if each.place == "Leads"]
    assert remark.message.endswith(f"its {what.replace('_', ' ')} were left out")
    assert remark.severity == "info"
    expected = snapshot_files(acme())
    del expected[f"{what}/Leads.json"]
    assert files(tmp_path / "out") == expected


@pytest.mark.parametrize("what", ["layouts", "related_lists"])
def test_a_missing_scope_is_said_once(tmp_path: Path, what: str) -> None:
    errors = {(f"settings/{what}", "all"): refusal(401, "OAUTH_SCOPE_MISMATCH")}
    outcome = pull_refused(tmp_path / "out", errors)
    (warning,) = [each for each in outcome.diagnostics if each.severity == "warning"]
    assert f"ZohoCRM.settings.{what}.READ" in warning.message
    assert f"the {what.replace('_', ' ')} of 23 modules" in warning.message
    assert "pull --full" in warning.message


def test_org_and_user_may_be_refused(tmp_path: Path) -> None:
    refused = refusal(401, "OAUTH_SCOPE_MISMATCH")
    outcome = pull_refused(tmp_path / "out", {("org", "*"): refused, ("users", "*"): refused})
    assert {each.place for each in outcome.diagnostics} == {"org", "users", "Visits"}
    expected = snapshot_files(acme())
    del expected["org.json"]
    assert files(tmp_path / "out") == expected


def test_what_was_known_of_org_and_user_stays_where_they_are_refused(folder: Path) -> None:
    """Without the id of the org, the next pull could put another org here."""
    before = files(folder)
    (folder / "fields" / "Leads.json").unlink()
    refused = refusal(401, "OAUTH_SCOPE_MISMATCH")
    pull_refused(folder, {("org", "*"): refused, ("users", "*"): refused})
    assert files(folder) == before


# --- what stops it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({("settings/fields", "all"): (401, "OAUTH_SCOPE_MISMATCH")}, "pull needs ZohoCRM."),
        ({("settings/modules", "*"): (401, "OAUTH_SCOPE_MISMATCH")}, "pull needs ZohoCRM."),
        ({("settings/modules", "*"): (403, "NO_PERMISSION")}, "NO_PERMISSION"),
        ({("settings/fields", "Leads"): (401, "INVALID_TOKEN")}, "INVALID_TOKEN"),
        ({("settings/fields", "Leads"): (429, "TOO_MANY_REQUESTS")}, "TOO_MANY_REQUESTS"),
        ({("settings/fields", "Leads"): (429, "DAILY_LIMIT_EXCEEDED")}, "DAILY_LIMIT_EXCEEDED"),
        pytest.param(
            {("settings/fields", "Leads"): (400, "INVALID_HOST")},
            "INVALID_HOST",
            marks=pytest.mark.slow,
        ),
        ({("settings/layouts", "Leads"): (500, "INTERNAL_ERROR")}, "INTERNAL_ERROR"),
        ({("users", "*"): (403, "INACTIVE_USER")}, "INACTIVE_USER"),
    ],
)
def test_nothing_is_written_when_it_stops(
    folder: Path, errors: dict[tuple[str, str], tuple[int, str]], expected: str
) -> None:
    before = files(folder)
    refusals = {call: refusal(*error) for call, error in errors.items()}
    with pytest.raises(GeneratorError, match="nothing was written") as caught:
        pull_refused(folder, refusals, full=True)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files(folder) == before


def test_a_server_that_fails_for_good_stops_it(folder: Path) -> None:
    before = files(folder)
    with Emulator(acme()) as zoho, connected(zoho.connection, retries=0) as transport:
        zoho.inject(Fault("status", status=503, times=1000, path="/crm/v8/settings/fields"))
        with pytest.raises(GeneratorError, match="SERVICE_UNAVAILABLE"):
            pull(transport, folder, full=True)
    assert files(folder) == before


def test_a_server_that_fails_now_and_then_does_not(tmp_path: Path) -> None:
    # One call may meet two of the faults.
    with Emulator(acme()) as zoho, connected(zoho.connection, retries=3) as transport:
        transport._sleep = at_once  # pyright: ignore[reportPrivateUsage]  # no wait
        zoho.inject(Fault("status", status=503, path="/crm/v8/settings/fields"))
        zoho.inject(Fault("status", status=429, path="/crm/v8/settings/layouts"))
        zoho.inject(Fault("cut_before", path="/crm/v8/settings/fields", skip=3))
        zoho.inject(Fault("expire_token", path="/crm/v8/settings/fields", skip=8))
        pull(transport, tmp_path / "out")
    assert files(tmp_path / "out") == snapshot_files(acme())


def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    auth = Auth("id", "secret", "token", accounts_url=f"http://127.0.0.1:{port}")
    auth._sleep = at_once  # pyright: ignore[reportPrivateUsage]  # no wait
    with pytest.raises(GeneratorError, match=r"no connection.*; nothing was written") as caught:
        pull(Transport(auth), tmp_path / "out")
    assert "secret" not in str(caught.value).replace("client secret", "")
    assert not (tmp_path / "out").exists()


def test_wrong_credentials(tmp_path: Path) -> None:
    with Emulator(acme()) as zoho:
        connection = zoho.connection
        auth = Auth(connection.client_id, "wrong", "token", accounts_url=connection.accounts_url)
        with pytest.raises(GeneratorError, match="the client secret is wrong; nothing was"):
            pull(Transport(auth), tmp_path / "out")


def test_an_impossible_address_is_configuration(tmp_path: Path) -> None:
    auth = Auth("id", "secret", "token", accounts_url="http://")
    with pytest.raises(ConfigurationError):
        pull(Transport(auth), tmp_path / "out")


def test_no_modules_at_all(tmp_path: Path) -> None:
    class Empty:
        def request(self, method: str, path: str, **more: Any) -> Answer:
            return Answer(204, None, {})

    with pytest.raises(GeneratorError, match="lists no modules"):
        pull(Empty(), tmp_path / "out")


def test_odd_answers_are_taken(tmp_path: Path) -> None:
    """Names that lead out of the folder, fractions, shapes that nobody expects."""

    class Odd:
        def request(self, method: str, path: str, **more: Any) -> Answer:
            answers: dict[str, Any] = {
                "settings/modules": [
                    {"api_name": "../../evil", "api_supported": True, "odd": Decimal("12.50")},
                    {"api_name": "../../evil", "api_supported": True},
                    {"api_name": None},
                    "nonsense",
                ],
                "settings/fields": [{"api_name": "A", "id": "1", "data_type": "text"}],
                "org": None,
                "users": [{"locale": "fr_FR", "full_name": "Jane Doe", "email": "jane@x.org"}],
            }
            key = path.rpartition("/")[2]
            return Answer(200, {key: answers.get(path)}, {"X-API-CREDITS-REMAINING": "1234"})

    outcome = pull(Odd(), tmp_path / "a" / "b" / "out")
    assert sorted(files(tmp_path)) == [
        f"a/b/out/{name}"
        for name in ("fields/%2E%2E%2F%2E%2E%2Fevil.json", "modules.json", "org.json")
    ]
    assert outcome.credits_left == 1234
    assert outcome.read == ("../../evil",)
    everything = "".join(files(tmp_path).values())
    assert "Jane" not in everything
    assert '"odd": 12.5' in everything
    assert '"language": "fr_FR"' in everything


def test_half_a_character_is_told_in_one_sentence() -> None:
    """JSON can hold half of a surrogate pair, UTF-8 cannot."""
    field = {"api_name": "Mood", "id": "7", "field_label": "Mood \ud83d"}
    with pytest.raises(GeneratorError) as caught:
        snapshot_files(Snapshot([{"api_name": "Leads"}], {"Leads": [field]}))
    assert str(caught.value) == (
        'fields/Leads.json cannot be written: \'"field_label": "Mood \\ud83d",\' holds half of a '
        "character, as text does that was cut in its middle; correct it in Zoho and pull again"
    )
    with pytest.raises(GeneratorError, match=r"modules.json cannot be written: .*\\udc00"):
        snapshot_files(Snapshot([{"api_name": "L\udc00"}], {"L\udc00": []}))
