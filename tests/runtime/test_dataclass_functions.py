"""Records are dataclasses to whoever asks, though they are made otherwise."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys

import pytest
from acme_crm.lead_site_visits import LeadSiteVisit
from acme_crm.leads import Lead
from zohohub.records import facts_of


def whole() -> LeadSiteVisit:
    """A row in which nothing is missing."""
    return LeadSiteVisit(**dict.fromkeys(facts_of(LeadSiteVisit)))


def test_fields_are_those_of_the_class() -> None:
    assert dataclasses.is_dataclass(Lead)
    found = {item.name: item for item in dataclasses.fields(Lead)}
    assert list(found) == list(facts_of(Lead))
    assert found["company"].metadata["api_name"] == "Company"
    assert found["company"].type == "str | None"


def test_a_copy_with_another_value() -> None:
    row = whole()
    assert dataclasses.replace(row, id="5").id == "5"
    assert row.__replace__(id="6").id == "6"
    assert row.id is None
    assert copy.deepcopy(row) == row == pickle.loads(pickle.dumps(row))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is of Python 3.13")
def test_copy_replace() -> None:
    assert copy.replace(whole(), id="5").id == "5"
