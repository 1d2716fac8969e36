"""Find a quote among the words of a whole document, or say that it is not there.

Works on words, not on a page's own text search, because a quote may cross a line, a column or a page. Three attempts,
each weaker and each said so: the same characters; the same after normalisation; nearly the same, with every number
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rapidfuzz import fuzz

from apps.domain.errors import DomainError
from apps.domain.evidence.spelling import (
    Spelling,
    as_printed,
    figures,
    normalise,
    stands_alone,
    without_typesetting,
)
from apps.domain.evidence.words import PageWords, Word

Match = Literal["exact", "normalised", "fuzzy", "not located"]
Box = tuple[int, float, float, float, float]
_Span = tuple[int, int]

_FUZZY_FROM = 0.85
_FUZZY_AT_MOST = 0.999  # 1 is kept for text that is the same
_SHARED_WORDS = 1 / 3  # of a quote's words, that a page must hold before it is searched letter by letter
_PAGES_SEARCHED = 6  # those that share the most words with the quote; letter by letter is slow
_WINDOWS_PER_PAGE = 8


class EmptyQuoteError(DomainError):
    """There is nothing to look for."""

    code = "empty_quote"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a quote stands. `boxes` has one entry per line covered; a quote that is not located has none.

    `start` and `end` count the words of the document from 0, blank ones included: the quote covers words[start:end].
    """

    match: Match
    score: float
    page: int | None
    boxes: tuple[Box, ...]
    start: int | None = None
    end: int | None = None


NOT_LOCATED = Location("not located", 0.0, None, ())


def locate(quote: str, *, pages: Sequence[PageWords], hint_page: int | None = None) -> Location:
    """Where the quote stands. Of several places the one on `hint_page` is taken, else the first.

    Raises EmptyQuoteError. To look for many quotes in one document, make one `QuoteFinder`.
    """
    return QuoteFinder(pages).locate(quote, hint_page=hint_page)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word that is not blank, and its number among all words of the document."""

    number: int
    page: int
    word: Word


@dataclass(frozen=True, slots=True)
class _PageRange:
    number: int
    start: int
    end: int
    tokens: frozenset[str]


class QuoteFinder:
    """The words of one document, indexed for many quotes."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        every = enumerate((page.page, word) for page in pages for word in page.words)
        self._words = [_Placed(number, page, word) for number, (page, word) in every if word.text.strip()]

    @cached_property
    def _exact(self) -> Spelling:
        return as_printed(placed.word.text for placed in self._words)

    @cached_property
    def _normal(self) -> Spelling:
        return without_typesetting(placed.word.text for placed in self._words)

    @cached_property
    def _pages(self) -> list[_PageRange]:
        """Where each page begins and ends in the normalised text, and the words on it."""
        hay, words = self._normal, self._words
        firsts = [i for i, placed in enumerate(words) if i == 0 or placed.page != words[i - 1].page]
        ends = [hay.starts[first] for first in firsts[1:]] + [len(hay.text)]
        return [
            _PageRange(words[first].page, hay.starts[first], end, frozenset(hay.text[hay.starts[first] : end].split()))
            for first, end in zip(firsts, ends, strict=True)
        ]

    def locate(self, quote: str, *, hint_page: int | None = None) -> Location:
        """Where the quote stands. Raises EmptyQuoteError."""
        collapsed = " ".join(quote.split())
        if not collapsed:
            raise EmptyQuoteError("A quote needs at least one word.")
        span = self._find(collapsed, self._exact, hint_page)
        if span:
            return self._location("exact", 1.0, span)
        normal = normalise(quote)
        if not normal or not self._normal.text:
            return NOT_LOCATED
        span = self._find(normal, self._normal, hint_page)
        return self._location("normalised", 1.0, span) if span else self._fuzzy(normal, hint_page)

    def _find(self, needle: str, hay: Spelling, hint_page: int | None) -> _Span | None:
        first: _Span | None = None
        at = hay.text.find(needle)
        while at >= 0:
            end = at + len(needle)
            if stands_alone(hay.text, at, end):
                span = hay.word_at(at), hay.word_at(end - 1)
                if hint_page is None or self._words[span[0]].page == hint_page:
                    return span
                first = first or span
            at = hay.text.find(needle, at + 1)
        return first

    def _fuzzy(self, needle: str, hint_page: int | None) -> Location:
        """The best window of the document whose figures are those of the quote, in their order."""
        wanted = figures(needle)
        best: tuple[float, bool, int, _Span] | None = None
        for first, last in self._windows(needle, hint_page):
            window = self._normal.between(first, last)
            score = fuzz.ratio(needle, window) / 100
            if score < _FUZZY_FROM or figures(window) != wanted:
                continue
            rank = (score, self._words[first].page == hint_page, -first, (first, last))
            best = max(best, rank) if best else rank
        return self._location("fuzzy", min(best[0], _FUZZY_AT_MOST), best[3]) if best else NOT_LOCATED

    def _windows(self, needle: str, hint_page: int | None) -> Iterator[_Span]:
        """Stretches of words that look like the needle. Where one was found, both sides of it are searched again: the
        stretch that looks best may be the one with another number."""
        hay = self._normal
        for start, end in self._likely_ranges(needle, hint_page):
            todo, left = [(start, end)], _WINDOWS_PER_PAGE
            while todo and left:
                low, high = todo.pop(0)
                found = fuzz.partial_ratio_alignment(needle, hay.text[low:high], score_cutoff=_FUZZY_FROM * 100)
                if high - low < len(needle) or found is None:
                    continue
                left -= 1
                at, to = low + found.dest_start, low + max(found.dest_start + 1, found.dest_end)
                yield self._trimmed(needle, hay.word_at(at), hay.word_at(to - 1))
                todo += [(low, at), (to, high)]

    def _likely_ranges(self, needle: str, hint_page: int | None) -> list[tuple[int, int]]:
        """The pages that share the most words with the needle, each with room for a quote that crosses to the next."""
        tokens = frozenset(needle.split())
        ranked = []
        for position, page in enumerate(self._pages):
            following = self._pages[position + 1].tokens if position + 1 < len(self._pages) else frozenset[str]()
            shared = len(tokens & (page.tokens | following))
            if shared >= _SHARED_WORDS * len(tokens):
                ranked.append((-shared, page.number != hint_page, position))
        likely = [self._pages[position] for *_, position in sorted(ranked)[:_PAGES_SEARCHED]]
        return [(page.start, min(len(self._normal.text), page.end + len(needle))) for page in likely]

    def _trimmed(self, needle: str, first: int, last: int) -> _Span:
        """The span without an edge word of which the alignment caught only a letter or two."""
        spans = [(f, t) for f in (first, first + 1) for t in (last, last - 1) if f <= t]
        return max(spans, key=lambda span: fuzz.ratio(needle, self._normal.between(*span)))

    def _location(self, match: Match, score: float, span: _Span) -> Location:
        covered = self._words[span[0] : span[1] + 1]
        lines: dict[tuple[int, int], list[Word]] = {}
        for placed in covered:
            lines.setdefault((placed.page, placed.word.line), []).append(placed.word)
        boxes = tuple(
            (page, min(w.x0 for w in ws), min(w.y0 for w in ws), max(w.x1 for w in ws), max(w.y1 for w in ws))
            for (page, _), ws in lines.items()
        )
        return Location(match, round(score, 4), covered[0].page, boxes, covered[0].number, covered[-1].number + 1)
