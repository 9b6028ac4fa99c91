"""Which runtime interface a package on disk was generated for; nothing of it is run."""

from __future__ import annotations

import ast
from pathlib import Path

from zohohub_gen.write import read_text


def interface_of(package: Path) -> int | None:
    """The number in ``class Crm(Client, interface=2)`` of client.py; None where there is none."""
    text = read_text(package / "client.py")
    try:
        tree = ast.parse(text or "")
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for keyword in node.keywords:
                value = keyword.value
                if keyword.arg == "interface" and isinstance(value, ast.Constant):
                    return value.value if isinstance(value.value, int) else None
    return None
