"""The rows and columns of a table, from the places of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.domain.evidence.words import Word

_COLUMN_GAP = 0.6  # of a word's height: a wider gap inside a line begins another cell
_SAME_ROW = 0.5  # of a word's height


@dataclass(slots=True)
class _Cell:
    x0: float
    x1: float
    text: str


def table_rows(words: Sequence[Word]) -> list[list[str]]:
    """The cells of a table's words, row by row; every row has as many, "" where nothing stands.

    A cell that reaches over several columns, such as a heading above them, stands in the first of these.
    """
    rows = [_cells(row) for row in _rows([word for word in words if word.text.strip()])]
    columns = _columns(rows)
    found = []
    for row in rows:
        cells = [""] * len(columns)
        for cell in row:
            at = next(i for i, (x0, x1) in enumerate(columns) if cell.x0 < x1 and cell.x1 > x0)
            cells[at] = f"{cells[at]} {cell.text}".strip()
        found.append(cells)
    return found


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.y0 + w.y1) / 2):
        height = max(word.y1 - word.y0, 0.1)
        if rows and (word.y0 + word.y1) / 2 - (rows[-1][0].y0 + rows[-1][0].y1) / 2 <= _SAME_ROW * height:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _cells(row: Sequence[Word]) -> list[_Cell]:
    cells: list[_Cell] = []
    for word in sorted(row, key=lambda w: w.x0):
        if cells and word.x0 - cells[-1].x1 <= _COLUMN_GAP * (word.y1 - word.y0):
            cells[-1].x1 = max(cells[-1].x1, word.x1)
            cells[-1].text += f" {word.text}"
        else:
            cells.append(_Cell(word.x0, max(word.x1, word.x0 + 0.1), word.text))
    return cells


def _columns(rows: Sequence[Sequence[_Cell]]) -> list[tuple[float, float]]:
    """Where columns stand: stretches that cells of rows with the usual number of cells cover, and any beside these."""
    usual = max((len(row) for row in rows), default=0)
    full = [cell for row in rows if len(row) > usual / 2 for cell in row]
    columns = _merged([(cell.x0, cell.x1) for cell in full])
    beside = [
        (cell.x0, cell.x1)
        for row in rows
        for cell in row
        if not any(cell.x0 < x1 and cell.x1 > x0 for x0, x1 in columns)
    ]
    return _merged([*columns, *beside])


def _merged(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for x0, x1 in sorted(stretches):
        if found and x0 < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found
