"""Find a quote among the words of a whole document, or say that it is not there.

Works on words, not on a page's own text search, because a quote may cross a line, a column or a page. Three attempts, each
weaker and each said so: the same characters; the same after normalisation; nearly the same, with every number unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rapidfuzz import fuzz

from apps.domain.errors import DomainError
from apps.domain.evidence.words import PageWords, Word

Match = Literal["exact", "normalised", "fuzzy", "not located"]
Box = tuple[int, float, float, float, float]

_FUZZY_FROM = 0.85
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"), "-")
_QUOTES = {ord("\u2018"): "'", ord("\u2019"): "'", ord("\u201c"): '"', ord("\u201d"): '"', ord("\u201e"): '"'}
_INNER_HYPHEN = re.compile(r"(?<=[^\W\d_])-\s*(?=[^\W\d_])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class EmptyQuoteError(DomainError):
    """There is nothing to look for."""

    code = "empty_quote"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a quote stands. `boxes` has one entry per line covered; a quote that is not located has none."""

    match: Match
    score: float
    page: int | None
    boxes: tuple[Box, ...]


NOT_LOCATED = Location("not located", 0.0, None, ())


def locate(quote: str, *, pages: Sequence[PageWords], hint_page: int | None = None) -> Location:
    """Where the quote stands. Of several places the one on `hint_page` is taken, else the first.

    Raises EmptyQuoteError. To look for many quotes in one document, make one `QuoteFinder`.
    """
    return QuoteFinder(pages).locate(quote, hint_page=hint_page)


def normalise(text: str) -> str:
    """The text without what typesetting adds: ligatures, typographic marks, case, hyphens between letters, spacing."""
    plain = unicodedata.normalize("NFKC", text.replace("\u00ad", "")).translate(_DASHES).translate(_QUOTES)
    return " ".join(_INNER_HYPHEN.sub("", plain).casefold().split())


@dataclass(frozen=True, slots=True)
class _Text:
    """One spelling of the document; `starts[i]` is where word i begins."""

    text: str
    starts: list[int]

    def word_at(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1


class QuoteFinder:
    """The words of one document, indexed for many quotes."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self._words: list[tuple[int, Word]] = [
            (page.page, word) for page in pages for word in page.words if word.text.strip()
        ]

    @cached_property
    def _exact(self) -> _Text:
        return _joined([word.text for _, word in self._words], lambda _before, _after: False)

    @cached_property
    def _normal(self) -> _Text:
        """Normalised words; a hyphen at the end of a line joins two halves, as in the normalised quote."""
        texts = [normalise(word.text) for _, word in self._words]
        return _joined(
            texts, lambda before, after: before.endswith("-") and after[:1].isalpha() and before[-2:-1].isalpha()
        )

    def locate(self, quote: str, *, hint_page: int | None = None) -> Location:
        """Where the quote stands. Raises EmptyQuoteError."""
        collapsed = " ".join(quote.split())
        if not collapsed:
            raise EmptyQuoteError("A quote needs at least one word.")
        found = self._find(collapsed, self._exact, hint_page)
        if found:
            return self._location("exact", 1.0, found)
        normal = normalise(quote)
        found = self._find(normal, self._normal, hint_page) if normal else None
        if found:
            return self._location("normalised", 1.0, found)
        return self._fuzzy(normal, hint_page) if normal else NOT_LOCATED

    def _find(self, needle: str, hay: _Text, hint_page: int | None) -> tuple[int, int] | None:
        first: tuple[int, int] | None = None
        at = hay.text.find(needle)
        while at >= 0:
            end = at + len(needle)
            if _stands_alone(hay.text, at, end):
                span = hay.word_at(at), hay.word_at(end - 1)
                if hint_page is None or self._words[span[0]][0] == hint_page:
                    return span
                first = first or span
            at = hay.text.find(needle, at + 1)
        return first

    def _fuzzy(self, needle: str, hint_page: int | None) -> Location:
        hay = self._normal
        if not hay.text:
            return NOT_LOCATED
        found = fuzz.partial_ratio_alignment(needle, hay.text, score_cutoff=_FUZZY_FROM * 100)
        if found is None or len(hay.text) < len(needle):
            return NOT_LOCATED
        first, last = hay.word_at(found.dest_start), hay.word_at(max(found.dest_start, found.dest_end - 1))
        window = hay.text[hay.starts[first] : (hay.starts[last + 1] if last + 1 < len(hay.starts) else None)]
        score = fuzz.ratio(needle, window.strip()) / 100
        if score < _FUZZY_FROM or Counter(_NUMBER.findall(needle)) != Counter(_NUMBER.findall(window)):
            return NOT_LOCATED
        return self._location("fuzzy", min(score, 0.999), (first, last))

    def _location(self, match: Match, score: float, span: tuple[int, int]) -> Location:
        boxes: dict[tuple[int, int], list[Word]] = {}
        for page, word in self._words[span[0] : span[1] + 1]:
            boxes.setdefault((page, word.line), []).append(word)
        outlines = tuple(
            (page, min(w.x0 for w in ws), min(w.y0 for w in ws), max(w.x1 for w in ws), max(w.y1 for w in ws))
            for (page, _), ws in boxes.items()
        )
        return Location(match, round(score, 4), outlines[0][0], outlines)


def _joined(texts: list[str], glued: Callable[[str, str], bool]) -> _Text:
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for text in texts:
        if parts and glued(parts[-1], text):
            parts[-1] = parts[-1][:-1]
            length -= 1
        elif parts:
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(text)
        length += len(text)
    return _Text("".join(parts), starts)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the place is bounded by something other than letters and digits: 10 is not found in 100, nor 0.5 in 10.5."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() and text[start : start + 1].isalnum():
        return False
    if after[:1].isalnum() and text[end - 1 : end].isalnum():
        return False
    if text[start : start + 1].isdigit() and len(before) == 2 and before[0].isdigit() and before[1] in ".,":
        return False
    return not (text[end - 1 : end].isdigit() and len(after) == 2 and after[0] in ".," and after[1].isdigit())
