"""Read documents and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Func, Q, QuerySet

from apps.documents.enums import DocumentStatus, Flag, PageOrigin
from apps.documents.models import Document, DocumentPage, Folder
from apps.domain.errors import DomainError
from apps.domain.evidence import PageWords, Word, page_text


class DocumentNotFoundError(DomainError):
    """There is no such document on this desk."""

    code = "document_not_found"
    status = 404


class PageNotFoundError(DomainError):
    """The document has no such page, or its image is not drawn yet."""

    code = "page_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page's number, its size in PDF points, and where its words come from, with how sure text recognition was."""

    number: int
    width: float
    height: float
    origin: str = PageOrigin.FILE
    confidence: float | None = None
    flags: list[str] = field(default_factory=list)

    @property
    def flag_titles(self) -> list[str]:
        """The flags in words."""
        return [Flag(flag).label for flag in self.flags]

    @property
    def view_box(self) -> str:
        """Its sides as a picture in its own units takes them."""
        return f"0 0 {self.width:g} {self.height:g}"


def document(*, document_id: UUID) -> Document:
    """One document; raises DocumentNotFoundError."""
    found = Document.objects.filter(id=document_id).first()
    if found is None:
        raise DocumentNotFoundError("There is no such document on your desk.")
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents of the desk are wanted; empty means all."""

    media_type: str = ""
    status: str = ""
    folder: str = ""  # an id, or UNFILED
    tag: str = ""
    retention: str = ""  # a class, or HELD
    is_deleted: bool = False


UNFILED = "none"
MOST_PAGES = 50
_FURTHEST = 2**31 - 1  # what the column of page numbers holds
HELD = "held"
ALL = Filters()


def documents(filters: Filters = ALL) -> QuerySet[Document]:
    """The desk's documents, newest first; deleted ones only when they are asked for."""
    found = Document.objects.filter(deleted_at__isnull=not filters.is_deleted).order_by("-created_at", "-id")
    if filters.media_type:
        found = found.filter(media_type=filters.media_type)
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.tag:
        found = found.filter(tags__contains=[filters.tag])
    if filters.retention == HELD:
        found = found.filter(held_at__isnull=False)
    elif filters.retention:
        found = found.filter(retention=filters.retention)
    if filters.folder == UNFILED:
        return found.filter(folder__isnull=True)
    return found.filter(folder_id=_id(filters.folder)) if filters.folder else found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # no row has it: a made-up filter finds nothing


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder and how many documents lie in it."""

    id: UUID
    name: str
    kind: str
    n_documents: int


def shelves() -> list[Shelf]:
    """The desk's folders, by kind and name."""
    counted = Count("documents", filter=Q(documents__deleted_at__isnull=True))
    rows = Folder.objects.annotate(n=counted).order_by("kind", "name").values_list("id", "name", "kind", "n")
    return [Shelf(*row) for row in rows]


def tags_in_use() -> list[str]:
    """Every tag on a document that is not deleted, in order."""
    rows = documents().order_by().annotate(one=Func(F("tags"), function="unnest")).values_list("one", flat=True)
    return sorted(set(rows), key=str.casefold)


def counts() -> dict[str, int]:
    """How many documents there are, how many in no folder, how many deleted."""
    shown = Q(deleted_at__isnull=True)
    return Document.objects.aggregate(
        shown=Count("id", filter=shown),
        unfiled=Count("id", filter=shown & Q(folder__isnull=True)),
        deleted=Count("id", filter=~shown),
    )


def newer_versions(*, document_id: UUID) -> list[Document]:
    """The documents that are newer versions of this one, oldest first."""
    return list(Document.objects.filter(older_id=document_id, deleted_at__isnull=True).order_by("created_at", "id"))


def document_ids(filters: Filters) -> list[UUID] | None:
    """The ids of the wanted documents; None when all are."""
    if filters == ALL and not Document.objects.filter(deleted_at__isnull=False).exists():
        return None
    return list(documents(filters).values_list("id", flat=True))


def titles(*, document_ids: list[UUID]) -> dict[UUID, str]:
    """Titles by id."""
    return dict(Document.objects.filter(id__in=document_ids).values_list("id", "title"))


def pages_of(*, document_id: UUID) -> tuple[PageWords, ...]:
    """The words of every page, in order."""
    rows = DocumentPage.objects.filter(document_id=document_id).order_by("number").values_list("number", "words")
    return tuple(page_words(number, words) for number, words in rows)


def is_drawn(document: Document, /, *, first: int) -> bool:
    """Whether a document is read and its `first` pages have their images."""
    waiting = DocumentPage.objects.filter(document_id=document.id, number__lte=first, image="")
    return document.status == DocumentStatus.READ and not waiting.exists()


def page_texts(*, document_id: UUID, first: int, last: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """Number, origin, flags and text of the pages from `first` to `last`, at most MOST_PAGES; and where to go on."""
    pages = DocumentPage.objects.filter(document_id=document_id, number__gte=min(max(first, 1), _FURTHEST))
    if last is not None:
        pages = pages.filter(number__lte=max(min(last, _FURTHEST), 0))
    found = list(pages.order_by("number").values("number", "origin", "flags", "words")[: MOST_PAGES + 1])
    texts = [
        {name: page[name] for name in ("number", "origin", "flags")}
        | {"text": page_text(page_words(page["number"], page["words"]))}
        for page in found[:MOST_PAGES]
    ]
    return texts, found[MOST_PAGES]["number"] if len(found) > MOST_PAGES else None


def page_words(number: int, words: list[list[object]]) -> PageWords:
    """Stored words as the core knows them."""
    return PageWords(number, tuple(Word(*word) for word in words))  # type: ignore[arg-type]  # written by the adapter in this shape


def page_sizes(*, document_id: UUID) -> list[PageSize]:
    """Number and size of every page."""
    rows = (
        DocumentPage.objects.filter(document_id=document_id)
        .order_by("number")
        .values_list("number", "width", "height", "origin", "confidence", "flags")
    )
    return [PageSize(*row) for row in rows]


def page(*, document_id: UUID, number: int) -> DocumentPage:
    """One page; raises PageNotFoundError."""
    found = DocumentPage.objects.filter(document_id=document_id, number=number).first()
    if found is None:
        raise PageNotFoundError("The document has no such page, or it has not been read yet.")
    return found


def flagged(document: Document, sizes: Sequence[PageSize]) -> list[tuple[str, list[int]]]:
    """What should be told of a document, in words, with the pages that it is true of; no pages for the file as a whole."""
    told = [(Flag(flag).label, list[int]()) for flag in document.flags]
    for flag in Flag:
        pages = [size.number for size in sizes if flag in size.flags]
        if pages:
            told.append((flag.label, pages))
    return told


def image_name(*, document_id: UUID, number: int) -> str:
    """The storage name of a page's image; raises PageNotFoundError while it is not drawn."""
    name = DocumentPage.objects.filter(document_id=document_id, number=number).values_list("image", flat=True).first()
    if not name:
        raise PageNotFoundError("The image of this page is not drawn yet.")
    return str(name)


def storage_name(document: Document, /) -> str:
    """Where a document's bytes lie."""
    return content_name(document.tenant_id, "documents", document.sha256)


def content_name(tenant_id: UUID, area: str, sha256: str) -> str:
    """The name of content in storage: the desk, the area, the hash."""
    return f"{tenant_id.hex}/{area}/{sha256[:2]}/{sha256}"
