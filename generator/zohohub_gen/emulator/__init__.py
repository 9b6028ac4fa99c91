"""A local Zoho CRM that serves an org's own schema over real HTTP, for demos and tests.

It listens on 127.0.0.1 only and keeps its records in SQLite, in memory unless told otherwise.
"""

from .faults import Fault, FaultKind, RandomFaults
from .limits import Limits, edition_limits
from .request_log import RecordedRequest
from .server import Connection, Emulator

__all__ = [
    "Connection",
    "Emulator",
    "Fault",
    "FaultKind",
    "Limits",
    "RandomFaults",
    "RecordedRequest",
    "edition_limits",
]
