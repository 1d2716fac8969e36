"""Pages made of plain text, the catalogue of data sets, and one way to read them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pymupdf

from apps.domain.evidence import PageWords, Word
from apps.domain.language import DraftSpecification, Severity, findings
from apps.strategies.adapters.reader import Catalogue, DataSet, Reading, verify_quotes
from apps.strategies.adapters.rules import RuleReader

NOTES = Path(__file__).parents[3] / "docs" / "research_notes"
_BARS = ("open", "high", "low", "close", "volume")
_LARGE = (
    "AAPL",
    "AMD",
    "BAC",
    "BBY",
    "CVX",
    "GE",
    "HD",
    "JNJ",
    "JPM",
    "KO",
    "LLY",
    "MRK",
    "MSFT",
    "PEP",
    "PFE",
    "PG",
    "RRC",
    "UNH",
    "WMT",
    "XOM",
)
_INDEX = "price index, without dividends"
CATALOGUE = Catalogue(
    (
        DataSet("us-large-caps", "Twenty US large caps, daily closes", _LARGE, ("close",), date(1990, 1, 2), date(2022, 12, 28), "splits and dividends"),
        DataSet("us-five", "Five US stocks, daily bars", ("AAPL", "FB", "GOOG", "IBM", "MSFT"), _BARS, date(2000, 3, 1), date(2013, 3, 1), "splits and dividends"),
        DataSet("sp500", "S&P 500, daily bars", ("SPX",), _BARS, date(1999, 1, 4), date(2018, 12, 31), _INDEX),
        DataSet("sp500-close", "S&P 500, daily closes", ("SPX",), ("close",), date(1990, 1, 2), date(2022, 12, 28), _INDEX),
        DataSet("nasdaq", "NASDAQ Composite, daily bars", ("IXIC",), _BARS, date(1999, 1, 4), date(2018, 12, 31), _INDEX),
        DataSet("factor-funds", "Five US factor funds, daily closes", ("MTUM", "QUAL", "SIZE", "USMV", "VLUE"), ("close",), date(2014, 1, 2), date(2022, 12, 28), "splits and dividends"),
    )
)  # fmt: skip


def pages_of(*texts: str, width: int = 12) -> tuple[PageWords, ...]:
    """One page per text; each line of a text is a paragraph, set in lines of `width` words."""
    return tuple(PageWords(number, tuple(_words(text, width))) for number, text in enumerate(texts, start=1))


def table_page(number: int, lines: list[str], rows: list[list[str]]) -> PageWords:
    """A page with paragraphs and under them a table, its cells 120 points apart."""
    words = list(_words("\n".join(lines), 12))
    line, top = (words[-1].line + 1, words[-1].y1 + 20) if words else (1, 60.0)
    for row in rows:
        for column, cell in enumerate(row):
            x = 50.0 + 140 * column
            for text in cell.split():
                words.append(Word(text, x, top, x + 5 * len(text), top + 10, line))
                x += 5 * len(text) + 3
            line += 1
        top += 16
    return PageWords(number, tuple(words))


def pages_of_pdf(path: Path) -> tuple[PageWords, ...]:
    """The words of a PDF file, as the platform's own parser hands them on."""
    with pymupdf.open(path) as document:
        return tuple(
            PageWords(
                number, tuple(Word(w[4], w[0], w[1], w[2], w[3], w[5] * 1000 + w[6]) for w in page.get_text("words"))
            )
            for number, page in enumerate(document, start=1)
        )


def read(pages: tuple[PageWords, ...], title: str = "A note", catalogue: Catalogue = CATALOGUE) -> Reading:
    """What the rule reader makes of pages, with quotes verified; every draft must be free of errors."""
    reading = verify_quotes(RuleReader().read(pages=pages, catalogue=catalogue, title=title), pages)
    for draft in reading.drafts:
        assert errors_of(draft, catalogue) == []
    return reading


def draft_of(*texts: str, title: str = "A note") -> DraftSpecification:
    """The first draft that is read from texts."""
    return read(pages_of(*texts), title).drafts[0]


def errors_of(draft: DraftSpecification, catalogue: Catalogue = CATALOGUE) -> list[str]:
    data_set = catalogue.find(str(draft.parameters["dataset"].value))
    facts = (
        {
            "fields": data_set.fields,
            "symbols": data_set.symbols,
            "first_day": data_set.first_day,
            "last_day": data_set.last_day,
        }
        if data_set
        else {}
    )
    return [f.message for f in findings(draft, **facts) if f.severity is Severity.ERROR]


def _words(text: str, width: int):
    top, line = 50.0, 0
    for paragraph in text.strip().split("\n"):
        tokens = paragraph.split()
        for at in range(0, len(tokens), width):
            x, line = 50.0, line + 1
            for token in tokens[at : at + width]:
                yield Word(token, x, top, x + 5 * len(token), top + 10, line)
                x += 5 * len(token) + 3
            top += 14
        top += 10
