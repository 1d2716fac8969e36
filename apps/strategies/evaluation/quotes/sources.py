"""Documents whose every word has a known place: the gold set, the desk's research notes, and printed papers."""

from __future__ import annotations

import random
import re
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from apps.documents.services import read_pages
from apps.domain.evidence import PageWords
from apps.strategies.evaluation.gold import gold_set, pages_of
from apps.strategies.evaluation.quotes.typeset import Piece, Style, pdf, typeset

NOTES = Path(__file__).parents[4] / "docs" / "research_notes"
STYLES = (
    Style("one column"),
    Style("one column, heads and feet", is_headed=True, is_footed=True, size=11.0),
    Style("two columns, hyphens", columns=2, is_headed=True, breaks="-", size=9.0),
    Style("two columns, footnotes", columns=2, is_headed=True, is_footed=True, is_annotated=True, breaks="-", size=9.0),
    Style("soft hyphens", is_footed=True, breaks="\u00ad", size=11.0),
    Style("typographic", columns=2, is_headed=True, is_annotated=True, breaks="\u2010", is_typographic=True, size=9.0),
    Style("lines across columns", columns=2, is_headed=True, is_footed=True, is_across=True, size=9.0),
)


@dataclass(frozen=True)
class Source:
    """A document as it was read, the words of its running text as they were written, and where each stands.

    `places[i]` are the numbers, among all words read, of written word i: two where a line end cuts it.
    """

    name: str
    pages: tuple[PageWords, ...]
    written: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]

    @cached_property
    def bare(self) -> str:
        """Letters and digits of the running text, to know whether a passage stands once."""
        return bare(" ".join(self.written))

    @cached_property
    def page_of_word(self) -> list[int]:
        """The page of every word read."""
        return [page.page for page in self.pages for _ in page.words]

    def page_at(self, written: int) -> int:
        """The page on which a written word begins."""
        return self.page_of_word[self.places[written][0]]


def bare(text: str) -> str:
    """Letters and digits only, in small."""
    return re.sub(r"[\W_]+", "", text).lower()


@cache
def sources() -> tuple[Source, ...]:
    """Every document of the set. Reading the printed ones starts a child process for each."""
    return (*_gold(), *_notes(), *_printed())


def _gold() -> Iterator[Source]:
    for expected in gold_set():
        pages = pages_of(expected.text)
        words = [word.text for page in pages for word in page.words]
        yield Source(expected.slug, pages, tuple(words), tuple((i,) for i in range(len(words))))


def _notes() -> Iterator[Source]:
    for path in sorted(NOTES.glob("*.pdf")):
        pages = read_pages(path)
        words = [word.text for page in pages for word in page.words]
        yield Source(path.stem, pages, tuple(words), tuple((i,) for i in range(len(words))))


def _printed() -> Iterator[Source]:
    texts = [re.sub(r"[|#*]+|-{3,}", " ", expected.text).split() for expected in gold_set()]
    for n, style in enumerate(STYLES):
        words = [word for text in texts[n :: len(STYLES)] for word in text]
        pieces = typeset(words, style, rng=random.Random(n))  # noqa: S311 -- the same breaks every time, no secret
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "printed.pdf"
            path.write_bytes(pdf(pieces))
            pages = read_pages(path)
        yield Source(f"printed: {style.name}", pages, tuple(words), _places(words, pieces, pages))


def _places(words: Sequence[str], pieces: Sequence[Piece], pages: Sequence[PageWords]) -> tuple[tuple[int, ...], ...]:
    """Which words read are which words written, by where they stand."""
    rows: dict[tuple[int, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        rows[piece.page, round(piece.y + piece.size / 2)].append(piece)
    for row in rows.values():
        row.sort(key=lambda piece: piece.x)
    places: list[list[int]] = [[] for _ in words]
    number = -1
    for page in pages:
        for word in page.words:
            number += 1
            under = _piece_under(rows, page.page, (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2)
            if under is not None and under.number is not None:
                places[under.number].append(number)
    lost = [word for word, place in zip(words, places, strict=True) if not place]
    if lost:
        raise ValueError(f"{len(lost)} words of the printed text were not read, the first: {lost[0]!r}")
    return tuple(tuple(place) for place in places)


def _piece_under(rows: dict[tuple[int, int], list[Piece]], page: int, x: float, y: float) -> Piece | None:
    for level in sorted(range(round(y) - 3, round(y) + 4), key=lambda level: abs(level - y)):
        row = rows.get((page, level), [])
        at = bisect_left(row, x, key=lambda piece: piece.end)
        if at < len(row) and row[at].x <= x:
            return row[at]
    return None
