"""The gold set: documents of our own writing, and beside each what it states, infers and leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from apps.domain.evidence import PageWords, Word
from apps.strategies.adapters.reader import Catalogue, DataSet

FOLDER = Path(__file__).parent / "gold"
_BARS = ("open", "high", "low", "close", "volume")
_STOCKS = ("AAPL", "BAC", "GE", "IBM", "JNJ", "JPM", "KO", "MRK", "MSFT", "PFE", "PG", "WMT", "XOM")
_MANY = (*_STOCKS, *(f"S{n:03d}" for n in range(486)), "BIL")
_FIRST, _LAST = date(1950, 1, 3), date(2024, 12, 31)
CATALOGUE = Catalogue(
    (
        DataSet("us-stocks", "US stocks, large and small, daily bars", _MANY, _BARS, _FIRST, _LAST),
        DataSet("sp500", "S&P 500, daily bars", ("SPX",), _BARS, _FIRST, _LAST),
        DataSet("nasdaq", "NASDAQ Composite, daily bars", ("IXIC",), _BARS, _FIRST, _LAST),
    )
)  # fmt: skip
"""Data wide enough that what is measured is the reading, not what happens to be loaded."""


@dataclass(frozen=True, slots=True)
class ExpectedField:
    """What a document says of one field. A missing one has no value: a reader has to ask."""

    status: Literal["stated", "inferred", "missing"]
    value: Any = None
    unit: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedClaim:
    """A figure that the document reports of its own rule or of its benchmark. A basis of None is not told clearly."""

    metric: str
    value: float
    basis: str | None
    window: tuple[int, int]
    quote: str


@dataclass(frozen=True, slots=True)
class Expected:
    """One document of the set. `held_out` ones are for measuring and never for tuning."""

    slug: str
    title: str
    style: str
    text: str
    is_held_out: bool
    traps: tuple[str, ...]
    is_strategy: bool
    reason: str
    fields: dict[str, ExpectedField] = field(default_factory=dict)
    claims: tuple[ExpectedClaim, ...] = ()


@cache
def gold_set() -> tuple[Expected, ...]:
    """Every document with what is expected, by name."""
    return tuple(_read(file) for file in sorted(FOLDER.glob("*.json")))


def _read(file: Path) -> Expected:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    claims = (ExpectedClaim(**{**claim, "window": tuple(claim["window"])}) for claim in told["claims"])
    return Expected(
        slug=file.stem,
        title=told["title"],
        style=told["style"],
        text=file.with_suffix(".md").read_text(encoding="utf-8"),
        is_held_out=told["held_out"],
        traps=tuple(told["traps"]),
        is_strategy=told["strategy"],
        reason=told.get("reason", ""),
        fields={name: ExpectedField(**field_) for name, field_ in told["fields"].items()},
        claims=tuple(claims),
    )


def pages_of(text: str) -> tuple[PageWords, ...]:
    """The words of a Markdown text as one page: a heading larger, lines of fourteen words, tables in columns."""
    return (PageWords(1, tuple(_words(text))),)


def _words(text: str) -> Iterator[Word]:
    top, line = 50.0, 0
    for paragraph in text.strip().split("\n"):
        if not paragraph.strip():
            top += 10
            continue
        if paragraph.startswith("|"):
            if set(paragraph) <= set("|-: "):
                continue
            for column, cell in enumerate(paragraph.strip("|").split("|")):
                line += 1
                yield from _row(cell.split(), 50.0 + 140 * column, top, 10.0, line)
            top += 16
            continue
        size = 16.0 if paragraph.startswith("#") else 10.0
        tokens = re.sub(r"^#+ ", "", paragraph).split()
        for at in range(0, len(tokens), 14):
            line += 1
            yield from _row(tokens[at : at + 14], 50.0, top, size, line)
            top += size + 4
        top += 10


def _row(tokens: list[str], x: float, top: float, size: float, line: int) -> Iterator[Word]:
    for token in tokens:
        yield Word(token, x, top, x + 5 * len(token), top + size, line)
        x += 5 * len(token) + 3
