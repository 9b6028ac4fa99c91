"""A name that was handed out stays, whatever an admin does to the org."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zohohub_gen.diagnostics import ConfigurationError, GeneratorError
from zohohub_gen.names import Names, name_schema
from zohohub_gen.names_lock import lock_text, read_lock
from zohohub_gen.parse import parse
from zohohub_gen.pipeline import generate
from zohohub_gen.snapshot import Snapshot

from tests.support import hostile
from tests.support.packages import options, write_json, write_snapshot


def named(
    fields: Mapping[str, str],
    before: Names | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Names:
    """Name the fields of one module, given by id; the lock goes through its file, as it does."""
    return named_org({"9": ("Leads", fields)}, before, overrides)


def named_org(
    modules: Mapping[str, tuple[str, Mapping[str, str]]],
    before: Names | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Names:
    snapshot = Snapshot(
        [{"api_name": name, "id": key} for key, (name, _) in modules.items()],
        {
            name: [{"api_name": api_name, "id": key} for key, api_name in fields.items()]
            for name, fields in modules.values()
        },
    )
    schema, _ = parse(snapshot)
    lock = read_lock(lock_text(before.lock) if before else None, "names.json")
    return name_schema(schema, lock, overrides or {})


def of(names: Names) -> dict[str, str]:
    found = dict(names.modules["Leads"].fields)
    assert found.pop("id") == "id"
    return found


FIRST = {"20": "Exchange_Rate", "30": "Company"}


@pytest.mark.parametrize("new_id", ["10", "40"])
def test_a_colliding_field_gets_the_number(new_id: str) -> None:
    """The new one, even where its id is older: someone else may use the name already."""
    first = named(FIRST)
    assert of(first) == {"Exchange_Rate": "exchange_rate", "Company": "company"}
    second = named({**FIRST, new_id: "ExchangeRate"}, first)
    assert of(second) == {**of(first), "ExchangeRate": "exchange_rate_2"}
    assert named({**FIRST, new_id: "ExchangeRate"}, second).lock == second.lock


def test_without_a_lock_the_older_field_keeps_the_name() -> None:
    assert of(named({"9": "A_B", "10": "AB", "11": "a_b"})) == {
        "A_B": "a_b",
        "AB": "ab",
        "a_b": "a_b_2",
    }
    assert of(named({"10": "A_B", "9": "a_b"})) == {"A_B": "a_b_2", "a_b": "a_b"}


def test_a_removed_field_keeps_its_name_for_the_day_it_comes_back() -> None:
    first = named({"1": "A_B", "2": "a_b"})
    without = named({"2": "a_b"}, first)
    assert of(without) == {"a_b": "a_b_2"}
    taken = named({"2": "a_b", "3": "A__B"}, without)
    assert of(taken) == {"a_b": "a_b_2", "A__B": "a_b_3"}
    back = named({"1": "A_B", "2": "a_b", "3": "A__B"}, taken)
    assert of(back) == {"A_B": "a_b", "a_b": "a_b_2", "A__B": "a_b_3"}


def test_a_field_made_anew_takes_its_old_name() -> None:
    first = named({"1": "Score"})
    gone = named({"2": "Other"}, first)
    again = named({"2": "Other", "3": "Score"}, gone)
    assert of(again) == {"Other": "other", "Score": "score"}
    assert set(again.lock["modules"]["9"]["fields"]) == {"2", "3"}


def test_an_edited_api_name_keeps_the_attribute() -> None:
    first = named({"1": "Company"})
    assert of(named({"1": "Firm"}, first)) == {"Firm": "company"}


def test_a_hidden_module_keeps_its_names() -> None:
    first = named_org({"1": ("Visits", {"7": "B"}), "5": ("Leads", {"1": "A"})})
    assert first.modules["Visits"].file == "visits"
    hidden = named_org({"5": ("Leads", {"1": "A"})}, first)
    new = named_org({"5": ("Leads", {"1": "A"}), "6": ("visits", {"8": "C"})}, hidden)
    assert (new.modules["visits"].file, new.modules["visits"].record) == (
        "visits_2",
        "visit_2".title(),
    )
    everything = {
        "1": ("Visits", {"7": "B"}),
        "5": ("Leads", {"1": "A"}),
        "6": ("visits", {"8": "C"}),
    }
    back = named_org(everything, new)
    assert back.modules["Visits"] == first.modules["Visits"]
    assert back.modules["visits"] == new.modules["visits"]


def test_a_module_made_anew_takes_its_old_names() -> None:
    first = named_org({"1": ("Leads", {"7": "B"})})
    again = named_org({"2": ("Leads", {"8": "B"})}, first)
    assert again.modules == first.modules
    assert again.lock["modules"].keys() == {"2"}


def test_a_renamed_module_keeps_its_names() -> None:
    first = named_org({"1": ("Leads", {"7": "B"})})
    renamed = named_org({"1": ("Enquiries", {"7": "B"})}, first)
    assert renamed.modules["Enquiries"] == first.modules["Leads"]


def choices(
    fields: Mapping[str, str], before: Names | None = None, *others: tuple[str, str]
) -> Names:
    """Name picklists of the module Leads, given by id; ``others`` are modules without any."""
    options = [{"display_value": "a", "actual_value": "a", "type": "used"}]
    snapshot = Snapshot(
        [
            {"api_name": "Leads", "id": "9"},
            *({"api_name": name, "id": key} for key, name in others),
        ],
        {
            "Leads": [
                {
                    "api_name": api_name,
                    "id": key,
                    "data_type": "picklist",
                    "json_type": "string",
                    "pick_list_values": options,
                }
                for key, api_name in fields.items()
            ],
            **{name: [{"api_name": "A", "id": f"{key}0"}] for key, name in others},
        },
    )
    schema, _ = parse(snapshot)
    lock = read_lock(lock_text(before.lock) if before else None, "names.json")
    return name_schema(schema, lock, {})


def test_the_name_of_a_picklist_stays() -> None:
    """``Lead`` and ``Status`` make the same name as ``Lead_Status``."""
    first = choices({"5": "Status"})
    assert first.modules["Leads"].picklists == {"Status": "LeadStatus"}
    second = choices({"5": "Status", "6": "Lead_Status"}, first)
    assert second.modules["Leads"].picklists == {
        "Status": "LeadStatus",
        "Lead_Status": "LeadStatus_2",
    }
    gone = choices({"6": "Lead_Status"}, second)
    assert gone.modules["Leads"].picklists == {"Lead_Status": "LeadStatus_2"}
    third = choices({"6": "Lead_Status", "7": "lead_Status__s"}, gone)
    assert third.modules["Leads"].picklists["lead_Status__s"] == "LeadStatus2"
    back = choices({"5": "Status", "6": "Lead_Status"}, gone)
    assert back.modules["Leads"].picklists == second.modules["Leads"].picklists


def test_a_new_module_does_not_take_the_name_of_a_picklist() -> None:
    first = choices({"5": "Status"})
    second = choices({"5": "Status"}, first, ("8", "Lead_Statuses"))
    assert second.modules["Leads"].picklists == {"Status": "LeadStatus"}
    assert second.modules["Lead_Statuses"].record == "LeadStatus_2"
    assert second.modules["Lead_Statuses"].handle == "LeadStatuses"


def test_a_lock_without_the_names_of_picklists_keeps_them() -> None:
    """Locks of before had none: then the names are those that were made then."""
    fields = {"5": "Status", "6": "Lead_Status"}
    new = choices(fields)
    old = json.loads(lock_text(new.lock))
    for entry in old["modules"]["9"]["fields"].values():
        del entry["picklist"]
    assert choices(fields, Names({}, old)) == new
    assert new.modules["Leads"].picklists == {"Lead_Status": "LeadStatus", "Status": "LeadStatus_2"}


def test_a_picklist_is_not_called_like_what_its_file_imports() -> None:
    """A case has comments, which are typed by ``CaseComment``."""
    schema, _ = parse(
        Snapshot(
            [{"api_name": "Cases", "id": "9"}],
            {
                "Cases": [
                    {
                        "api_name": "Comment",
                        "id": "1",
                        "data_type": "picklist",
                        "json_type": "string",
                        "pick_list_values": [{"display_value": "a", "actual_value": "a"}],
                    }
                ]
            },
        )
    )
    names = name_schema(schema, {}, {})
    assert names.modules["Cases"].picklists == {"Comment": "CaseComment_2"}


def test_no_module_is_called_like_the_client_but_for_case() -> None:
    """``from bindings import CrM`` beside ``Crm``: nobody would see which one it is."""
    fields = {"20": "Company"}
    assert named_org({"9": ("Crm", fields)}).modules["Crm"].record == "Crm_"
    assert named_org({"9": ("Cr_m", fields)}).modules["Cr_m"].record == "CrM_2"
    overridden = named_org({"9": ("Cr_m", fields)}, overrides={"Cr_m": "CrM"}).modules["Cr_m"]
    assert (overridden.file, overridden.record) == ("cr_m", "CrM_2")
    # Nor as a name of before, from a lock that has it.
    lock = {
        "modules": {"9": {"api_name": "Cr_m", "file": "cr_m", "handle": "CrMs", "record": "CrM"}}
    }
    locked = named_org({"9": ("Cr_m", fields)}, Names({}, lock)).modules["Cr_m"]
    assert (locked.handle, locked.record) == ("CrMs", "CrM_2")
    assert locked.former == ()


def test_overrides_come_first() -> None:
    first = named({"1": "A_B", "2": "a_b"})
    chosen = named({"1": "A_B", "2": "a_b"}, first, {"Leads.a_b": "a_b", "Leads.A_B": "other"})
    assert of(chosen) == {"A_B": "other", "a_b": "a_b"}
    assert of(named({"1": "A_B", "2": "a_b"}, chosen)) == of(chosen), "the lock keeps them"


@pytest.mark.parametrize(
    ("place", "name", "message"),
    [
        (
            "Leads.Compny",
            "x",
            r"'Leads\.Compny' is not in the metadata; did you mean 'Leads\.Company'",
        ),
        ("Leds", "x", "'Leds' is not in the metadata; did you mean 'Leads'"),
        ("Leads.Company", "a b", "'a b' is not a Python name"),
        ("Leads.Company", "class", "'class' is not a Python name"),
        ("Leads.Company", "größe", "'größe' is not a Python name"),
        ("Leads.Company", "fields", "the name is reserved or given twice"),
        ("Leads.Company", "id", "the name is reserved or given twice"),
    ],
)
def test_overrides_that_cannot_be(place: str, name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        named({"1": "Company"}, None, {place: name})


def test_two_overrides_to_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="reserved or given twice"):
        named({"1": "A", "2": "B"}, None, {"Leads.A": "x", "Leads.B": "x"})


def test_two_modules_overridden_to_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="given twice"):
        named_org(
            {"1": ("A", {"3": "X"}), "2": ("B", {"4": "X"})}, None, {"A": "Visits", "B": "Visits"}
        )


@given(
    st.lists(st.lists(hostile.names, max_size=5, unique=True), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_names_never_change_and_never_clash(steps: list[list[str]], dice: Any) -> None:
    """Fields come with ids old and new, go, and come back; none is ever renamed."""
    known: dict[str, str] = {}
    handed_out: dict[str, str] = {}
    before: Names | None = None
    for step in steps:
        for api_name in step:
            if api_name not in known.values():
                known[str(dice.randrange(10**6) * 100 + len(known))] = api_name
        present = {key: known[key] for key in known if dice.random() < 0.8}
        before = named({"1": "Always_There", **present}, before)
        names = of(before)
        mine = {key: names[api_name] for key, api_name in present.items() if api_name != "id"}
        for key, name in mine.items():
            assert handed_out.setdefault(key, name) == name
        everything = [name.lower() for name in handed_out.values()]
        assert len(set(everything)) == len(everything)
        assert all(name.isidentifier() for name in everything)


def test_a_damaged_lock_is_one_sentence(tmp_path: Path) -> None:
    metadata = write_snapshot(tmp_path / "metadata", {"Leads": [{"api_name": "Company"}]})
    (metadata / "names.json").write_text("<<<<<<< HEAD\n{}", encoding="utf-8")
    with pytest.raises(
        GeneratorError, match=r"names\.json:1 holds the marks of a merge .* restore it"
    ):
        generate(options(metadata, tmp_path / "output"))
    write_json(metadata / "names.json", [])
    with pytest.raises(
        GeneratorError, match=r"'the whole' must be an object and is a list; restore it"
    ):
        generate(options(metadata, tmp_path / "output"))
    assert not (tmp_path / "output").exists()


def test_the_lock_has_a_line_a_field() -> None:
    """So that two branches which each add a field merge."""
    text = lock_text(named({"1": "A", "2": "B"}).lock)
    assert json.loads(text)["modules"]["9"]["fields"]["1"] == {"api_name": "A", "name": "a"}
    assert text.count("\n") == 14
    assert '        "2": {"api_name": "B", "name": "b"}\n' in text
