"""The org's records in the words of other libraries: JSON Schema, OpenAPI, pydantic and others."""
