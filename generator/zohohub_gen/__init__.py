"""Generate typed Zoho CRM bindings from an org's metadata."""
