"""Blueprints of records, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from zohohub.errors import ApiError, InvalidData, MandatoryNotFound, RecordNotFound, WriteUnknown
from zohohub_gen.emulator import Emulator

if TYPE_CHECKING:
    from acme_crm import Crm


def new_deal(crm: Crm) -> str:
    return crm.deals.create(deal_name="Roof", pipeline="Residential", stage="Enquiry")


def test_where_a_record_stands_and_where_it_can_go(crm: Crm) -> None:
    blueprint = crm.deals.blueprint(new_deal(crm))
    assert (blueprint.name, blueprint.field) == ("From enquiry to order", "Stage")
    assert blueprint.value == "Enquiry"
    assert [step.name for step in blueprint.transitions] == ["Book a visit", "Lose"]
    visit = blueprint.transition("Book a visit")
    assert (visit.next_value, visit.type, visit.criteria_matched) == ("Site visit", "manual", True)
    (field,) = visit.fields
    assert (field.api_name, field.data_type, field.required) == ("Closing_Date", "date", True)
    with pytest.raises(LookupError, match="no transition 'Win', only: 'Book a visit', 'Lose'"):
        blueprint.transition("Win")


def test_steps_up_to_the_quote(crm: Crm, acme: Emulator) -> None:
    deal = crm.deals.get(new_deal(crm))
    blueprint = crm.deals.blueprint(deal)
    blueprint.apply(
        blueprint.transition("Book a visit"),
        {"closing_date": date(2026, 9, 1)},
        notes="Call before you come.",
    )
    blueprint = crm.deals.blueprint(deal)
    assert blueprint.value == "Site visit"
    blueprint.apply(blueprint.transition("Start the design"))
    blueprint = crm.deals.blueprint(deal)
    acme.clear_requests()
    blueprint.apply(
        blueprint.transition("Send the quote"),
        {"amount": Decimal("18000.50")},
        files=["file-1"],
        links=["https://example.com/plan"],
        check_lists={"Roof measured": True},
    )
    after = crm.deals.get(deal)
    assert (after.stage, after.amount) == ("Quote sent", Decimal("18000.50"))
    assert after.closing_date == date(2026, 9, 1)
    (sent,) = acme.requests[:1]
    assert (sent.method, sent.path) == ("PUT", f"/crm/v8/Deals/{deal.id}/actions/blueprint")
    assert sent.body == {
        "blueprint": [
            {
                "transition_id": "6100000000000060015",
                "data": {
                    "Amount": Decimal("18000.50"),
                    "Attachments": [
                        {"$file_id": ["file-1"]},
                        {"$link_url": "https://example.com/plan"},
                    ],
                    "CheckLists": [{"Roof measured": True}],
                },
            }
        ]
    }
    notes = [note.content for note in crm.deals.notes(deal).list()]
    assert notes == ["Call before you come."]


def test_a_step_without_what_it_needs(crm: Crm) -> None:
    deal = new_deal(crm)
    blueprint = crm.deals.blueprint(deal)
    with pytest.raises(MandatoryNotFound, match="Closing_Date"):
        blueprint.apply(blueprint.transition("Book a visit"))
    with pytest.raises(TypeError, match="did you mean 'closing_date'"):
        blueprint.apply(blueprint.transition("Book a visit"), {"closing_dat": 1})
    assert crm.deals.get(deal).stage == "Enquiry"


def test_a_step_that_is_no_longer_there(crm: Crm) -> None:
    deal = new_deal(crm)
    blueprint = crm.deals.blueprint(deal)
    lose = blueprint.transition("Lose")
    blueprint.apply(lose, {"description": "Moved away"})
    with pytest.raises(ApiError, match=r"RECORD_NOT_IN_PROCESS|INVALID_DATA"):
        blueprint.apply(lose, {"description": "Moved away"})


def test_a_record_without_a_blueprint(crm: Crm) -> None:
    with pytest.raises(ApiError) as caught:
        crm.leads.blueprint("6100000000000401001")
    assert caught.value.code == "RECORD_NOT_IN_PROCESS"
    with pytest.raises(RecordNotFound):
        crm.deals.blueprint("1")


def test_an_answer_without_details(server: Any, transport: Any) -> None:
    from acme_crm.deals import Deals

    server.reply(
        200,
        {
            "blueprint": {
                "process_info": {"id": "7", "api_name": "Stage"},
                "transitions": [{"id": 9, "name": "Go", "fields": [{"api_name": "X"}]}],
            }
        },
    )
    blueprint = Deals(transport).blueprint("1")
    assert (blueprint.id, blueprint.name, blueprint.value) == ("7", None, None)
    (step,) = blueprint.transitions
    assert (step.id, step.next_value, step.fields[0].required) == ("9", None, False)
    # A step is not taken twice: nobody knows whether the first one was.
    server.cut()
    with pytest.raises(WriteUnknown):
        blueprint.apply(step)
    assert len(server.requests) == 2
    # A refusal may come with the status of a success.
    server.reply(200, {"code": "INVALID_DATA", "message": "no", "details": {}, "status": "error"})
    with pytest.raises(InvalidData):
        blueprint.apply(step)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[]", "needs an object with 'blueprints'"),
        ('{"blueprints": [1]}', "a list of objects"),
        ('{"blueprints": [{"id": "x"}]}', "'x' is not an id"),
        ('{"blueprints": [{"id": "1", "name": "a", "module": "Deals"}]}', "no text under 'field'"),
        ('{"blueprints": [', "cannot be read"),
        (
            '{"blueprints": [{"id": "1", "name": "a", "module": "Deals", "field": "Nothing"}]}',
            "Deals.Nothing, and the metadata has no such field",
        ),
    ],
)
def test_a_file_of_blueprints_that_is_wrong(
    tmp_path: Path, content: str, problem: str, copy_acme: Callable[[Path], Path]
) -> None:
    from zohohub_gen.diagnostics import GeneratorError

    folder = copy_acme(tmp_path)
    (folder / "blueprints.json").write_text(content)
    with pytest.raises(GeneratorError, match=problem):
        Emulator(folder).start()
