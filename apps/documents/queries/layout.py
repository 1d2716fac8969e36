"""What the lines of a page are: text, headings, tables, captions, notes, running heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.documents.models import DocumentPage
from apps.documents.queries.rows import page_words
from apps.domain.evidence import Block, Kind, Layout, PageWords, Word, table_rows

AROUND = 4  # pages on either side, among which running heads and the size of the body are looked for


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A piece of a page that is of one kind. `box` is (x0, y0, x1, y1) in PDF points from the top left; a table has `rows`."""

    kind: Kind
    text: str
    box: tuple[float, float, float, float]
    rows: list[list[str]] | None = None


def blocks_of_page(*, document_id: UUID, number: int) -> list[PageBlock]:
    """The blocks of a page in reading order, as they were judged when it was read; none where there is no such page.

    Pages that were read before blocks were kept are judged now, beside their neighbours.
    """
    rows = DocumentPage.objects.filter(document_id=document_id)
    page = rows.filter(number=number).values_list("words", "blocks").first()
    if page is None:
        return []
    words, kept = page_words(number, page[0]).words, page[1]
    if kept is not None:
        return [_told(words, Block(*block)) for block in kept]
    near = rows.filter(number__gte=number - AROUND, number__lte=number + AROUND).order_by("number")
    pages = [page_words(n, some) for n, some in near.values_list("number", "words")]
    judged = zip(pages, Layout(pages).blocks(), strict=True)
    return [_told(words, block) for one, blocks in judged if one.page == number for block in blocks]


def without_running_heads(page: PageWords, blocks: Sequence[Block]) -> tuple[PageWords, PageWords]:
    """A page without its heads and feet, and these alone. A page of nothing else is left as it is."""
    aside = {i for b in blocks if b.kind in {"header", "footer"} for i in range(b.first, b.last + 1)}
    inner = tuple(word for i, word in enumerate(page.words) if i not in aside)
    if not any(word.text.strip() for word in inner):
        return page, PageWords(page.page, ())
    return PageWords(page.page, inner), PageWords(page.page, tuple(w for i, w in enumerate(page.words) if i in aside))


def _told(words: Sequence[Word], block: Block) -> PageBlock:
    some = [word for word in words[block.first : block.last + 1] if word.text.strip()]
    box = (min(w.x0 for w in some), min(w.y0 for w in some), max(w.x1 for w in some), max(w.y1 for w in some))
    rows = table_rows(some) if block.kind == "table" else None
    return PageBlock(block.kind, " ".join(word.text for word in some), box, rows)
