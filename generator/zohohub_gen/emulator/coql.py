"""POST /coql: Zoho's query language over the stored records."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import ApiError
from .incoming import Route, json_body
from .state import State
from .values import Json, as_list


class CoqlApi:
    """Runs SELECT queries.  Rows carry lookups as ``{"id": …}``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        """Rule, view and methods."""
        yield "/coql", self._query, ["POST"]

    def _query(self) -> Json | None:
        # The parser is only loaded when somebody asks for it: the server starts faster.
        from .coql_query import compile_query

        body = json_body()
        text = body.get("select_query")
        if text is None:
            raise ApiError(
                400,
                "MANDATORY_NOT_FOUND",
                "required field not found",
                {"api_name": "select_query", "json_path": "$.select_query"},
            )
        if not isinstance(text, str):
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {"api_name": "select_query", "expected_data_type": "text"},
            )
        query = compile_query(text, self._state.catalog)
        with self._state.store.transaction():
            rows, more = query.run(self._state.store, self._state.computed, self._state.zone)
        if not rows:
            return None
        answer: Json = {"data": rows, "info": {"count": len(rows), "more_records": more}}
        if "fields" in (as_list(body.get("include_meta")) or []):
            wanted = [output.reference.text for output in query.outputs]
            answer["fields"] = self._state.metadata.named_fields(query.info.api_name, wanted)
        return answer
