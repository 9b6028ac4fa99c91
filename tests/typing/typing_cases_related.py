"""What pyright and mypy must take of related lists, notes, tags and files, and what they refuse.

Checked by ``test_typing_cases.py`` beside the sample package ``acme_crm``; never run.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from acme_crm import Account, Campaign, Contact, ContactsXInstallation, Crm, Deal, DealHistory
from acme_crm import Installation, Lead, Product, Task
from acme_crm.accounts import AccountRelated
from zohohub import Ref, Results, Tag, UploadedFile, UserRef
from zohohub.attachments import RecordAttachment, RecordAttachments
from zohohub.connection import Download
from zohohub.files import Files
from zohohub.notes import RecordNote, RecordNotes
from zohohub.related import (
    CampaignMembers,
    ContactRole,
    ContactRoles,
    LinkedRecords,
    RelatedRecords,
)
from zohohub.related import PricedRecords, RelatedRows
from zohohub.tags import ModuleTags

# --- What must be taken -----------------------------------------------------------------------


def related_lists(crm: Crm, account: Account) -> None:
    related = crm.accounts.related(account)
    assert_type(related, AccountRelated)
    assert_type(related.contacts, RelatedRecords[Contact])
    assert_type(related.contacts.list(), Iterator[Contact])
    assert_type(related.contacts.list(Contact.fields.email), Iterator[Contact])
    assert_type(related.child_accounts, RelatedRecords[Account])
    assert_type(related.tasks.list(Task.fields.subject), Iterator[Task])
    assert_type(related.products, LinkedRecords[Product])
    assert_type(related.visits, RelatedRows)
    assert_type(related.visits.list("Time_Spent"), Iterator[dict[str, Any]])
    assert_type(crm.deals.related("1").stage_history, RelatedRecords[DealHistory])
    assert_type(crm.installations.related("1").residents, RelatedRecords[ContactsXInstallation])
    for contact in related.contacts.list(Contact.fields.email):
        assert_type(contact.email, str | None)
    lead = crm.leads.get("1")
    if lead.converted_account is not None:
        crm.accounts.related(lead.converted_account)
    crm.accounts.related("1")


def linking(crm: Crm, product: Product, contact: Contact, ref: Ref[Lead]) -> None:
    products = crm.deals.related("1").products
    assert_type(products.link(product), None)
    products.link("1")
    products.unlink(Ref[Product]("1"))
    assert_type(products.link_many([product, "1"]), Results)
    assert_type(products.unlink_many([product, "1"]), Results)
    members = crm.campaigns.related("1").leads
    assert_type(members, CampaignMembers[Lead])
    members.link(ref)
    members.link(ref, status="Invited")
    assert_type(members.link_many([ref], status="Invited"), Results)
    assert_type(crm.leads.related(ref).campaigns, CampaignMembers[Campaign])
    roles = crm.deals.related("1").contact_roles
    assert_type(roles, ContactRoles[Contact])
    roles.link(contact, role="6")
    assert_type(roles.roles(), Sequence[ContactRole])
    roles.link(contact, role=roles.roles()[0])
    assert_type(roles.link_many([contact, "1"], role="6"), Results)
    roles.unlink(contact)


def notes(crm: Crm, deal: Deal) -> None:
    found = crm.deals.notes(deal)
    assert_type(found, RecordNotes)
    assert_type(found.list(), Iterator[RecordNote])
    assert_type(found.add("Called"), str)
    assert_type(found.add("Called", title="Phone"), str)
    for note in found.list():
        assert_type(note.content, str | None)
        assert_type(note.owner, UserRef | None)
        assert_type(note.created_time, datetime | None)
        found.update(note, content="Called twice")
        found.update(note.id, title=None, content="Called twice")
        found.delete(note)


def tags(crm: Crm, lead: Lead) -> None:
    assert_type(crm.leads.tags, ModuleTags[Lead])
    assert_type(crm.leads.tags.list(), Sequence[Tag])
    assert_type(crm.leads.tags.add([lead, Ref[Lead]("1"), "2"], ["hot", Tag("vip")]), Results)
    assert_type(crm.leads.tags.add([lead], lead.tag or [], replace=True), Results)
    assert_type(crm.leads.tags.remove([lead], ["hot"]), Results)


def attachments(crm: Crm, lead: Lead) -> None:
    found = crm.leads.attachments(lead)
    assert_type(found, RecordAttachments)
    assert_type(found.list(), Iterator[RecordAttachment])
    assert_type(found.upload("plan.pdf"), str)
    assert_type(found.upload(Path("plan.pdf"), name="Plan.pdf"), str)
    assert_type(found.upload(b"...", name="plan.pdf"), str)
    assert_type(found.link("https://example.com", title="Page"), str)
    for attachment in found.list():
        assert_type(attachment.size, int | None)
        found.download(attachment, Path("plan.pdf"))
        found.download(attachment.id, "plan.pdf")
        assert_type(found.stream(attachment), Download)
        with found.stream(attachment) as download:
            assert_type(download.chunks(), Iterator[bytes])
            assert_type(download.read(100), bytes)
            shutil.copyfileobj(download, sys.stdout.buffer)
        found.delete(attachment)


def files(crm: Crm, installation: Installation) -> None:
    assert_type(crm.files, Files)
    made = crm.files.upload(Path("plan.pdf"))
    assert_type(made, str)
    crm.installations.update(installation, documents=[made, *(installation.documents or [])])
    for file in installation.documents or []:
        assert_type(file, UploadedFile)
        crm.files.download(file, "plan.pdf")
        assert_type(crm.files.stream(file.file_id), Download)


# --- What must be refused ---------------------------------------------------------------------


def wrong_related_lists(crm: Crm, lead: Lead, contact: Contact) -> None:
    crm.accounts.related(lead)  # E: a lead is no account
    crm.accounts.related(Ref[Contact]("1"))  # E: nor is a contact
    crm.accounts.related("1").leads  # E: accounts have no such list
    crm.accounts.related("1").notes  # E: notes have a method of their own
    crm.accounts.related("1").contacts.list(Lead.fields.email)  # E: a column of another module
    crm.accounts.related("1").contacts.list("Email")  # E: columns, not names
    crm.accounts.related("1").visits.list()[0]  # E: an iterator
    crm.cases.related("1")  # E: cases have no related lists but notes and attachments


def wrong_links(crm: Crm, lead: Lead, contact: Contact, books: PricedRecords[Product]) -> None:
    books.link("2", list_price=Decimal("1.5"))
    assert_type(books.link_many(["2"], list_price=2), Results)
    crm.accounts.related("1").contacts.link(contact)  # E: follows from a lookup
    crm.deals.related("1").products.link(lead)  # E: not a product
    crm.deals.related("1").products.link(Ref[Lead]("1"))  # E: not a product
    crm.deals.related("1").products.link("1", status="Invited")  # E: carries nothing
    crm.campaigns.related("1").leads.link(contact)  # E: the list of leads
    crm.campaigns.related("1").leads.link(lead, status=1)  # E: a word
    crm.deals.related("1").contact_roles.link(contact)  # E: without a role
    crm.deals.related("1").contact_roles.link(contact, role=contact)  # E: not a role
    crm.deals.related("1").contact_roles.link_many([lead], role="6")  # E: not a contact
    books.link("2")  # E: without a price
    books.link("2", list_price=1.5)  # E: a float is no price


def wrong_notes(crm: Crm) -> None:
    crm.deals.notes(Ref[Lead]("1"))  # E: a lead is no deal
    crm.deals.notes("1").add()  # E: without content
    crm.deals.notes("1").add("x", text="y")  # E: no such value
    crm.deals.notes("1").update("2", text="y")  # E: no such value
    crm.deals.notes("1").update("2", content=3)  # E: not text
    next(crm.deals.notes("1").list()).content.upper()  # E: may be None


def wrong_tags(crm: Crm, lead: Lead, contact: Contact) -> None:
    crm.leads.tags.add([contact], ["hot"])  # E: not a lead
    crm.leads.tags.add([lead], [1])  # E: not a tag
    crm.leads.tags.remove([lead], ["hot"], replace=True)  # E: no such option


def wrong_files(crm: Crm) -> None:
    crm.leads.attachments("1").upload(b"...")  # E: bytes need a name
    crm.leads.attachments("1").upload(1)  # E: neither path nor bytes
    crm.leads.attachments("1").download("2")  # E: where to
    crm.leads.attachments("1").stream("2").read("all")  # E: a number of bytes
    crm.files.upload(b"...")  # E: bytes need a name
    crm.installations.update("1", documents=[b"..."])  # E: ids of uploads
    crm.files.download(Tag("x"), "y")  # E: not a file
