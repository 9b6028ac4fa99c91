"""What generated code and this package agree on, in one number."""

from __future__ import annotations

__all__ = ["INTERFACE", "OLDEST_INTERFACE"]

INTERFACE = 3
"""What the newest generated code may need."""

OLDEST_INTERFACE = 2
"""What the oldest generated code that still works was written for; raised when it must go."""
