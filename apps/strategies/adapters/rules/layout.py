"""Visual rows: which words form a table, which are running headers, and where a paragraph ends.

A text layer knows words and boxes only. Everything here is judged from their places, so it holds for any producer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.domain.evidence import PageWords, Word
from apps.strategies.adapters.amounts import plain

_VALUE = re.compile(
    r"^[-+(]{0,2}[$€£]?\d[\d,]*(?:\.\d+)?\s*(?:%|per ?cent|percent|bps|bp|x|years?|months?)?\)?[*†‡a-c]?\)?$",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"^(?:page\s*)?-?\s*\d{1,4}\s*-?(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
_MAX_CELL_WORDS = 9


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of one row that stand close together; `first` and `last` are their indices in the page's reading order."""

    text: str
    x0: float
    x1: float
    indices: tuple[int, ...]

    @property
    def is_value(self) -> bool:
        return bool(_VALUE.match(self.text))


@dataclass(frozen=True, slots=True)
class Row:
    """Words of a page at one height, left to right, split into cells at wide gaps."""

    page: int
    y0: float
    height: float
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def is_tabular(self) -> bool:
        short = all(len(cell.text.split()) <= _MAX_CELL_WORDS for cell in self.cells)
        return len(self.cells) >= 2 and short and any(cell.is_value for cell in self.cells[1:])


@dataclass(frozen=True, slots=True)
class Table:
    """A header row, where there is one, and the rows under it that hold values."""

    page: int
    header: Row | None
    rows: tuple[Row, ...]
    first_index: int
    """Where the table begins in the page's reading order."""


def rows_of(page: PageWords) -> list[Row]:
    """The rows of a page from top to bottom."""
    order = sorted(range(len(page.words)), key=lambda i: (_middle(page.words[i]), page.words[i].x0))
    groups: list[list[int]] = []
    for i in order:
        word = page.words[i]
        if not word.text.strip():
            continue
        if groups and _middle(word) - _middle(page.words[groups[-1][0]]) <= 0.45 * (word.y1 - word.y0):
            groups[-1].append(i)
        else:
            groups.append([i])
    return [_row(page, sorted(group, key=lambda i: page.words[i].x0)) for group in groups]


def tables_of(page: PageWords, rows: Sequence[Row]) -> list[Table]:
    """Runs of tabular rows with the row of column titles above them."""
    tables: list[Table] = []
    run: list[Row] = []
    header: Row | None = None
    for before, row in zip([None, *rows], rows, strict=False):
        if row.is_tabular:
            if not run:
                header = before if before is not None and _titles(before) else None
            run.append(row)
            continue
        if run:
            tables.append(_table(page, header, run))
        run = []
    if run:
        tables.append(_table(page, header, run))
    return tables


def running_lines(pages: Sequence[Sequence[Row]]) -> frozenset[str]:
    """Texts, digits aside, that open or close several pages: running headers and footers."""
    seen: Counter[str] = Counter()
    for rows in pages:
        seen.update({_bare(row.text) for row in (*rows[:2], *rows[-2:])})
    least = 2 if len(pages) < 6 else 3
    return frozenset(text for text, count in seen.items() if count >= least)


def is_furniture(row: Row, running: frozenset[str]) -> bool:
    """Whether a row is a page number or a running line."""
    return bool(_PAGE_NUMBER.match(plain(row.text))) or _bare(row.text) in running


def line_step(pages: Sequence[PageWords]) -> float:
    """The commonest distance between two lines of a document, in points."""
    steps = Counter(
        round((after.y0 - before.y0) * 2) / 2
        for page in pages
        for before, after in pairwise(page.words)
        if before.line != after.line and after.y0 - before.y0 > 4
    )
    return max(steps, key=lambda step: (steps[step], -step)) if steps else 12.0


def breaks(before: Word, after: Word, step: float) -> bool:
    """Whether a paragraph ends between two words that follow each other: another size, or more than the usual `step`."""
    if before.line == after.line:
        return False
    one, other = before.y1 - before.y0, after.y1 - after.y0
    if abs(one - other) > 0.12 * max(one, other, 1.0):
        return True
    return after.y0 - before.y0 > 1.2 * step


def _middle(word: Word) -> float:
    return (word.y0 + word.y1) / 2


def _bare(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()


def _row(page: PageWords, group: Sequence[int]) -> Row:
    words = page.words
    cells: list[list[int]] = []
    for i in group:
        height = max(words[i].y1 - words[i].y0, 1.0)
        if cells and words[i].x0 - words[cells[-1][-1]].x1 <= 0.75 * height:
            cells[-1].append(i)
        else:
            cells.append([i])
    first = words[group[0]]
    return Row(page.page, first.y0, first.y1 - first.y0, tuple(_cell(page, cell) for cell in cells))


def _cell(page: PageWords, indices: Sequence[int]) -> Cell:
    words = [page.words[i] for i in indices]
    return Cell(plain(" ".join(w.text for w in words)), words[0].x0, words[-1].x1, tuple(indices))


def _titles(row: Row) -> bool:
    return 1 <= len(row.cells) <= 12 and all(len(cell.text.split()) <= _MAX_CELL_WORDS for cell in row.cells)


def _table(page: PageWords, header: Row | None, run: Sequence[Row]) -> Table:
    return Table(page.page, header, tuple(run), min(_indices([*([header] if header else []), *run])))


def _indices(rows: Sequence[Row]) -> Iterator[int]:
    for row in rows:
        for cell in row.cells:
            yield from cell.indices


def table_indices(tables: Sequence[Table]) -> frozenset[int]:
    """Indices of every word that stands in a table."""
    return frozenset(i for t in tables for i in _indices([*([t.header] if t.header else []), *t.rows]))


def row_indices(rows: Sequence[Row]) -> frozenset[int]:
    """Indices of every word of some rows."""
    return frozenset(_indices(rows))
