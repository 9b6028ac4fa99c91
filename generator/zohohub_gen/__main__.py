"""``python -m zohohub_gen`` is ``zohohub-gen``."""

from __future__ import annotations

import sys

from zohohub_gen.cli import main

if __name__ == "__main__":
    sys.exit(main())
