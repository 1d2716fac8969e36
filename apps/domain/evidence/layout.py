"""What each line of a page is: running text, or something that stands between two halves of a sentence.

A text layer knows words and boxes only. Everything is judged from their places and sizes, so it holds for any producer.
A sentence that goes on overleaf goes on past the foot of one page and the head of the next; `is_prose` says which lines it skips.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

from apps.domain.evidence.words import PageWords, Word

Kind = Literal["text", "heading", "table", "formula", "caption", "footnote", "header", "footer"]

PROSE: frozenset[Kind] = frozenset({"text", "heading", "formula"})

_SMALLER, _LARGER = 0.93, 1.12  # of the body's size: below it a note or a running head, above it a heading
_EDGE = 0.2  # of the text's height: where heads and feet stand
_MOST_CELL_WORDS = 6
_TITLE_ABOVE, _SAME_SIZE = 0.6, 0.5  # of the text's height; points by which the lines of a title may differ
_LEAST_TITLE_WORDS, _LONGEST_TITLE = 2, 200
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-\u2013\s]*(?:\d{1,4}|[ivxl]{1,6})[-\u2013\s]*(?:(?:of|/)\s*\d{1,4})?", re.IGNORECASE
)
_CAPTION = re.compile(
    r"(?:table|figure|fig|exhibit|chart|panel|abb|tab)\.?\s+(?:[A-Z]?\d+(?:\.\d+)*|[IVX]+|[A-D])\s*(?:[.:|\u2013\u2014-]|$)",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]+\.|[A-H]\.)\s+[A-Z]")
_VALUE = re.compile(
    r"[-+(\u2212]{0,2}[$\u20ac\u00a3]?\d[\d,]*(?:\.\d+)?(?:%|bps|bp|x)?\)?[*\u2020\u2021a-c]{0,3}\)?|n/?a|[\u2013\u2014-]",
    re.IGNORECASE,
)
_MATHEMATICS = re.compile(
    r"[=\u2211\u222b\u221a\u2264\u2265\u00b1\u00d7\u220f\u2248\u221d\u2202\u0391-\u03c9\U0001d400-\U0001d7ff]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Words `first` to `last` of a page, counted from 0 and both included, and the box around them."""

    first: int
    last: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind that belong together: words `first` to `last` of the page."""

    kind: Kind
    first: int
    last: int


class Layout:
    """The kind of every line of a document's pages."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self._pages = pages
        self._lines = [_lines(page) for page in pages]

    @cached_property
    def kinds(self) -> list[list[Kind]]:
        """One kind for each word of each page."""
        found: list[list[Kind]] = []
        for page, lines in zip(self._pages, self._lines, strict=True):
            told = self._kinds_of(lines)
            kinds: list[Kind] = ["text"] * len(page.words)
            for line, kind in zip(lines, told, strict=True):
                kinds[line.first : line.last + 1] = [kind] * (line.last - line.first + 1)
            found.append(kinds)
        return found

    def blocks(self) -> list[tuple[Block, ...]]:
        """The blocks of each page, in reading order."""
        found = []
        for kinds, lines in zip(self.kinds, self._lines, strict=True):
            found.append(tuple(_blocks([(kinds[line.first], line) for line in lines], self._step)))
        return found

    def title(self) -> str:
        """What stands largest in the upper part of the first page, larger than the body; "" when nothing does."""
        if not self._pages:
            return ""
        lines = self._lines[0]
        foot = max((line.y1 for line in lines), default=0.0)
        able = [
            kind == "heading" and line.size > _LARGER * self._body and line.y0 < _TITLE_ABOVE * foot
            for line, kind in zip(lines, self._kinds_of(lines), strict=True)
        ]
        largest = max((line.size for line, fits in zip(lines, able, strict=True) if fits), default=0.0)
        alike = [fits and largest - line.size < _SAME_SIZE for line, fits in zip(lines, able, strict=True)]
        if True not in alike:
            return ""
        first = alike.index(True)
        last = alike.index(False, first) if False in alike[first:] else len(alike)
        text = " ".join(line.text for line in lines[first:last])
        return (
            text if len(re.findall(r"[^\W\d_]{3,}", text)) >= _LEAST_TITLE_WORDS and len(text) <= _LONGEST_TITLE else ""
        )

    @cached_property
    def _body(self) -> float:
        """The size of most of the words."""
        sizes: Counter[float] = Counter()
        for lines in self._lines:
            for line in lines:
                sizes[round(line.size, 1)] += len(line.text)
        return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0

    @cached_property
    def _step(self) -> float:
        """The commonest distance between two lines."""
        steps = Counter(
            round((below.y0 - above.y0) * 2) / 2
            for lines in self._lines
            for above, below in pairwise(lines)
            if 4 < below.y0 - above.y0 < 60
        )
        return max(steps, key=lambda step: (steps[step], -step)) if steps else 1.2 * self._body

    @cached_property
    def _running(self) -> frozenset[str]:
        """Texts, figures aside, that stand at the edges of several pages."""
        seen: Counter[str] = Counter()
        for lines in self._lines:
            seen.update({_bare(line.text) for line in (*_outermost(lines, 3), *_outermost(lines, -3))})
        return frozenset(text for text, count in seen.items() if count >= (2 if len(self._pages) < 6 else 3))

    def _kinds_of(self, lines: Sequence[Line]) -> list[Kind]:
        edges = self._edges(lines)
        tabular = _tabular(lines)
        kinds: list[Kind] = []
        for i, line in enumerate(lines):
            before = (kinds[-1], lines[i - 1]) if i else None
            kinds.append(edges.get(i) or self._inner(line, before, is_tabular=i in tabular))
        self._mark_footnotes(lines, kinds)
        return kinds

    def _inner(self, line: Line, before: tuple[Kind, Line] | None, *, is_tabular: bool) -> Kind:
        if _CAPTION.match(line.text):
            return "caption"
        if is_tabular:
            return "table"
        goes_on = (
            before is not None
            and -1 <= line.y0 - before[1].y0 <= 1.25 * self._step
            and abs(line.size - before[1].size) < 0.5
        )
        if before and before[0] == "caption" and goes_on and line.x0 < before[1].x1:
            return "caption"
        words = line.text.split()
        if len(words) <= 16 and line.size > _LARGER * self._body:
            return "heading"
        if (
            len(words) <= 10
            and line.size >= _SMALLER * self._body
            and _SECTION.match(line.text)
            and line.text[-1] not in ".,;:"
            and not goes_on
        ):
            return "heading"
        return "formula" if _is_formula(words, line.text) else "text"

    def _edges(self, lines: Sequence[Line]) -> dict[int, Kind]:
        """Heads and feet: at an edge of the page, running or a page number, or small and set apart."""
        if len(lines) < 2:
            return {}
        top, bottom = min(line.y0 for line in lines), max(line.y1 for line in lines)
        depth = _EDGE * (bottom - top)
        found: dict[int, Kind] = {}
        rows: tuple[tuple[Kind, list[int]], ...] = (
            ("header", sorted(range(len(lines)), key=lambda i: lines[i].y0)),
            ("footer", sorted(range(len(lines)), key=lambda i: -lines[i].y1)),
        )
        for kind, order in rows:
            for i in order:
                line = lines[i]
                if (line.y0 - top if kind == "header" else bottom - line.y1) > depth:
                    break
                if not self._is_edge(line, lines, is_top=kind == "header", skipped=found):
                    if not any(abs(lines[j].y0 - line.y0) < line.size for j in found):
                        break
                    continue
                found.setdefault(i, kind)
        return found

    def _is_edge(self, line: Line, lines: Sequence[Line], *, is_top: bool, skipped: dict[int, Kind]) -> bool:
        if _PAGE_NUMBER.fullmatch(line.text) or _bare(line.text) in self._running:
            return True
        inward = [
            other.y0 - line.y1 if is_top else line.y0 - other.y1
            for j, other in enumerate(lines)
            if j not in skipped and other is not line and abs(other.y0 - line.y0) > line.size
        ]
        is_apart = all(gap > 0.8 * self._step for gap in inward)
        return is_apart and line.size < _SMALLER * self._body and len(line.text.split()) <= 14

    def _mark_footnotes(self, lines: Sequence[Line], kinds: list[Kind]) -> None:
        """Small lines under which, in their column, only small lines stand, from one that begins with a mark."""
        small: list[int] = []
        for i, line in enumerate(lines):
            if (
                kinds[i] in {"text", "formula", "table"}
                and line.size < _SMALLER * self._body
                and not self._has_body_below(i, lines, kinds)
            ):
                small.append(i)
        noted = False
        last: int | None = None
        for i in small:
            if last is None or i != last + 1:
                noted = False
            noted = noted or bool(
                re.match(
                    r"[\d*\u2020\u2021\u00a7a-e]\W|[\d*\u2020\u2021\u00a7]+[A-Z\s]|notes?[.:]|source[.:]",
                    lines[i].text,
                    re.IGNORECASE,
                )
            )
            if noted:
                kinds[i] = "footnote"
            last = i

    def _has_body_below(self, i: int, lines: Sequence[Line], kinds: Sequence[Kind]) -> bool:
        line = lines[i]
        return any(
            other.y0 > line.y1 - 1
            and other.x0 < line.x1
            and other.x1 > line.x0
            and kinds[j] not in {"header", "footer"}
            and other.size >= _SMALLER * self._body
            for j, other in enumerate(lines)
        )


