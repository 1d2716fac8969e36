"""Write the three demo research notes as PDF files, with figures replicated on the data sets that the platform loads.

Run from the root of the repository: python -m docs.research_notes.build_notes [folder]. The same data give the same bytes.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf

from apps.domain.engine import run
from apps.domain.language import DraftSpecification, RunnableSpecification, runnable
from apps.domain.metrics import measure
from apps.domain.values import Panel
from apps.marketdata.adapters.wheels import ArchData, SkfolioPrices

FOLDER = Path(__file__).parent
_DATE = "D:20260105090000+00'00'"
_MARGIN = 62
_CSS = """
body { font-family: serif; font-size: 10.5pt; line-height: 1.35; color: #1c2430; }
h1 { font-family: sans-serif; font-size: 20pt; line-height: 1.15; margin: 0 0 4pt 0; color: #14304f; }
h2 { font-family: sans-serif; font-size: 12.5pt; margin: 14pt 0 4pt 0; color: #14304f; }
h2.page { page-break-before: always; }
p { margin: 0 0 7pt 0; text-align: left; }
p.by { font-family: sans-serif; font-size: 9pt; color: #5a6675; margin-bottom: 12pt; }
p.abstract { margin-left: 18pt; margin-right: 18pt; font-style: italic; }
p.caption { font-family: sans-serif; font-size: 9pt; margin: 10pt 0 4pt 0; }
table { width: 100%; font-family: sans-serif; font-size: 9pt; margin-bottom: 10pt; }
td, th { padding: 3pt 14pt 3pt 2pt; text-align: left; font-weight: normal; }
th { color: #5a6675; }
p.reference { font-size: 9pt; margin-left: 14pt; text-indent: -14pt; }
"""


@dataclass(frozen=True)
class Note:
    """One document: its file, its title, its HTML with the replicated figures filled in."""

    file: str
    title: str
    subject: str
    html: str


def timing_specification() -> RunnableSpecification:
    """The ten-month rule on the S&P 500 price index, as the note states it."""
    return _specification(
        signals={"trend": "sma(close, window)"},
        enter="close > trend",
        values={
            "window": (10, "months"),
            "dataset": ("sp500", "dataset"),
            "symbols": (["SPX"], "symbols"),
            "rebalance": ("monthly", "choice"),
            "fill": ("next_open", "choice"),
            "cost": (0.0, "bps"),
            "capital": (1_000_000.0, "currency"),
            "start": ("2000-01-01", "date"),
            "end": ("2012-12-31", "date"),
            "benchmark": ("SPX", "symbol"),
        },
    )


def momentum_specification() -> RunnableSpecification:
    """Twelve-month time-series momentum on twenty US stocks, as the note states it."""
    return _specification(
        signals={"past_return": "trailing_return(close, lookback, 0)"},
        enter="past_return > 0",
        values={
            "lookback": (12, "months"),
            "dataset": ("us-large-caps", "dataset"),
            "symbols": ([], "symbols"),
            "rebalance": ("monthly", "choice"),
            "fill": ("next_close", "choice"),
            "cost": (5.0, "bps"),
            "capital": (1_000_000.0, "currency"),
            "start": ("1992-01-01", "date"),
            "end": ("2021-12-31", "date"),
            "benchmark": ("SPX", "symbol"),
        },
    )


def replicate(specification: RunnableSpecification, panel: Panel, benchmark: Panel | None = None) -> dict[str, float]:
    """Every defined measure of a run."""
    result = run(spec=specification, panel=panel, benchmark=benchmark)
    return {name: value for name, value in measure(result).items() if value is not None}


def panels() -> dict[str, Panel]:
    """The prices that the replications run on, by data set key."""
    return {loaded.key: loaded.panel for source in (ArchData(), SkfolioPrices()) for loaded in source.load()}


def notes() -> list[Note]:
    """The three notes with their figures."""
    prices = panels()
    timing = replicate(timing_specification(), prices["sp500"])
    momentum = replicate(momentum_specification(), prices["us-large-caps"], prices["sp500-close"])
    return [
        _note(
            "ten_month_timing",
            "Ten-month timing of the S&P 500",
            "A moving-average rule, restated and replicated",
            timing,
        ),
        _note(
            "time_series_momentum",
            "Time-series momentum in large US stocks",
            "A twelve-month rule applied stock by stock",
            momentum,
        ),
        _note(
            "cross_sectional_momentum",
            "Cross-sectional momentum: buying past winners",
            "The 12-1 rule for a long-only investor",
            {},
        ),
    ]


def build(folder: Path) -> list[Path]:
    """Write every note into `folder` and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for note in notes():
        path = folder / note.file
        path.write_bytes(pdf_of(note))
        paths.append(path)
    return paths


def pdf_of(note: Note) -> bytes:
    """The note on A4 pages with a running foot, fixed dates and no random identifier."""
    story = pymupdf.Story(html=note.html, user_css=_CSS)
    laid_out = io.BytesIO()
    writer = pymupdf.DocumentWriter(laid_out)
    page = pymupdf.paper_rect("a4")
    body, more = pymupdf.Rect(_MARGIN, _MARGIN, page.width - _MARGIN, page.height - _MARGIN - 10), True
    while more:
        device = writer.begin_page(page)
        more, _ = story.place(body)
        story.draw(device)
        writer.end_page()
    writer.close()
    document = pymupdf.open("pdf", laid_out.getvalue())
    for number, sheet in enumerate(document, start=1):
        foot = f"FO Platform research desk   |   {note.title}   |   {number} of {document.page_count}"
        sheet.insert_text((_MARGIN, page.height - 40), foot, fontname="helv", fontsize=7.5, color=(0.35, 0.4, 0.46))
    document.set_metadata(
        {
            "title": note.title,
            "author": "FO Platform research desk",
            "subject": note.subject,
            "creator": "FO Platform",
            "producer": "MuPDF",
            "creationDate": _DATE,
            "modDate": _DATE,
        }
    )
    return bytes(document.tobytes(garbage=4, deflate=True, no_new_id=True))


def _note(name: str, title: str, subject: str, figures: Mapping[str, float]) -> Note:
    source = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    for key, value in figures.items():
        source = source.replace(f"{{{{{key}}}}}", _written(key, value))
    if "{{" in source:
        raise ValueError(
            f"{name}.html names a figure that the replication does not give: {source[source.index('{{') :][:40]}"
        )
    return Note(f"{name}.pdf", title, subject, source)


def _written(key: str, value: float) -> str:
    """A figure as a note prints it: one decimal for percentages, two for ratios, drawdowns with a minus sign."""
    if "sharpe" in key:
        return f"{value:.2f}"
    return f"{value:.0f}" if key == "n_trades" else f"{value * 100:.1f}%".replace("-", "\N{MINUS SIGN}")


def _specification(
    *, signals: Mapping[str, str], enter: str, values: Mapping[str, tuple[Any, str]]
) -> RunnableSpecification:
    parameters = {
        name: {"label": name, "value": value, "unit": unit, "status": "stated"}
        for name, (value, unit) in values.items()
    }
    draft = DraftSpecification.model_validate(
        {
            "meta": {"name": "Replication"},
            "data": {"dataset": "dataset"},
            "universe": {"symbols": "symbols"},
            "signals": dict(signals),
            "selection": {"kind": "per_asset", "enter": enter},
            "weights": {"over": "universe"},
            "schedule": {"rebalance": "rebalance"},
            "execution": {"fill": "fill", "cost": "cost"},
            "evaluation": {"start": "start", "end": "end", "capital": "capital", "benchmark": "benchmark"},
            "parameters": parameters,
        }
    )
    return runnable(draft)


if __name__ == "__main__":
    for written in build(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(written)
