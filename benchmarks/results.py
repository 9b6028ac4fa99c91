"""The table of results, results.md, and its plot, docs/images/benchmarks.svg."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import log10
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.harness import REPOSITORY, Row

RESULTS = REPOSITORY / "benchmarks" / "results.md"
PLOT = REPOSITORY / "docs" / "images" / "benchmarks.svg"

COMPARED = (
    "zohohub",
    "black",
    "cattrs",
    "click",
    "datamodel-code-generator",
    "msgspec",
    "mypy",
    "pyarrow",
    "pydantic",
    "pyright",
    "requests",
    "zohocrmsdk8-0",
)
"""What the results depend on, besides Python and the machine."""


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| work | took | beside | figure | bar | |", "|---|--:|--:|--:|--:|---|"]
    for row in rows:
        verdict = "reached" if row.held else "**MISSED**"
        lines.append(
            f"| {row.work} | {row.took} | {row.beside} | {row.figure} | {row.bar} | {verdict} |"
        )
    return "\n".join(lines) + "\n"


def write_results(rows: Sequence[Row]) -> None:
    """Write both files."""
    reached = sum(row.held for row in rows)
    RESULTS.write_text(
        "# Results of `make bench`\n\n"
        f"{reached} of {len(rows)} bars are reached. [README.md](README.md) tells what each line"
        " is; `×` is a ratio to what stands beside it, the median of the ratios of each round.\n\n"
        f"{table(rows)}\n"
        f"![The same as a plot](../{PLOT.relative_to(REPOSITORY).as_posix()})\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}. {_versions()}.\n",
        encoding="utf-8",
    )
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    PLOT.write_text(plot(rows), encoding="utf-8")


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        cpu = names[0] if names else cpu
    system = f"{platform.system()} {platform.release()}"
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{cpu}, {os.cpu_count()} cores{busy}, {system}"


def _versions() -> str:
    found = [f"Python {sys.version.split()[0]}"]
    for name in COMPARED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


# --- The plot ---------------------------------------------------------------------------------

_LINE = 24
_LABELS = 640
_BARS = 300
_TOP = 56
_FURTHEST = 2.0
"""Decades on either side of the bar; what lies further away is drawn there."""
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.figure { font-size: 12px; fill: #59636e }
.held { fill: #1a7f37 }
.missed { fill: #cf222e }
line { stroke: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .figure { fill: #9198a1 }
  .held { fill: #3fb950 }
  .missed { fill: #f85149 }
  line { stroke: #9198a1 }
}
"""


def plot(rows: Sequence[Row]) -> str:
    """An SVG: how far each row is from its bar, to the left where it is better, on a log scale."""
    height = _TOP + _LINE * len(rows) + 16
    middle = _LABELS + _BARS / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LABELS + _BARS + 220} {height}" '
        'role="img" aria-label="How far each benchmark is from its bar">',
        f"<style>{_STYLE}</style>",
        '<text class="title" x="12" y="22">How far from the bar</text>',
        f'<text class="figure" x="{middle - 6}" y="44" text-anchor="end">better ←</text>',
        f'<text class="figure" x="{middle + 6}" y="44">→ worse than the bar</text>',
    ]
    for number, row in enumerate(rows):
        y = _TOP + _LINE * number
        decades = max(-_FURTHEST, min(_FURTHEST, log10(max(row.excess, 1e-9))))
        width = max(1.5, abs(decades) / _FURTHEST * _BARS / 2)
        x = middle if decades > 0 else middle - width
        kind = "held" if row.held else "missed"
        beside = row.beside.partition(":")[0]
        label = _plain(f"{row.work}, beside {beside}" if beside else row.work)
        parts += [
            f'<text x="{_LABELS - 8}" y="{y + 16}" text-anchor="end">{label}</text>',
            f'<rect class="{kind}" x="{x:.1f}" y="{y + 5}" width="{width:.1f}" height="14"/>',
            f'<text class="figure" x="{_LABELS + _BARS + 8}" y="{y + 16}">'
            f"{_plain(f'{row.figure}, bar {row.bar}')}</text>",
        ]
    parts += [f'<line x1="{middle}" y1="{_TOP - 6}" x2="{middle}" y2="{height - 8}"/>', "</svg>\n"]
    return "\n".join(parts)


def _plain(markdown: str) -> str:
    return escape(markdown.replace("`", ""))
