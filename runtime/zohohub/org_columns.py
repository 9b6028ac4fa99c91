"""Bindings of several orgs: which of their columns the org of this client has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from zohohub.facts import facts_of
from zohohub.records import columns_of

if TYPE_CHECKING:
    from zohohub.columns import Column
    from zohohub.errors import InvalidQuery
    from zohohub.records import Record

__all__ = ["OrgColumns"]

R = TypeVar("R", bound="Record")


class OrgColumns(Generic[R]):
    """The columns of a record class, as far as this org has them; its refusals tell.

    COQL refuses a query that names a column which the org lacks.  The bindings say in which orgs
    of theirs each is missing, so one refusal tells about all columns that the same orgs lack.
    """

    def __init__(self, record_type: type[R]) -> None:
        columns = columns_of(record_type)
        self._missing_in = {
            columns[name].api_name: frozenset(facts["missing_in"])
            for name, facts in facts_of(record_type).items()
            if "missing_in" in facts
        }
        self._among: set[frozenset[str]] = set()
        """Groups of orgs, in each of which this one is."""

    def present(self, columns: Sequence[Column[R]]) -> Sequence[Column[R]]:
        """The columns without those that this org is known to lack."""
        if not self._among:
            return columns
        return [column for column in columns if not self._lacks(column.api_name)]

    def learn(self, refusal: InvalidQuery) -> bool:
        """Take note of a column that COQL refused; False if that says nothing new."""
        orgs = self._missing_in.get(str(refusal.details.get("column_name")))
        if orgs is None or orgs in self._among:
            return False
        self._among.add(orgs)
        return True

    def _lacks(self, api_name: str) -> bool:
        missing_in = self._missing_in.get(api_name, frozenset())
        return any(orgs <= missing_in for orgs in tuple(self._among))
