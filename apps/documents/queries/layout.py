"""What the lines of a page are: text, headings, tables, captions, notes, running heads."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.documents.models import DocumentPage
from apps.documents.queries.rows import page_words
from apps.domain.evidence import Kind, Layout

_AROUND = 4  # pages on either side, among which running heads and the size of the body are looked for


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A piece of a page that is of one kind."""

    kind: Kind
    text: str


def blocks_of_page(*, document_id: UUID, number: int) -> list[PageBlock]:
    """The blocks of a page in reading order; none where there is no such page."""
    near = DocumentPage.objects.filter(
        document_id=document_id, number__gte=number - _AROUND, number__lte=number + _AROUND
    ).order_by("number")
    pages = [page_words(n, words) for n, words in near.values_list("number", "words")]
    for page, blocks in zip(pages, Layout(pages).blocks(), strict=True):
        if page.page == number:
            return [PageBlock(b.kind, " ".join(word.text for word in page.words[b.first : b.last + 1])) for b in blocks]
    return []
