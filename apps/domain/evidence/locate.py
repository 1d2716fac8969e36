"""Find a quote among the words of a whole document, or say that it is not there.

Works on words, not on a page's own text search, because a quote may cross a line, a column or a page. Three attempts,
each weaker and each said so: the same characters; the same after normalisation, at last past running heads and notes at the
foot of a page; nearly the same, with every figure, unit and negation unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from apps.domain.errors import DomainError
from apps.domain.evidence.layout import PROSE, Layout
from apps.domain.evidence.nearly import NearlyFinder, Stretch
from apps.domain.evidence.spelling import (
    Plain,
    Spelling,
    as_printed,
    normalise,
    stands_alone,
    trimmed,
    without_typesetting,
)
from apps.domain.evidence.words import PageWords, Word

Match = Literal["exact", "normalised", "fuzzy", "not located"]
Box = tuple[int, float, float, float, float]
_Span = tuple[int, int]

_FUZZY_AT_MOST = 0.999  # 1 is kept for text that is the same


class EmptyQuoteError(DomainError):
    """There is nothing to look for."""

    code = "empty_quote"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a quote stands. `boxes` has one entry per line covered; a quote that is not located has none.

    The words of a document are counted from 0, blank ones included. The quote covers words[start:end] for each of `spans`:
    more than one where a running head or a footnote stands between; `start` and `end` are those of the first and the last.
    """

    match: Match
    score: float
    page: int | None
    boxes: tuple[Box, ...]
    start: int | None = None
    end: int | None = None
    spans: tuple[tuple[int, int], ...] = ()


NOT_LOCATED = Location("not located", 0.0, None, ())


def locate(quote: str, *, pages: Sequence[PageWords], hint_page: int | None = None) -> Location:
    """Where the quote stands. Of several places the one on `hint_page` is taken, else the first.

    Raises EmptyQuoteError. To look for many quotes in one document, make one `QuoteFinder`.
    """
    return QuoteFinder(pages).locate(quote, hint_page=hint_page)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word that is not blank: its order among such words, and its number among all words of the document."""

    order: int
    number: int
    page: int
    word: Word


class _Stream:
    """Words that follow each other, in the spellings that quotes are compared with."""

    def __init__(self, words: Sequence[_Placed]) -> None:
        self.words = words

    @cached_property
    def printed(self) -> Spelling:
        return as_printed(placed.word.text for placed in self.words)

    @cached_property
    def plain(self) -> Plain:
        return without_typesetting(placed.word.text for placed in self.words)

    @cached_property
    def nearly(self) -> NearlyFinder:
        return NearlyFinder(self.plain)

    def spans_of_printed(self, needle: str) -> Iterator[_Span]:
        hay = self.printed
        for at, end in _occurrences(needle, hay.text):
            if stands_alone(hay.text, at, end):
                yield hay.word_at(at), hay.word_at(end - 1)

    def spans_of_normal(self, needle: str) -> Iterator[_Span]:
        hay = self.plain
        for at, end in _occurrences(needle, hay.spelling.text):
            if hay.stands_alone(at, end):
                yield hay.spelling.word_at(at), hay.spelling.word_at(end - 1)

    def chosen(self, spans: Iterator[_Span], hint_page: int | None) -> list[_Placed]:
        """The words of the first span, or of the first one that begins on the page of the hint; none where there is no span."""
        first: _Span | None = None
        for span in spans:
            if hint_page is None or self.words[span[0]].page == hint_page:
                return self.between(span)
            first = first or span
        return self.between(first) if first else []

    def between(self, span: _Span) -> list[_Placed]:
        return list(self.words[span[0] : span[1] + 1])


class QuoteFinder:
    """The words of one document, indexed for many quotes."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self._pages = pages
        every = [(n, page, word) for n, (page, word) in enumerate((p.page, word) for p in pages for word in p.words)]
        written = [(n, page, word) for n, page, word in every if word.text.strip()]
        self._every = _Stream([_Placed(order, *placed) for order, placed in enumerate(written)])

    @cached_property
    def _prose(self) -> _Stream:
        """The running text alone: without heads, feet, notes, captions and tables."""
        kinds = [kind for page in Layout(self._pages).kinds for kind in page]
        return _Stream([placed for placed in self._every.words if kinds[placed.number] in PROSE])

    def locate(self, quote: str, *, hint_page: int | None = None) -> Location:
        """Where the quote stands. Raises EmptyQuoteError."""
        collapsed = " ".join(quote.split())
        if not collapsed:
            raise EmptyQuoteError("A quote needs at least one word.")
        for stream in self._streams():
            if found := stream.chosen(stream.spans_of_printed(collapsed), hint_page):
                return _location("exact", 1.0, found)
        normal = normalise(quote)
        for needle in filter(None, dict.fromkeys((normal, trimmed(normal)))):
            for stream in self._streams():
                if found := stream.chosen(stream.spans_of_normal(needle), hint_page):
                    return _location("normalised", 1.0, found)
        return self._nearly(quote, hint_page)

    def _streams(self) -> Iterator[_Stream]:
        """Running text first: a sentence that goes on overleaf must not end in the running head."""
        yield self._prose
        if len(self._prose.words) < len(self._every.words):
            yield self._every

    def _nearly(self, quote: str, hint_page: int | None) -> Location:
        found = [(stretch, stream) for stream in self._streams() for stretch in stream.nearly.find(quote)]

        def rank(pair: tuple[Stretch, _Stream]) -> tuple[float, bool]:
            stretch, stream = pair
            return -stretch.score, stream.words[stretch.first].page != hint_page

        if not found:
            return NOT_LOCATED
        stretch, stream = min(found, key=rank)
        return _location("fuzzy", min(stretch.score, _FUZZY_AT_MOST), stream.between((stretch.first, stretch.last)))


def _occurrences(needle: str, text: str) -> Iterator[_Span]:
    at = text.find(needle)
    while at >= 0:
        yield at, at + len(needle)
        at = text.find(needle, at + 1)


def _location(match: Match, score: float, covered: Sequence[_Placed]) -> Location:
    lines: dict[tuple[int, int], list[Word]] = {}
    for placed in covered:
        lines.setdefault((placed.page, placed.word.line), []).append(placed.word)
    boxes = tuple(
        (page, min(w.x0 for w in ws), min(w.y0 for w in ws), max(w.x1 for w in ws), max(w.y1 for w in ws))
        for (page, _), ws in lines.items()
    )
    spans: list[_Span] = []
    before: _Placed | None = None
    for placed in covered:
        if before is not None and placed.order == before.order + 1:
            spans[-1] = (spans[-1][0], placed.number + 1)
        else:
            spans.append((placed.number, placed.number + 1))
        before = placed
    return Location(match, round(score, 4), covered[0].page, boxes, spans[0][0], spans[-1][1], tuple(spans))
