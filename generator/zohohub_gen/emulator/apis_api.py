"""GET /__apis: every call that the emulator serves, with its scopes and credits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask, request

from .errors import invalid_param
from .incoming import Route
from .scopes import call_of, needed
from .values import Json, as_object, parse_body

_VERSION = re.compile(r"^/crm(/bulk)?/<version:version>")
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


class ApisApi:
    """The list, out of the routes themselves."""

    def __init__(self, flask: Flask) -> None:
        self._flask = flask

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods."""
        yield "/__apis", self._list, ["GET"]

    def _list(self) -> Json | None:
        wanted = _wanted_scope()
        apis: dict[str, list[Json]] = {}
        for rule in self._flask.url_map.iter_rules():
            found = _VERSION.match(rule.rule)
            if found is None:
                continue
            bulk, rest = found[1] or "", _PLACE.sub(r"{\1}", rule.rule[found.end() :])
            for method in sorted(rule.methods or ()):
                known = call_of(method, f"{bulk}{rest}")
                if known is None:
                    continue
                scope = ",".join(needed(method, f"{bulk}{rest}")).replace("|", ",")
                if wanted is not None and wanted not in scope.split(","):
                    continue
                least, most = known[0].credits
                apis.setdefault(f"/crm{bulk}/v8{rest}", []).append(
                    {
                        "method": method,
                        "oauth_scope": scope,
                        "max_credits": most,
                        "min_credits": least,
                    }
                )
        shown = [{"path": path, "operation_types": apis[path]} for path in sorted(apis)]
        return {"__apis": shown} if shown else None


def _wanted_scope() -> str | None:
    """The scope of the parameter ``filters``, a criterion on ``oauth_scope``."""
    text = request.args.get("filters")
    if text is None:
        return None
    try:
        criterion = as_object(parse_body(text.encode())) or {}
    except ValueError as error:
        raise invalid_param("filters") from error
    field = (as_object(criterion.get("field")) or {}).get("api_name")
    value = criterion.get("value")
    if field != "oauth_scope" or criterion.get("comparator") != "equal":
        raise invalid_param("filters", supported_values=["oauth_scope"])
    return str(value)
