"""Typed client runtime for Zoho CRM."""
