"""A tear sheet as a PDF, made on the server with ReportLab (BSD): text that can be searched, curves as vectors.

The fonts are those that come with the library; a character that they lack is written as a question mark.
"""

from __future__ import annotations

import io
import math
from datetime import date
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from apps.backtests.services.content import Block, Content, Plot, written

_INK, _SOFT, _LINE, _BLUE = "#12161D", "#5F6875", "#DDE1E7", "#2F46C7"
_TONES = {"pass": "#007A70", "fail": "#B3300F", "warn": "#8A5A00"}
_WIDE = 6


def pdf_of(content: Content, /) -> bytes:
    """The document, A4. The same content gives the same bytes."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415 -- slow import
    from reportlab.lib.units import mm  # noqa: PLC0415 -- slow import
    from reportlab.platypus import SimpleDocTemplate, Spacer  # noqa: PLC0415 -- slow import

    out = io.BytesIO()
    page = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=14 * mm, rightMargin=14 * mm, topMargin=14 * mm, bottomMargin=16 * mm,
        title=_known(content.title), author="FO Platform", invariant=1,
    )  # fmt: skip
    width = page.width
    story: list[Any] = [_text(content.title, 16, bold=True)]
    story += [_text(" · ".join(x for x in (content.document, content.window) if x), 8.5, colour=_SOFT), Spacer(1, 3)]
    story += [_text(content.verdict, 12, bold=True, colour=_TONES[content.tone])]
    story += [_text(f"• {sentence}", 8.5, colour=_TONES.get(tone, _INK)) for tone, sentence in content.reasons]
    story += [Spacer(1, 4), _tiles(content, width), Spacer(1, 4)]
    story += [_text(f"Data: {title}. {text}", 7.5, colour=_TONES["warn"]) for title, text in content.notes]
    for plot in content.plots:
        story += [_heading(plot.title), _drawn(plot, width, 150 if plot.title == content.plots[0].title else 90)]
    for block in content.blocks:
        if block.rows:
            story += _block(block, width)
    story += [_heading("The rules that ran"), *(_text(sentence, 8.5) for sentence in content.rules)]
    story += [
        _heading("How it was run"),
        *(_text(f"{label}: {text}", 7.5, colour=_SOFT) for label, text in content.inputs),
    ]
    footer = _footer(content)
    page.build(story, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


@lru_cache(maxsize=1)
def _fonts() -> tuple[str, str]:
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 -- slow import
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 -- slow import

    pdfmetrics.registerFont(TTFont("Sheet", "Vera.ttf"))
    pdfmetrics.registerFont(TTFont("SheetBold", "VeraBd.ttf"))
    return "Sheet", "SheetBold"


def _known(text: str) -> str:
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 -- slow import

    glyphs = pdfmetrics.getFont(_fonts()[0]).face.charToGlyph
    return "".join(c if ord(c) in glyphs else _PLAIN.get(c, "?") for c in text)


_PLAIN = {"\u2212": "-", "\u202f": "\u00a0", "\u2009": " ", "\u2011": "-", "\u221a": "sqrt "}


def _text(text: str, size: float, *, bold: bool = False, colour: str = _INK, right: bool = False) -> Any:
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT  # noqa: PLC0415 -- slow import
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415 -- slow import
    from reportlab.platypus import Paragraph  # noqa: PLC0415 -- slow import

    style = ParagraphStyle(
        "sheet", fontName=_fonts()[bold], fontSize=size, leading=size * 1.35, textColor=colour,
        alignment=TA_RIGHT if right else TA_LEFT,
    )  # fmt: skip
    return Paragraph(escape(_known(text)), style)


def _heading(text: str) -> Any:
    """A heading that is never the last line of a page."""
    paragraph = _text(text, 10, bold=True)
    paragraph.style.spaceBefore, paragraph.style.spaceAfter, paragraph.style.keepWithNext = 9, 3, 1
    return paragraph


def _tiles(content: Content, width: float) -> Any:
    from reportlab.platypus import Table  # noqa: PLC0415 -- slow import

    columns = [
        [_text(label, 7, colour=_SOFT), _text(value, 13, bold=True), _text(claimed, 7, colour=_SOFT)]
        for label, value, claimed in content.tiles
    ]
    style = [
        ("BOX", (0, 0), (-1, -1), 0.5, _LINE),
        ("INNERGRID", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Table([columns], colWidths=[width / len(columns)] * len(columns), style=style)


def _block(block: Block, width: float) -> list[Any]:
    from reportlab.platypus import Table  # noqa: PLC0415 -- slow import

    size = 5.8 if len(block.columns) > _WIDE * 2 else 7
    right = block.is_number()
    head = [
        _text(name, size, bold=True, colour=_SOFT, right=r) for (name, _), r in zip(block.columns, right, strict=True)
    ]
    body = [[_text(cell, size, right=r) for cell, r in zip(row, right, strict=True)] for row in block.shown()]
    style = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]  # fmt: skip
    table = Table([head, *body], colWidths=_widths(block, width), style=style, repeatRows=1)
    note = [_text(block.note, 7, colour=_SOFT)] if block.note else []
    return [_heading(block.title), table, *note]


def _widths(block: Block, width: float) -> list[float]:
    """Columns as wide as their longest words ask, within reason."""
    cells = [[name for name, _ in block.columns], *block.shown()]
    asked = [
        min(42, max(9 if len(block.columns) <= _WIDE else 5, *(len(row[i]) for row in cells)))
        for i in range(len(block.columns))
    ]
    return [width * one / sum(asked) for one in asked]


def _drawn(plot: Plot, width: float, height: float) -> Any:
    from reportlab.graphics.shapes import Drawing, Line, PolyLine, String  # noqa: PLC0415 -- slow import
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 -- slow import

    left, bottom, top = 34.0, 14.0, 10.0
    days = [day.toordinal() for line in plot.lines for day in line.days]
    values = [value for line in plot.lines for value in line.values]
    first, last, low, high = min(days), max(days), min(values), max(values)
    span_x, span_y = max(1, last - first), (high - low) or 1.0

    def x(day: float) -> float:
        return left + (day - first) / span_x * (width - left - 4)

    def y(value: float) -> float:
        return bottom + (value - low) / span_y * (height - bottom - top)

    small = {"fontName": _fonts()[0], "fontSize": 6.5, "fillColor": HexColor(_SOFT)}
    drawing = Drawing(width, height)
    for tick in _ticks(low, high):
        drawing.add(Line(left, y(tick), width - 4, y(tick), strokeColor=HexColor(_LINE), strokeWidth=0.4))
        label = _known(written(tick, "fraction" if plot.kind == "fraction" else "number"))
        drawing.add(String(left - 4, y(tick) - 2, label, textAnchor="end", **small))
    for year in _years(first, last):
        drawing.add(String(x(year[1]), 3, str(year[0]), **small))
    for name, day in plot.marks:
        at = x(day.toordinal())
        drawing.add(
            Line(at, bottom, at, height - top, strokeColor=HexColor(_SOFT), strokeWidth=0.6, strokeDashArray=[2, 2])
        )
        drawing.add(String(at + 2, height - top + 1, name, **small))
    for line in plot.lines:
        points = [v for day, value in zip(line.days, line.values, strict=True) for v in (x(day.toordinal()), y(value))]
        look = {"strokeColor": HexColor(_SOFT), "strokeWidth": 0.7, "strokeDashArray": [3, 2]} if line.is_benchmark else {
            "strokeColor": HexColor(_BLUE), "strokeWidth": 1.0
        }  # fmt: skip
        drawing.add(PolyLine(points, **look))
    return drawing


def _ticks(low: float, high: float) -> list[float]:
    """At most six round values between two."""
    if high <= low:
        return [low]
    raw = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _years(first: int, last: int) -> list[tuple[int, int]]:
    """At most ten years and the ordinals of their first days."""
    years = range(date.fromordinal(first).year + 1, date.fromordinal(last).year + 1)
    step = max(1, -(-len(years) // 10))
    return [(year, date(year, 1, 1).toordinal()) for year in years[::step]]


def _footer(content: Content) -> Any:
    def draw(canvas: Any, page: Any) -> None:
        canvas.setFont(_fonts()[0], 6.5)
        canvas.setFillColor(_SOFT)
        canvas.drawString(page.leftMargin, 24, f"FO Platform · run {content.fingerprint[:16]}")
        canvas.drawRightString(page.leftMargin + page.width, 24, f"Page {page.page}")

    return draw