def _lines(page: PageWords) -> list[Line]:
    found = []
    written = [(i, word) for i, word in enumerate(page.words) if word.text.strip()]
    for _, group in groupby(written, key=lambda pair: pair[1].line):
        found.append(_line(list(group)))
    return found


def _line(group: Sequence[tuple[int, Word]]) -> Line:
    words = [word for _, word in group]
    return Line(
        group[0][0],
        group[-1][0],
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
        median(word.y1 - word.y0 for word in words),
        " ".join(word.text for word in words),
    )


def _outermost(lines: Sequence[Line], n: int) -> list[Line]:
    order = sorted(lines, key=lambda line: line.y0)
    return order[:n] if n > 0 else order[n:]


def _bare(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()


def _tabular(lines: Sequence[Line]) -> frozenset[int]:
    """Lines of at least two rows that follow each other, each of short cells side by side with a value among them."""
    rows: dict[int, list[int]] = defaultdict(list)
    levels: list[float] = []
    for i in sorted(range(len(lines)), key=lambda i: lines[i].y0):
        if not levels or lines[i].y0 - levels[-1] > 0.5 * lines[i].size:
            levels.append(lines[i].y0)
        rows[len(levels) - 1].append(i)
    good = [row for row, members in rows.items() if _is_row([lines[i] for i in members])]
    near = {row for row in good for other in (row - 1, row + 1) if other in good}
    titled = {row - 1 for row in near if _is_title_row([lines[i] for i in rows.get(row - 1, ())])}
    return frozenset(i for row in near | titled for i in rows[row])


def _is_row(cells: Sequence[Line]) -> bool:
    return (
        len(cells) >= 2
        and all(len(cell.text.split()) <= _MOST_CELL_WORDS for cell in cells)
        and any(all(_VALUE.fullmatch(part) for part in cell.text.split()) for cell in cells)
    )


def _is_title_row(cells: Sequence[Line]) -> bool:
    """Whether these may be the titles of a table's columns."""
    return len(cells) >= 2 and all(len(cell.text.split()) <= _MOST_CELL_WORDS for cell in cells)


def _is_formula(words: Sequence[str], text: str) -> bool:
    signs = len(_MATHEMATICS.findall(text))
    if not signs or len(words) > 25:
        return False
    spoken = sum(word.isalpha() and len(word) > 3 for word in words)
    return spoken <= 0.34 * len(words)


def _blocks(told: Sequence[tuple[Kind, Line]], step: float) -> Iterator[Block]:
    start: tuple[Kind, Line] | None = None
    before: tuple[Kind, Line] | None = None
    for kind, line in told:
        if start and before and (kind != start[0] or (kind != "table" and _is_apart(before[1], line, step))):
            yield Block(start[0], start[1].first, before[1].last)
            start = None
        start = start or (kind, line)
        before = (kind, line)
    if start and before:
        yield Block(start[0], start[1].first, before[1].last)


def _is_apart(above: Line, below: Line, step: float) -> bool:
    """Whether a paragraph ends between two lines: more than the usual step, another size, another column."""
    return below.y0 - above.y0 > 1.25 * step or below.y0 < above.y0 - 1 or abs(below.size - above.size) > 0.5
