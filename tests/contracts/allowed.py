"""Where the published files are wrong or say less than Zoho does, each with the reason.

Zoho's own guide, its SDK and recorded answers of real orgs are what the reasons go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .contracts import Finding

__all__ = ["ALLOWED", "Allowed", "allowed_by"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Findings that are none, by patterns of the shell's kind."""

    operation: str
    where: str
    rule: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is one of these."""
        return (
            fnmatchcase(finding.operation, _plain(self.operation))
            and fnmatchcase(finding.where, _plain(self.where))
            and fnmatchcase(finding.rule, self.rule)
        )


def _plain(pattern: str) -> str:
    """Only ``*`` is special: braces and brackets stand for themselves."""
    return pattern.replace("[", "[[]")


_REQUESTS = (
    Allowed(
        "GET /settings/fields",
        "request query.include",
        "required",
        "the guide and Zoho's SDK leave it out: it only adds permissions",
    ),
    Allowed(
        "GET /settings/related_lists",
        "request query.module",
        "enum",
        "the file lists the standard modules alone; linking and custom modules have related lists",
    ),
    Allowed(
        "GET /settings/tags",
        "request query.module",
        "enum",
        "the file lists the placeholder module_api_name as the only module",
    ),
    Allowed(
        "GET /{module}",
        "request query.page_token",
        "maxLength",
        "100 characters here, 500 in the file for related records: a token is sent as it came",
    ),
    Allowed(
        "* /{module}",
        "request query.ids",
        "maxLength",
        "1,024 characters, as of every text of the file; 100 ids, which the guide lets one delete "
        "in a call, are 2,000",
    ),
    Allowed(
        "DELETE /{module}",
        "request query.wf_trigger",
        "undescribed",
        "in the guide, and the only way to delete without workflows",
    ),
    Allowed(
        "GET /{module}/{recordID}",
        "request query.fields",
        "undescribed",
        "in the guide and in Zoho's SDK",
    ),
    Allowed(
        "GET /{parentRecordModule}/{parentRecord}/{relatedList}",
        "request query.per_page",
        "undescribed",
        "the file spells it perPage, the guide and every other file per_page",
    ),
    Allowed(
        "GET /{parentRecordModule}/{parentRecordId}/Notes",
        "request query.per_page",
        "undescribed",
        "the file spells it perPage, the guide and every other file per_page",
    ),
    Allowed(
        "GET /{parentRecordModule}/{parentRecord}/{relatedList}",
        "request query.fields",
        "pattern",
        "the pattern has no room for parentheses and hyphens, which api_names of extensions have",
    ),
    Allowed(
        "GET /{moduleApiName}/{recordId}/Attachments",
        "request query.per_page",
        "undescribed",
        "in the guide: attachments are a related list, in pages of up to 200",
    ),
    Allowed(
        "POST /{moduleApiName}/{recordId}/Attachments",
        "request query.title",
        "undescribed",
        "in the guide: the name of a link",
    ),
    Allowed(
        "PUT /{parentRecordModule}/{parentRecordId}/Notes/{noteId}",
        "request $.data.*.Note_*",
        "type",
        "null clears a note's title; what Zoho refuses is told to the caller",
    ),
    Allowed(
        "POST /{module}/actions/*_tags",
        "request query.module",
        "required",
        "the module is in the path, and in the query of no example",
    ),
    Allowed(
        "POST /{module}/actions/*_tags",
        "request $.ids*",
        "*",
        "the schema was made from the text of one example; the guide's body has a list of 500 ids",
    ),
    Allowed(
        "POST /{module}/actions/*_tags",
        "request $.tags",
        "maxItems",
        "the number of the example; the guide has no such limit",
    ),
    Allowed(
        "POST /{module}/actions/mass_update",
        "request $",
        "required",
        "the guide takes a custom view, cvid, in place of ids",
    ),
    Allowed(
        "POST /{module}/actions/mass_update",
        "request $",
        "additionalProperties",
        "the guide takes a custom view, cvid, in place of ids",
    ),
    Allowed(
        "POST /Leads/{leadId}/actions/convert",
        "request $.data.*",
        "additionalProperties",
        "move_attachments_to is in the guide and in Zoho's SDK",
    ),
    Allowed(
        "POST /Leads/{leadId}/actions/convert",
        "request $.data.*.Deals",
        "required",
        "which fields a deal needs depends on the org",
    ),
    Allowed(
        "POST /bulk/read",
        "request $.query.criteria*",
        "*",
        "the file lists six comparators, and one level without lists; the guide has twelve, groups "
        "in groups, and lists for in and between",
    ),
    Allowed(
        "POST /bulk/read",
        "request $.query",
        "*",
        "a page token goes on with an earlier query, and stands alone",
    ),
    Allowed(
        "POST /bulk/write",
        "request $.resource.*",
        "required",
        "an insert finds no record by anything",
    ),
    Allowed(
        "POST /bulk/write",
        "request $.resource.*.find_by",
        "enum",
        "the guide finds records of an upsert by any unique field, such as Email",
    ),
    Allowed(
        "POST /bulk/write",
        "request $.resource.*.field_mappings.*",
        "additionalProperties",
        "find_by of a lookup is in the guide: rows of subforms name their parent by it",
    ),
    Allowed(
        "POST /actions/watch",
        "request $.watch.*",
        "additionalProperties",
        "return_affected_field_values is in the guide and in the files of other versions",
    ),
    Allowed(
        "PUT /settings/variables/{id}",
        "request $.variables.*.value",
        "maxLength",
        "the length of the example; variables hold long texts",
    ),
    Allowed("* /crm/*/actions/blueprint", "*", "undescribed", "no file is about blueprints"),
    Allowed("GET /crm/bulk/*/write/*/result", "*", "undescribed", "the file leaves it out"),
    Allowed("GET /crm/*/Contacts/roles", "*", "undescribed", "no file is about contact roles"),
    Allowed("POST /crm/*/actions/change_owner", "*", "undescribed", "no file is about owners"),
)

_METADATA = (
    "the emulator serves metadata as it was pulled, of any version from v2 to v8, and that of "
    "tests is small and odd on purpose"
)

_ANSWERS = (
    *(
        Allowed(f"GET /settings/{kind}*", f"answer 200 $.{kind}.*", "*", _METADATA)
        for kind in ("modules", "fields", "layouts", "related_lists", "custom_views")
    ),
    Allowed("GET /settings/pipeline*", "answer 200 $.pipeline.*", "*", _METADATA),
    Allowed(
        "GET /settings/fields/{fieldId}/pick_list_values",
        "answer 200 $.pick_list_values.*",
        "*",
        _METADATA,
    ),
    Allowed("POST /coql", "answer 200 $.fields.*", "*", _METADATA),
    Allowed("GET /org", "answer 200 $.org.*", "required", _METADATA),
    Allowed(
        "GET /users*",
        "answer 200 $.users.*.l*",
        "enum",
        "the file lists the languages and countries of its day",
    ),
    Allowed(
        "GET /{moduleApiName}/*actions/fetch_full_data",
        "answer 200 $.data.*",
        "type",
        "a field without a value is null",
    ),
    Allowed("*", "answer 304", "undescribed", "the files leave out the answers without a body"),
    Allowed("*", "answer 204", "undescribed", "the files leave out the answers without a body"),
    Allowed("*", "answer 207", "undescribed", "the guide: some of the records were refused"),
    Allowed("GET /{module}", "answer 200 $.data", "maxItems", "a page holds 200 records"),
    Allowed("POST /coql", "answer 200 $.data", "maxItems", "an answer holds 2,000 records"),
    Allowed(
        "GET /{module}*",
        "answer 200 $.data.*.*_By",
        "additionalProperties",
        "recorded answers have the e-mail of Created_By and Modified_By too",
    ),
    Allowed(
        "GET /{module}*",
        "answer 200 $.data.*.Owner",
        "type",
        "modules without an owner answer null; so do records that a test began with",
    ),
    Allowed(
        "*",
        "answer 200 $.data.*_By",
        "type",
        "records that a test began with were created by nobody",
    ),
    Allowed(
        "GET /{module}",
        "answer 200 $.info.*page_token*",
        "type",
        "recorded answers have null on the first and the last page",
    ),
    Allowed(
        "POST /{module}/upsert",
        "answer 20* $.data.*",
        "additionalProperties",
        "the guide and Zoho's SDK have action and duplicate_field",
    ),
    Allowed(
        "POST /{module}/*actions/remove_tags",
        "answer 200 $",
        "additionalProperties",
        "success_count is in the guide, and in the file's answer of add_tags",
    ),
    Allowed(
        "POST /{module}/actions/mass_update",
        "answer 200 $.data.*.details",
        "*",
        "for a custom view the guide answers with job_id alone",
    ),
    Allowed(
        "* /actions/watch",
        "answer 207 $.watch.*.details",
        "*",
        "the details of an error depend on what is wrong; the file has those of one",
    ),
    Allowed(
        "GET /settings/variables*",
        "answer 200 $.variables.*.value",
        "type",
        "a variable may hold nothing",
    ),
    Allowed(
        "GET /Notes",
        "answer 200 $.info",
        "additionalProperties",
        "recorded answers say of every module's page how it is sorted",
    ),
    Allowed(
        "GET /bulk/write/{jobId}",
        "answer 200 $.callback",
        "type",
        "the guide has null where none was asked for",
    ),
    Allowed(
        "GET /bulk/read/{jobId}",
        "answer 200 $.data.*.query*",
        "*",
        "the query comes back as it was sent",
    ),
    Allowed(
        "GET /bulk/read/{jobId}",
        "answer 200 $.data.*.result.next_page_token",
        "type",
        "the guide has null where there is no next page",
    ),
    Allowed(
        "GET /bulk/read/{jobId}",
        "answer 200 $.data.*",
        "required",
        "the file asks for fields of attachments, from another schema",
    ),
    Allowed(
        "GET /{moduleApiName}/{recordId}/Attachments",
        "answer 200 $.data.*",
        "*",
        "a list has the fields that were asked for; links have no size, and any address",
    ),
)

ALLOWED = (*_REQUESTS, *_ANSWERS)


def allowed_by(finding: Finding) -> Allowed | None:
    """The entry that covers a finding."""
    return next((each for each in ALLOWED if each.covers(finding)), None)
