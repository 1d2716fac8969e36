"""What a file says of itself: its title, authors and DOI. Taken while it is read for the first time; only blanks are filled, so
that nothing of what a person wrote is lost."""

from __future__ import annotations

import re
from typing import Any

from apps.documents import queries
from apps.documents.models import Document, DocumentPage
from apps.domain.evidence import Layout, page_text
from apps.jobs.services import Work

_FIRST_PAGES = 3  # among which the title of the first is judged
_BY_PROGRAM = re.compile(
    r"^(microsoft|untitled|document\d*$|slide|power)|\.(docx?|pdf|tex|dvi|indd|pptx?|qxd)$", re.IGNORECASE
)
_NO_AUTHOR = re.compile(
    r"\b(?:user|admin|administrator|owner|author|unknown|anonymous|microsoft|adobe|latex)\b|[@\\/_]|\d{2}",
    re.IGNORECASE,
)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]{1,100}[^\s\"<>.,;:)\]}]")
_SHORTEST_TITLE, _LONGEST_TITLE, _LONGEST_AUTHORS = 8, 200, 300


def take_metadata(work: Work, document: Document, told: dict[str, Any], /) -> bool:
    """Use what the file's own fields say; whether they gave a title."""
    authors = " ".join(str(told.get("authors") or "").split())
    if " " in authors and len(authors) <= _LONGEST_AUTHORS and not _NO_AUTHOR.search(authors):
        _fill(work, document, authors=authors)
    if len(found := dois_in(str(told.get("subject") or ""))) == 1:
        _fill(work, document, doi=found[0])
    return _take_title(work, document, str(told.get("title") or ""))


def take_first_pages(work: Work, document: Document, pages: list[DocumentPage], n_pages: int, *, titled: bool) -> bool:
    """Use what the first page is headed with, where the file's fields gave no title, and the one DOI that it names; whether a
    title is known. Does nothing until the pages are there beside which the first is judged."""
    if pages[-1].number != min(n_pages, _FIRST_PAGES):
        return titled
    words = [queries.page_words(page.number, page.words) for page in pages]
    if len(found := dois_in(page_text(words[0]))) == 1:
        _fill(work, document, doi=found[0])
    return titled or _take_title(work, document, Layout(words).title())


def dois_in(text: str, /) -> list[str]:
    """The DOIs of a text, each once, in order."""
    return list(dict.fromkeys(_DOI.findall(text)))


def _take_title(work: Work, document: Document, written: str) -> bool:
    title = " ".join(written.split())[:_LONGEST_TITLE]
    if len(title) < _SHORTEST_TITLE or _BY_PROGRAM.search(title):
        return False
    document.title = title
    with work.scope():
        Document.objects.filter(id=document.id).update(title=title)
    return True


def _fill(work: Work, document: Document, **values: str) -> None:
    [(name, value)] = values.items()
    with work.scope():
        if Document.objects.filter(id=document.id, **{name: ""}).update(**values):
            setattr(document, name, value)
