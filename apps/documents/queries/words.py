"""Find text in one document, with the boxes of its words: what a viewer marks on its pages.

Works on the stored words, so a scanned page, a Word file and a PDF are searched alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from apps.documents.models import DocumentPage, PageText
from apps.documents.queries.rows import document, page_words
from apps.documents.queries.search import BadSearchError, search_terms
from apps.domain.evidence import PageWords, Word, normalise, without_typesetting

MAX_PLACES = 500
_LONGEST_TEXT = 1000  # as long as a quote may be
_PIECE = re.compile(r"[^\W_]+")
_TERM = re.compile(r'(-?)"([^"]*)"?|(-?)(\S+)')

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Text on a page (1-based). `boxes` has one entry a line, (x0, y0, x1, y1) in PDF points from the top left."""

    number: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a text stands, in reading order. `as_written` is False when only other forms of its words were found."""

    places: tuple[Place, ...]
    as_written: bool
    is_capped: bool


def find_in_document(*, document_id: UUID, text: str) -> Places:
    """Where `text` stands in a document, case and typesetting aside; else where its words stand in any form.

    A text that crosses from one page to the next is not found as a whole. Counting stops at MAX_PLACES.
    Raises DocumentNotFoundError.
    """
    document(document_id=document_id)
    clean = " ".join(re.sub(r"[\x00-\x1f]", " ", text).split())[:_LONGEST_TEXT]
    if not clean:
        return Places((), as_written=True, is_capped=False)
    found, as_written = _first(_as_written(document_id, clean)), True
    if not found:
        found, as_written = _first(_in_any_form(document_id, clean)), False
    return Places(tuple(found[:MAX_PLACES]), as_written=as_written or not found, is_capped=len(found) > MAX_PLACES)


def _first(places: Iterator[Place]) -> list[Place]:
    """One more than is answered, so that it is known whether there are more."""
    return [place for place, _ in zip(places, range(MAX_PLACES + 1), strict=False)]


def _as_written(document_id: UUID, text: str) -> Iterator[Place]:
    needle = normalise(text)
    if not needle:
        return
    pieces = _PIECE.findall(unicodedata.normalize("NFKC", text))
    rows = PageText.objects.filter(document_id=document_id)
    if pieces:  # most pages are left out before their words are loaded
        longest = max(pieces, key=len)
        rows = rows.filter(Q(text__icontains=longest) | Q(aside__icontains=longest))
    for page in _pages(document_id, rows.values_list("number", flat=True)):
        words = [word for word in page.words if word.text.strip()]
        hay = without_typesetting(word.text for word in words).spelling
        at = hay.text.find(needle)
        while at >= 0:
            covered = words[hay.word_at(at) : hay.word_at(at + len(needle) - 1) + 1]
            yield Place(page.page, _boxes(covered))
            at = hay.text.find(needle, at + len(needle))


def _in_any_form(document_id: UUID, text: str) -> Iterator[Place]:
    """The words that a search for `text` would match on the pages that it would find."""
    wanted = _positive(text)
    try:
        on_pages, page_values = search_terms(text)
        of_words, word_values = search_terms(" or ".join(wanted))
    except BadSearchError:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number FROM search_pages({on_pages}, %s::uuid[], %s)",  # noqa: S608 -- made of constants
            [*page_values, [document_id], MAX_PLACES],
        )
        pages = list(_pages(document_id, [number for (number,) in cursor.fetchall()]))
        spellings = sorted({word.text for page in pages for word in page.words})
        cursor.execute(
            f"SELECT t FROM unnest(%s::text[]) t WHERE to_tsvector('english', t) @@ ({of_words})",  # noqa: S608 -- made of constants
            [spellings, *word_values],
        )
        matching = {spelling for (spelling,) in cursor.fetchall()}
    for page in pages:
        yield from (Place(page.page, _boxes([word])) for word in page.words if word.text in matching)


def _positive(text: str) -> list[str]:
    """The words of a search that pages should have, one by one."""
    words: list[str] = []
    for no_phrase, phrase, no_word, word in _TERM.findall(text):
        if not (no_phrase or no_word) and word.lower() != "or":
            words += phrase.split() if phrase else [word]
    return words


def _pages(document_id: UUID, numbers: Iterable[int]) -> Iterator[PageWords]:
    rows = DocumentPage.objects.filter(document_id=document_id, number__in=list(numbers)).order_by("number")
    return (page_words(number, words) for number, words in rows.values_list("number", "words").iterator(50))


def _boxes(words: list[Word]) -> tuple[Box, ...]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return tuple(
        (min(w.x0 for w in line), min(w.y0 for w in line), max(w.x1 for w in line), max(w.y1 for w in line))
        for line in lines.values()
    )
