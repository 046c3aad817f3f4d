"""A sheet of A4 as one SVG: text that is measured and broken, and charts set into it. From there to PDF and PNG.

Belongs here: what can be put on a sheet. Not here: what a profile puts there (`paper.py`), and how a chart looks
(`pipelines/site/`). Lengths are CSS pixels, 96 to the inch; a sheet is 794 by 1123 of them.
"""

import io
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import vl_convert
from pypdf import PdfReader, PdfWriter

from pipelines.files import write_bytes
from pipelines.site.theme import FONT, THEMES

WIDTH, HEIGHT = 794, 1123
MARGIN = 45
INK, SOFT, GRID = THEMES["light"]["ink"], THEMES["light"]["soft"], THEMES["light"]["grid"]
BETTER, WORSE, WARN = THEMES["light"]["chosen"], THEMES["light"]["county"], THEMES["light"]["warn"]

# Widths of letters in Helvetica and its likes, in thousandths of the type size; what is not listed is 556.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 222), **dict.fromkeys(" ,./:;!It()[]f\u00a0", 290), **dict.fromkeys("r-°*", 333),
    **dict.fromkeys("cksvxyzJ", 500), **dict.fromkeys("ABEKPSVXYÅÄ&", 667), **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQÖ", 778), **dict.fromkeys("mM", 833), **dict.fromkeys("%@W–—", 900),
    **dict.fromkeys("TFZ", 611),
}  # fmt: skip


def width_of(text: str, size: float, bold: bool = False) -> float:
    """About how wide `text` is set; a little too wide rather than too narrow."""
    return sum(_WIDTHS.get(letter, 556) for letter in text) * size / 1000 * (1.08 if bold else 1.02)


def broken(text: str, size: float, width: float) -> list[str]:
    """`text` in lines no wider than `width`, broken between words."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


class Sheet:
    """One page being filled; `y` is where the next thing goes."""

    def __init__(self) -> None:
        self.y: float = MARGIN
        self._parts: list[str] = []

    @property
    def left(self) -> float:
        """What is left of the page below `y`."""
        return HEIGHT - MARGIN - self.y

    def text(
        self, x: float, y: float, text: str, size: float = 10, colour: str = INK, bold: bool = False, end: bool = False
    ) -> None:
        """Sets a line with its baseline at `y`; `end`: ending at `x`."""
        anchor = ' text-anchor="end"' if end else ""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{anchor}{weight}>{escape(text)}</text>'
        )

    def paragraph(
        self, text: str, size: float = 10, colour: str = INK, x: float = MARGIN, width: float = WIDTH - 2 * MARGIN
    ) -> None:
        """Sets broken lines from `y` down and moves it below them."""
        for line in broken(text, size, width):
            self.y += size * 1.35
            self.text(x, self.y, line, size, colour)

    def rule(self, y: float, colour: str = GRID, thick: float = 1) -> None:
        ends = f'x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}"'
        self._parts.append(f'<line {ends} stroke="{colour}" stroke-width="{thick:g}"/>')

    def chart(self, svg: str, x: float, y: float, width: float, plot: float | None = None) -> float:
        """Sets a chart `width` wide with its corner at x, y; returns how high it is.

        `plot`: how wide its plotted area is drawn; then that, and not the chart with its margins, is `width` wide with
        its corner there.
        """
        chart_width, chart_height = (
            float(found.group(1))
            for name in ("width", "height")
            if (found := re.search(rf'<svg[^>]* {name}="([\d.]+)"', svg))
        )
        body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        if plot is not None:
            moved = re.search(r"translate\(([\d.]+), ?([\d.]+)\)", body)
            left, top = (float(moved.group(1)), float(moved.group(2))) if moved else (0.0, 0.0)
            x, y, width = x - left * width / plot, y - top * width / plot, width * chart_width / plot
        height = width * chart_height / chart_width
        # Charts number their clip paths alike; on one sheet each needs names of its own.
        mark = f"c{len(self._parts)}-"
        body = re.sub(r'\bid="', f'id="{mark}', body).replace("url(#", f"url(#{mark}")
        body = re.sub(r'(href=")#', rf"\1#{mark}", body)
        self._parts.append(
            f'<svg x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'viewBox="0 0 {chart_width:g} {chart_height:g}">{body}</svg>'
        )
        return height

    def body(self) -> str:
        return "".join(self._parts)


def to_pdf(sheets: Sequence[Sheet], title: str, path: Path) -> None:
    """Writes the sheets as one PDF of A4 pages."""
    writer = PdfWriter()
    for sheet in sheets:
        page = _svg([sheet.body()], WIDTH * 0.75, HEIGHT * 0.75)
        writer.append(PdfReader(io.BytesIO(vl_convert.svg_to_pdf(page))))
    writer.add_metadata({"/Title": title, "/Producer": "Jämlik", "/Creator": "Jämlik"})
    written = io.BytesIO()
    writer.write(written)
    write_bytes(path, written.getvalue())


def to_png(sheets: Sequence[Sheet], path: Path) -> None:
    """Writes the sheets as one picture, one below the other."""
    picture = _svg([sheet.body() for sheet in sheets], WIDTH, HEIGHT * len(sheets))
    write_bytes(path, vl_convert.svg_to_png(picture, scale=1.5))


def _svg(bodies: Sequence[str], width: float, height: float) -> str:
    inner = "".join(f'<g transform="translate(0 {HEIGHT * place})">{body}</g>' for place, body in enumerate(bodies))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {WIDTH} {HEIGHT * len(bodies)}" font-family="{escape(FONT)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT * len(bodies)}" fill="#ffffff"/>{inner}</svg>'
    )
