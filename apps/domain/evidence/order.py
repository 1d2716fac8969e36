"""The order in which a page is read. A file may hold two columns line by line, across both: read like that, no sentence is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from apps.domain.evidence.words import Word

_ROWS = 4  # side by side, at least, before they are columns
_WORDS = 4  # of the middle line on either side, at least: less is a table


@dataclass(frozen=True, slots=True)
class _Line:
    words: tuple[int, ...]
    x0: float
    y0: float
    x1: float
    y1: float


def reading_order(words: Sequence[Word]) -> list[int]:
    """The numbers of the words as they are read: column after column where the file goes across columns, else as they came."""
    lines = _lines(words)
    return [number for line in _ordered(lines) for number in line.words]


def _lines(words: Sequence[Word]) -> list[_Line]:
    groups: dict[int, list[int]] = {}
    for number, word in enumerate(words):
        groups.setdefault(word.line, []).append(number)
    return [
        _Line(
            tuple(numbers),
            min(words[i].x0 for i in numbers),
            min(words[i].y0 for i in numbers),
            max(words[i].x1 for i in numbers),
            max(words[i].y1 for i in numbers),
        )
        for numbers in groups.values()
    ]


def _ordered(lines: list[_Line]) -> list[_Line]:
    """Each stretch of lines that goes across a gutter, its left side first; what spans the gutter divides the page."""
    gutter = _gutter(lines)
    if gutter is None:
        return lines
    done: list[_Line] = []
    left: list[_Line] = []
    right: list[_Line] = []
    for line in lines:
        if line.x1 <= gutter:
            left.append(line)
        elif line.x0 >= gutter:
            right.append(line)
        else:
            done += [*_side(left), *_side(right), line]
            left, right = [], []
    return [*done, *_side(left), *_side(right)]


def _side(lines: list[_Line]) -> list[_Line]:
    return _ordered(lines) if len(lines) >= 2 * _ROWS else lines


def _gutter(lines: Sequence[_Line]) -> float | None:
    """Where the columns part: the place that the most pairs of lines leave free that follow each other in one row."""
    pairs = [
        (one, other)
        for one, other in pairwise(lines)
        if other.x0 > one.x1 and abs(other.y0 - one.y0) < 0.5 * (one.y1 - one.y0)
    ]
    if len(pairs) < _ROWS or len(pairs) < 0.25 * len(lines):
        return None
    place = median((one.x1 + other.x0) / 2 for one, other in pairs)
    place = min((other.x0 for one, other in pairs if one.x1 <= place <= other.x0), default=place)
    beside = [(one, other) for one, other in pairs if one.x1 <= place <= other.x0]
    if len(beside) < max(_ROWS, 0.8 * len(pairs)):
        return None
    both = (median(len(one.words) for one, _ in beside), median(len(other.words) for _, other in beside))
    return place if min(both) >= _WORDS else None
