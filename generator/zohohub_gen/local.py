"""What programs that talk to a server on this machine have to see to."""

from __future__ import annotations

import os


def bypass_proxies() -> None:
    """Let no proxy of the environment stand between this machine and itself."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))
