"""A document as a model is given it: its text page by page, cut into sections at headings, without what nobody can see.

Everything is judged from our own words and boxes, so the model gets the text in which its quotes are looked up afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median

from apps.domain.evidence import PageWords, Word

CHARACTERS_PER_TOKEN = 3.0  # on the safe side for English text with figures
_TINY = 2.0  # points: what stands lower than this was not set to be read
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-Z]\.|Appendix(?: [A-Z])?:?)\s+\S")
_NAMED = re.compile(
    r"^(?:abstract|introduction|data|method(?:ology|s)?|results?|conclusions?|references|summary|strategy|rules?)\W*$",
    re.IGNORECASE,
)
_MOST_HEADING_WORDS = 12
_TALLER = 1.15
_KEPT = {"\u00ad"}  # a soft hyphen is how a file breaks a word
_TAG = re.compile(r"<(?=\s*/?\s*(?:document|page|section|data-sets|title|outline)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document that fits into one question. `pages` are the numbers of the pages it touches."""

    number: int
    heading: str
    pages: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    text: str
    is_heading: bool


def sections_of(pages: Sequence[PageWords], *, max_tokens: int) -> list[Section]:
    """The document in sections of at most `max_tokens` tokens, cut at headings where there are any; a short one is one section."""
    most = int(max_tokens * CHARACTERS_PER_TOKEN)
    lines = list(_lines(pages))
    if sum(len(line.text) + 1 for line in lines) <= most:
        return [_section(1, lines)] if lines else []
    groups: list[list[_Line]] = [[]]
    size = 0
    for line in chain.from_iterable(_pieces(line, most) for line in lines):
        is_full = size + len(line.text) + 1 > most
        if groups[-1] and (is_full or (line.is_heading and size > most // 3)):
            groups.append([])
            size = 0
        groups[-1].append(line)
        size += len(line.text) + 1
    return [_section(number, group) for number, group in enumerate(groups, start=1)]


def text_of_pages(pages: Sequence[PageWords], *, wanted: Iterable[int], max_tokens: int) -> str:
    """The wanted pages and then their neighbours, in order, as long as they fit; a page that alone is too long is cut."""
    most = int(max_tokens * CHARACTERS_PER_TOKEN)
    by_number = {page.page: page for page in pages}
    named = [n for n in dict.fromkeys(wanted) if n in by_number]
    near = [n + step for n in named for step in (1, -1) if n + step in by_number]
    chosen: dict[int, str] = {}
    left = most
    for number in dict.fromkeys([*named, *near, *by_number]):
        text = "\n".join(line.text for line in _lines([by_number[number]]))
        if len(text) > left and chosen:
            continue
        chosen[number] = text[:left]
        left -= len(chosen[number])
    return "\n".join(_page(number, chosen[number]) for number in sorted(chosen))


def estimated_tokens(pages: Sequence[PageWords]) -> int:
    """About how many tokens the text of a document takes."""
    return int(sum(len(word.text) + 1 for page in pages for word in page.words) / CHARACTERS_PER_TOKEN)


def headings_of(sections: Sequence[Section], *, most: int = 60) -> str:
    """The outline of a document, one line a section."""
    return "\n".join(
        f"{s.number}. {s.heading or 'Untitled'} (pages {s.pages[0]} to {s.pages[-1]})" for s in sections[:most]
    )


def inert(text: str) -> str:
    """Text that cannot close or open an element of a prompt, and carries no character that cannot be seen."""
    return _TAG.sub("‹", "".join(c for c in text if not _is_invisible(c)))


def invisible_remarks(pages: Sequence[PageWords]) -> list[str]:
    """Sentences about text that a person who looks at the page cannot see; it was not sent to the model."""
    tiny = [page.page for page in pages if sum(_is_tiny(word) for word in page.words) > 2]
    hidden = [page.page for page in pages if sum(_is_invisible(c) for word in page.words for c in word.text) > 2]
    remarks = []
    if tiny:
        remarks.append(
            f"Text too small to be seen stands on {_told(tiny)}. It was not given to the model: look at the file."
        )
    if hidden:
        remarks.append(
            f"Invisible characters stand on {_told(hidden)}. They were not given to the model: look at the file."
        )
    return remarks


def _told(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"page{'s' if len(numbers) > 1 else ''} {shown}{' and others' if len(numbers) > 8 else ''}"


def _is_tiny(word: Word) -> bool:
    return 0 < word.y1 - word.y0 < _TINY and word.x1 - word.x0 > 0


def _is_invisible(character: str) -> bool:
    return character not in _KEPT and unicodedata.category(character) in {"Cf", "Co", "Cs"}


def _lines(pages: Sequence[PageWords]) -> Iterator[_Line]:
    heights = [word.y1 - word.y0 for page in pages for word in page.words if not _is_tiny(word)]
    usual = median(heights) if heights else 0.0
    for page in pages:
        lines: dict[int, list[Word]] = {}
        for word in page.words:
            if not _is_tiny(word):
                lines.setdefault(word.line, []).append(word)
        for words in lines.values():
            text = inert(" ".join(word.text for word in words))
            yield _Line(page.page, text, _is_heading(text, words, usual))


def _is_heading(text: str, words: Sequence[Word], usual: float) -> bool:
    if len(words) > _MOST_HEADING_WORDS or text.endswith((".", ",", ";")):
        return False
    is_tall = median(word.y1 - word.y0 for word in words) > usual * _TALLER
    return is_tall or bool(_NAMED.match(text)) or bool(_NUMBERED.match(text))


def _pieces(line: _Line, most: int) -> Iterator[_Line]:
    for at in range(0, max(len(line.text), 1), most):
        yield _Line(line.page, line.text[at : at + most], line.is_heading and at == 0)


def _section(number: int, lines: Sequence[_Line]) -> Section:
    heading = next((line.text for line in lines if line.is_heading), "")
    pages = tuple(dict.fromkeys(line.page for line in lines))
    text = "\n".join(_page(page, "\n".join(line.text for line in lines if line.page == page)) for page in pages)
    return Section(number, heading[:120], pages, text)


def _page(number: int, text: str) -> str:
    return f'<page number="{number}">\n{text}\n</page>'
