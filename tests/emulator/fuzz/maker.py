"""Makes requests for every route that the application has."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random
from typing import Any, TypeAlias

from werkzeug.routing import Rule
from zohohub_gen.emulator.faults import KINDS
from zohohub_gen.emulator.server import Connection

from .calls import Call
from .nasty import DEEP, NASTY, TEXTS, garble, spoil, write
from .org import Org
from .queries import coql, criteria, json_criteria

Body: TypeAlias = Any

_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
_NOWHERE = "http://127.0.0.1:9/told"
"""Where notifications go: nobody listens."""
_MOMENTS = (
    *("2026-01-01T00:00:00+00:00", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00-12:00", "now"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", ""),
)


class Maker:
    """Requests out of one source of chance, with what is known of the org."""

    def __init__(
        self, random: Random, org: Org, rules: Iterable[Rule], connection: Connection
    ) -> None:
        self.random = random
        self.org = org
        self._connection = connection
        self.routes = sorted(
            (rule.rule, method)
            for rule in rules
            for method in rule.methods or ()
            if method != "OPTIONS"
        )
        # A body belongs to the end of an address; the first one that fits counts.
        self._bodies: tuple[tuple[str, Callable[[str], Body]], ...] = (
            ("/coql", self._coql),
            ("/upsert", self._upsert),
            ("/actions/convert", self._convert),
            ("/actions/mass_update", self._mass_update),
            ("/actions/change_owner", self._change_owner),
            ("_tags", self._tags),
            ("/actions/restore", self._restore),
            ("/actions/blueprint", self._blueprint),
            ("/actions/get_related_records_count", self._related_counts),
            ("/__composite_requests", self._composite),
            ("/bulk/<version:version>/read", self._bulk_read),
            ("/bulk/<version:version>/write", self._bulk_write),
            ("/settings/variables", self._variables),
            ("/settings/variables/<name>", self._variables),
            ("/actions/watch", self._watch),
            ("/__emulator/faults", self._fault),
            ("/__emulator/limits", self._limits),
            ("/__emulator/clock", lambda _: {"advance": self._pick(0, 1, 1.5, 3600)}),
            ("/Notes", lambda _: self._data([self._note(), self._note()])),
            ("/Notes/<note_id>", lambda _: self._data([self._note()])),
            ("/<related>", self._linked),
            ("/<related_id>", self._linked),
        )

    # --- a call ---------------------------------------------------------------------------

    def call(self, route: tuple[str, str], module: str | None = None) -> Call:
        """A request for a route, about that module or any."""
        rule, method = route
        module = module or self.org.module(self.random)
        if "/Leads/" in rule:
            module = "Leads"

        def part(found: re.Match[str]) -> str:
            return self._part(found[1], found[2], module)

        call = Call(
            method,
            _PLACE.sub(part, rule),
            query=tuple(self._query(rule, module)),
            headers=tuple(self._headers(rule)),
            rule=f"{method} {rule}",
            module=module,
        )
        if method in ("POST", "PUT", "PATCH") or self.random.random() < 0.03:
            call = self._with_body(call, rule, module)
        return self._odd(call) if self.random.random() < 0.06 else call

    def _odd(self, call: Call) -> Call:
        """Lies of the protocol, and addresses that are no route."""
        match self.random.randrange(6):
            case 0:
                return replace(call, length=len(call.body or b"") + self._pick(1, 10, 10**6))
            case 1 if call.body:
                return replace(call, length=len(call.body) // 2)
            case 2:
                return replace(call, method=self._pick("PATCH", "OPTIONS", "TRACE", "FOO", "HEAD"))
            case 3:
                return replace(
                    call, path=call.path + self._pick("/", "//", "/x", "/..", "%00", ";a")
                )
            case 4:
                return replace(call, path="/crm/v9" + call.path[7:])
            case _:
                names = ("Content-Encoding", "Accept", "X-HTTP-Method-Override", "Range", "Cookie")
                header = (self._pick(*names), self._pick("gzip", "DELETE", "bytes=0-1", "a=b;;=;"))
                return replace(call, headers=(*call.headers, header))

    def _part(self, converter: str | None, name: str, module: str) -> str:
        if converter == "version":
            return self._pick("v8", "v8", "v8", "v2", "v2.1", "v7")
        if converter == "module":
            return module
        if self.random.random() < 0.06:
            text = self._pick(*TEXTS)
            return text.replace("/", "%2F") or "x"
        if name == "related":
            return self.random.choice(self.org.lists or ["Notes"])
        if name == "name":
            return self._pick("Greeting", module, self.org.id(self.random))
        return self.org.id(self.random, module if name == "record_id" else None) or "x"

    def _headers(self, rule: str) -> Iterable[tuple[str, str]]:
        if rule.startswith("/crm/"):
            bad = self._pick("Bearer x", "Zoho-oauthtoken", "", "Zoho-oauthtoken \x00", "Basic é")
            yield "Authorization", bad if self._rarely(0.01) else "Zoho-oauthtoken {token}"
        for name in ("If-Modified-Since", "If-Unmodified-Since"):
            if self._rarely(0.05):
                yield name, self._pick(*_MOMENTS)
        if self._rarely(0.03):
            yield "X-EXTERNAL", self._pick("Leads.Name", "Leads", "..", "é", "Contacts.External_Id")
        if rule.endswith("/upload"):
            yield "feature", "bulk-write"
            yield "X-CRM-ORG", self.org.org_id
        if rule.startswith("/__emulator") and self._rarely(0.05):
            yield self._pick("Origin", "Sec-Fetch-Site"), self._pick("null", "http://x", "é", "[")

    def _query(self, rule: str, module: str) -> Iterable[tuple[str, str]]:
        if rule.startswith("/oauth/"):
            yield from self._consent()
            return
        known: dict[str, Callable[[], object]] = {
            "fields": lambda: ",".join(
                self.org.field(self.random, module) for _ in range(self._pick(1, 2, 5, 51))
            ),
            "ids": lambda: ",".join(
                self.org.id(self.random, module) for _ in range(self._pick(1, 2, 5, 101))
            ),
            "page": lambda: self._pick(1, 2, 10, 11, 0, -1, 10**9),
            "per_page": lambda: self._pick(1, 2, 200, 201, 0),
            "page_token": lambda: self._pick(*self.org.tokens, "x"),
            "sort_by": lambda: self._pick(
                "id", "Created_Time", self.org.field(self.random, module)
            ),
            "sort_order": lambda: self._pick("asc", "desc", "up"),
            "criteria": lambda: criteria(self.random, self.org, module),
            "email": lambda: self._pick("a@example.com", "%", "'"),
            "phone": lambda: self._pick("044", "+41 44"),
            "word": lambda: self._pick("a", "Mül", "%", '"'),
            "cvid": lambda: self.org.id(self.random),
            "module": lambda: self.org.module(self.random),
            "type": lambda: self._pick(
                "all", "used", "unused", "AllUsers", "AdminUsers", "recycle"
            ),
            "include": lambda: "allowed_permissions_to_update",
            "converted": lambda: self._pick("true", "false", "both"),
            "approved": lambda: self._pick("true", "false", "both"),
            "group": lambda: "General",
            "filters": lambda: write(
                spoil(self.random, json_criteria(self.random, self.org, module), self.org.ids)
            ),
            "layout_id": lambda: self.org.id(self.random),
            "job_id": lambda: self.org.id(self.random),
            "id": lambda: self._pick(*self.org.files, self.org.id(self.random)),
            "channel_id": lambda: self._pick("1001", "x"),
            "channel_ids": lambda: self._pick("1001", "1001,1002", "x,"),
            "attachmentUrl": lambda: self._pick("http://127.0.0.1:9/x", "x"),
            "wf_trigger": lambda: self._pick("true", "false"),
        }
        wanted = set(self.random.sample(sorted(known), self._pick(0, 0, 1, 2, 4)))
        for name, often, ends in (
            ("fields", 0.7, ("<module:module>", "/<related>", "Notes", "Attachments", "full_data")),
            ("ids", 0.6, ("<module:module>", "full_data", "/<related>")),
            ("criteria", 0.7, ("/search", "/count")),
            ("module", 0.8, ("/fields", "/layouts", "/tags", "/related_lists", "_views")),
            ("layout_id", 0.8, ("/pipeline",)),
            ("id", 0.8, ("/files",)),
            ("job_id", 0.7, ("/mass_update",)),
            ("channel_ids", 0.7, ("/watch",)),
        ):
            if rule.endswith(ends) and self._rarely(often):
                wanted.add(name)
        for name in sorted(wanted):
            spoilt = self._rarely(0.1)
            yield name, self._pick(*TEXTS) if spoilt else str(known[name]())
            if self._rarely(0.02):
                yield name, "twice"
        if self._rarely(0.02):
            yield self._pick(*TEXTS), self._pick(*TEXTS)

    # --- bodies ---------------------------------------------------------------------------

    def _with_body(self, call: Call, rule: str, module: str) -> Call:
        files = ("/photo", "/Attachments", "/files", "/upload")
        if rule.endswith(files) or self._rarely(0.01):
            kind, data = self._form(rule)
        elif rule.startswith("/oauth/"):
            kind = "application/x-www-form-urlencoded"
            form = Call("POST", "", tuple(self._consent())).target
            data = form.partition("?")[2].encode()
        else:
            kind = "application/json"
            data = self._json(rule, module)
        if self._rarely(0.06):
            data = garble(self.random, data)
        if self._rarely(0.04):
            kind = self._pick(
                *(
                    "text/plain",
                    "application/json; charset=utf-16",
                    "application/json;charset=nope",
                ),
                *(
                    "multipart/form-data",
                    "application/x-www-form-urlencoded",
                    "",
                    "é/ø",
                    "a/b;c=\x01",
                ),
                *("multipart/form-data; boundary=", 'multipart/form-data; boundary="é"'),
            )
        header = ("Content-Type", kind)
        chunked = self._rarely(0.1)
        return replace(call, headers=(*call.headers, header), body=data, chunked=chunked)

    def _json(self, rule: str, module: str) -> bytes:
        body = self.body(rule, module)
        for _ in range(self._pick(0, 0, 1, 1, 1, 2, 5)):
            body = spoil(self.random, body, self.org.ids)
        if self._rarely(0.02):
            body = self._pick(*NASTY, *DEEP)
        return write(body).encode("utf-8", "surrogatepass")

    def body(self, rule: str, module: str) -> Body:
        """What such a route takes; for one that nobody has told of, a body with every key."""
        for end, make in self._bodies:
            if rule.endswith(end):
                return make(module)
        records = [self.record(module) for _ in range(self._pick(1, 1, 2, 5))]
        last = next((part for part in reversed(rule.split("/")) if part[:1] != "<"), "data")
        if rule.endswith(("<module:module>", "<record_id>", "/clone")) or self._rarely(0.5):
            return self._data(records)
        return {last: records, "data": records, "ids": self._ids(module)}

    def _data(self, records: list[Body]) -> Body:
        return {"data": records, "trigger": self._pick([], ["workflow"], ["x"])}

    def record(self, module: str) -> dict[str, Body]:
        """A record of a module, mostly right."""
        known = self.org.fields.get(module, {})
        names = [name for name in known if name != "id"]
        chosen = self.random.sample(names, min(len(names), self._pick(1, 3, 8)))
        chosen += [name for name, raw in known.items() if raw.get("system_mandatory") is True]
        record = {name: self._value(known[name]) for name in dict.fromkeys(chosen)}
        if self._rarely(0.5):
            record["id"] = self.org.id(self.random, module)
        if self._rarely(0.1):
            record["$append_values"] = dict.fromkeys(chosen, True)
        if self._rarely(0.1):
            record["$se_module"] = self.org.module(self.random)
        return record

    def _value(self, raw: dict[str, Any], depth: int = 0) -> Body:
        kind = raw.get("data_type")
        if self._rarely(0.04):
            return None
        match kind:
            case "picklist" | "multiselectpicklist":
                options = [each.get("display_value") for each in raw.get("pick_list_values") or []]
                one = self.random.choice(options) if options else "x"
                return [one] if kind == "multiselectpicklist" else one
            case "boolean":
                return self._pick(True, False)
            case "integer" | "bigint" | "autonumber":
                return self._pick(0, 1, 42, -7, 999_999_999)
            case "double" | "currency" | "percent" | "decimal":
                return self._pick(0, 1.5, 12, 99.99, -3)
            case "date":
                return self._pick("2026-03-01", "2024-02-29")
            case "datetime":
                return self._pick("2026-03-01T10:00:00+01:00", "2026-03-01T10:00:00Z")
            case "email":
                return f"{self.random.randrange(30)}@example.com"
            case "website":
                return "https://example.com"
            case "phone":
                return "+41 44 000 00 00"
            case "ownerlookup" | "userlookup":
                return {"id": self.org.id(self.random, "Users")}
            case "lookup":
                target = ((raw.get("lookup") or {}).get("module") or {}).get("api_name")
                return {"id": self.org.id(self.random, target if isinstance(target, str) else None)}
            case "multiselectlookup" | "multiuserlookup":
                return self._links(raw, str(kind))
            case "subform" if depth == 0:
                return self._rows(raw)
            case "fileupload" | "imageupload":
                return [{"File_Id__s": self._pick(*self.org.files, "x")}]
            case _ if raw.get("json_type") == "jsonarray":
                return [{"name": self._pick("hot", "cold", "🛶")}]
            case _:
                return f"{self._pick('Anna', 'Beat', 'Zoë', '李')} {self.random.randrange(50)}"

    def _links(self, raw: dict[str, Any], kind: str) -> Body:
        details = raw.get(kind) or {}
        linking = details.get("linking_details") or {}
        name = (linking.get("connected_lookup_field") or {}).get("api_name") or "x"
        target = ((details.get("connected_details") or {}).get("module") or {}).get("api_name")
        rows: list[Body] = [{name: {"id": self.org.id(self.random, target)}}]
        if self._rarely(0.3):
            rows.append({"id": self.org.id(self.random), "_delete": None})
        return rows

    def _rows(self, raw: dict[str, Any]) -> Body:
        module = str((raw.get("associated_module") or {}).get("module"))
        known = self.org.fields.get(module, {})
        rows: list[Body] = []
        for _ in range(self._pick(0, 1, 1, 3)):
            names = self.random.sample(list(known), min(len(known), 3))
            names += [name for name, each in known.items() if each.get("system_mandatory")]
            row = {name: self._value(known[name], 1) for name in names if name != "Parent_Id"}
            if self._rarely(0.3):
                row["id"] = self.org.id(self.random, module)
            if self._rarely(0.15):
                row["_delete"] = None
            rows.append(row)
        return rows

    def _ids(self, module: str) -> list[Body]:
        return [self.org.id(self.random, module) for _ in range(self._pick(1, 2, 5))]

    def _coql(self, _: str) -> Body:
        body: Body = {"select_query": coql(self.random, self.org)}
        if self._rarely(0.1):
            body["include_meta"] = ["fields"]
        return body

    def _upsert(self, module: str) -> Body:
        body = self._data([self.record(module), self.record(module)])
        if self._rarely(0.5):
            body["duplicate_check_fields"] = [
                self._pick("Email", self.org.field(self.random, module))
            ]
        return body

    def _convert(self, _: str) -> Body:
        item: Body = {"overwrite": self._pick(True, False), "notify_lead_owner": True}
        for name in ("Accounts", "Contacts"):
            if self._rarely(0.4):
                item[name] = {"id": self.org.id(self.random, name)}
        if self._rarely(0.5):
            item["Deals"] = self.record("Deals")
        if self._rarely(0.3):
            item["assign_to"] = {"id": self.org.id(self.random, "Users")}
        if self._rarely(0.2):
            item["carry_over_tags"] = [{"name": "hot"}]
        return {"data": [item]}

    def _mass_update(self, module: str) -> Body:
        body = self._data([self.record(module)])
        which: Body = {"ids": self._ids(module), "cvid": self.org.id(self.random)}
        name = self._pick("ids", "cvid")
        return {**body, name: which[name], "over_write": True}

    def _change_owner(self, module: str) -> Body:
        return {"owner": {"id": self.org.id(self.random, "Users")}, "ids": self._ids(module)}

    def _tags(self, module: str) -> Body:
        tags = [{"name": self._pick("hot", "cold", "🛶", "x" * 26)} for _ in range(2)]
        return {"tags": tags, "ids": self._ids(module), "over_write": self._pick(True, False)}

    def _restore(self, module: str) -> Body:
        return {"ids": self._ids(module), "restore_all_records": self._pick(True, False, False)}

    def _blueprint(self, module: str) -> Body:
        number = 6100000000000060011 + 2 * self.random.randrange(5)
        item = {"transition_id": str(number), "data": {**self.record(module), "Notes": "x"}}
        return {"blueprint": [item]}

    def _related_counts(self, module: str) -> Body:
        wanted = {"api_name": self.random.choice(self.org.lists or ["Notes"])}
        filters = json_criteria(self.random, self.org, module)
        params = {"filters": filters} if self._rarely(0.5) else {}
        return {"get_related_records_count": [{"related_list": wanted, "params": params}]}

    def _composite(self, _: str) -> Body:
        parts: list[Body] = []
        routes = [each for each in self.routes if each[0].startswith("/crm/")]
        for number in range(self._pick(1, 2, 3, 5, 6)):
            rule, method = self.random.choice(routes)
            module = self.org.module(self.random)
            call = Call(
                method,
                _PLACE.sub(lambda found, m=module: self._part(found[1], found[2], m), rule),
                tuple(self._query(rule, module)),
            )
            part: Body = {"uri": call.path, "method": method, "sub_request_id": f"r{number}"}
            part["params"] = dict(call.query)
            if self._rarely(0.2):
                part["uri"] = call.target
            if method in ("POST", "PUT") and not rule.endswith("__composite_requests"):
                part["body"] = self.body(rule, module)
            if self._rarely(0.3):
                part["headers"] = {"If-Modified-Since": self._pick(*_MOMENTS)}
            if self._rarely(0.3):
                part["uri"] = f"/crm/v8/Leads/@{{r{number - 1}:$.data[0].details.id}}"
            parts.append(part)
        rollback = self._pick(True, False)
        body = {"__composite_requests": parts, "rollback_on_fail": rollback}
        return {**body, "parallel_execution": not rollback}

    def _bulk_read(self, module: str) -> Body:
        query: Body = {"module": {"api_name": module}, "page": 1}
        if self._rarely(0.6):
            query["fields"] = [self.org.field(self.random, module) for _ in range(3)]
        if self._rarely(0.6):
            query["criteria"] = json_criteria(self.random, self.org, module)
        if self._rarely(0.1):
            query = {"page_token": self._pick(*self.org.tokens, "x")}
        return {"callback": {"url": _NOWHERE, "method": "post"}, "query": query}

    def _bulk_write(self, module: str) -> Body:
        names = [self.org.field(self.random, module) for _ in range(3)]
        known = self.org.fields.get(module, {})
        names += [name for name, raw in known.items() if raw.get("system_mandatory")]
        operation = self._pick("insert", "update", "upsert")
        resource: Body = {
            "type": "data",
            "module": {"api_name": module},
            "file_id": self._pick(*self.org.files[-8:], "x"),
            "file_names": ["rows.csv"],
            "ignore_empty": self._pick(True, False),
            "field_mappings": [
                {"api_name": name, "index": index} for index, name in enumerate(["id", *names])
            ],
        }
        if operation != "insert":
            resource["find_by"] = self._pick("id", *names)
        return {
            "operation": operation,
            "character_encoding": "UTF-8",
            "callback": {"url": _NOWHERE, "method": "post"},
            "resource": [resource],
        }

    def _variables(self, _: str) -> Body:
        known = self._pick("6100000000000061001", "6100000000000061003", self.org.id(self.random))
        return {"variables": [{"id": known, "value": self._pick("7", "x", "é")}]}

    def _watch(self, module: str) -> Body:
        item = {
            "channel_id": self._pick("1001", "1002", 1003),
            "events": [f"{module}.{self._pick('all', 'create', 'edit', 'delete')}"],
            "notify_url": _NOWHERE,
            "token": "t",
            "return_affected_field_values": True,
            "notification_condition": [json_criteria(self.random, self.org, module)],
        }
        return {"watch": [item]}

    def _fault(self, _: str) -> Body:
        if self._rarely(0.3):
            return {"rate": self._pick(0, 0.5, 1), "kinds": ["429", "cut"], "seed": 1}
        kind = self._pick(*(each for each in KINDS if each != "slow"))
        return {"kind": kind, "times": 1, "skip": self._pick(0, 1), "path": "/crm/v8/org"}

    def _limits(self, _: str) -> Body:
        return {
            "credits": self._pick(None, 0, 5_000),
            "concurrency": self._pick(None, 1, 20),
            "latency": 0,
            "search_lag": self._pick(0, 1.5),
        }

    def _note(self) -> Body:
        note = {"Note_Title": "A", "Note_Content": "text", "id": self.org.id(self.random, "Notes")}
        note["Parent_Id"] = {"id": self.org.id(self.random), "module": {"api_name": "Leads"}}
        return note

    def _linked(self, _: str) -> Body:
        return {"data": [{"id": self.org.id(self.random), "Contact_Role": {"id": "1"}}]}

    # --- forms ----------------------------------------------------------------------------

    def _consent(self) -> Iterable[tuple[str, str]]:
        to = self._connection
        known = {
            "client_id": to.client_id,
            "client_secret": to.client_secret,
            "response_type": "code",
            "access_type": "offline",
            "redirect_uri": "http://127.0.0.1:9/back",
            "scope": "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL",
            "prompt": "consent",
            "state": "s",
            "decision": "accept",
            "grant_type": self._pick("refresh_token", "authorization_code"),
            "refresh_token": to.refresh_token,
            "code": "1000.x.y",
        }
        for name, value in known.items():
            if self._rarely(0.95):
                yield (
                    name,
                    self._pick(*TEXTS, "http://[::1", "//x") if self._rarely(0.06) else value,
                )

    def _form(self, rule: str) -> tuple[str, bytes]:
        """A form with a file in it, and its content type."""
        name = self._pick("rows.zip", "a.png", "é🛶.txt", "", 'a"b', "a\nb", "../x", "\x00")
        data = self._zip() if rule.endswith("/upload") else b"\x89PNG" + self.random.randbytes(40)
        kind = self._pick("application/zip", "image/png", "", "text/plain; charset=x", "é\x01")
        head = f'Content-Disposition: form-data; name="{self._pick("file", "file", "file", "x")}"'
        head += f'; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        part = b"--bb\r\n" + head.encode() + data + b"\r\n"
        if self._rarely(0.1):
            part = garble(self.random, part) if self._rarely(0.5) else part[::-1]
        ends = (b"--bb--\r\n", b"--bb--\r\n", b"--bb--\r\n", b"--bb-", b"", b"--cc--\r\n")
        body = part * self._pick(1, 1, 1, 2, 11) + self._pick(*ends)
        return "multipart/form-data; boundary=bb", body

    def _zip(self) -> bytes:
        """An archive of a table, sound or not."""
        module = self.org.module(self.random)
        known = list(self.org.fields.get(module, {})) or ["x"]
        lines = [",".join(["id", *known[:6]])]
        for _ in range(self._pick(0, 1, 3, 120)):
            cells = [str(self._pick(*NASTY[:60], "a")) for _ in known[:6]]
            cells = [
                each.replace("\n", " ").replace('"', '""') for each in cells if len(each) < 500
            ]
            lines.append(",".join([self.org.id(self.random, module), *cells]))
        text = "\n".join(lines).encode("utf-8", "replace")
        if self._rarely(0.15):
            text = self._pick(
                b"", b"\xff\xfe\x00", b'"', b"\x00", b"a,b\n" + b"x" * 140_000, b"\r\r\r"
            )
        kept = io.BytesIO()
        with zipfile.ZipFile(
            kept, "w", self._pick(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ) as file:
            for name in ("rows.csv", "more.csv")[: self._pick(0, 1, 1, 1, 2)]:
                file.writestr(name, text)
        data = kept.getvalue()
        if self._rarely(0.3) and len(data) > 40:
            # The list of contents at the end stays, so that it still looks like an archive.
            at = self.random.randrange(len(data) - 22)
            data = data[:at] + self.random.randbytes(4) + data[at + 4 :]
        return data

    # --- chance ---------------------------------------------------------------------------

    def _pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def _rarely(self, chance: float) -> bool:
        return self.random.random() < chance
