"""Words of a page, where they stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box in PDF points, from the top left of the page; `line` numbers its line within the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    line: int


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of one page (1-based), in reading order."""

    page: int
    words: tuple[Word, ...]


def page_text(page: PageWords) -> str:
    """The text of a page, line by line."""
    lines: dict[int, list[str]] = {}
    for word in page.words:
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(words) for words in lines.values())
