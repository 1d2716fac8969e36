"""Documents for programs."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.documents import queries, services
from apps.documents.enums import FolderKind, SearchMode
from apps.domain.evidence import page_text
from apps.web.services.paging import page_of
from apps.web.services.ranges import streamed

router = Router(tags=["documents"])


class DocumentOut(Schema):
    id: UUID
    title: str
    file_name: str
    sha256: str = Field(description="SHA-256 of the file; the same bytes are one document.")
    media_type: str
    n_bytes: int
    n_pages: int | None = Field(description="Known once the document is read.")
    status: str = Field(description="stored, reading, read or failed")
    error_code: str
    error_message: str
    authors: str
    published_date: date | None = Field(
        description="When the document was published; later prices its authors could not see."
    )
    doi: str
    source: str = Field(description="Journal, broker or site.")
    tags: list[str]
    folder_id: UUID | None
    older_id: UUID | None = Field(description="The document that this one is a newer version of.")
    flags: list[str] = Field(
        description="What the file carries: scripts, launches, attachments. None is ever run or opened."
    )
    retention: str = Field(description="The retention class: working, standard or extended.")
    kept_until: datetime | None = Field(
        description="Before this it is never removed for good, even when deleted; null when its class asks for no time."
    )
    held_at: datetime | None = Field(description="Under legal hold since then: it can be neither deleted nor removed.")
    hold_reason: str
    deleted_at: datetime | None = Field(
        description="Removed for good 30 days later, unless its retention class, a legal hold or a strategy keeps it."
    )
    created_at: datetime
    read_at: datetime | None


class DocumentList(Schema):
    items: list[DocumentOut]
    next_cursor: str | None


class BlockOut(Schema):
    kind: str = Field(description="text, heading, table, formula, caption, footnote, header or footer")
    text: str
    box: tuple[float, float, float, float] = Field(description="(x0, y0, x1, y1) in PDF points from the top left")
    rows: list[list[str]] | None = Field(description="Of a table: its cells, as many in every row.")


class PageOut(Schema):
    number: int
    width: float = Field(description="PDF points")
    height: float = Field(description="PDF points")
    origin: str = Field(description="file; recognised: by text recognition, check figures; picture: scanned, no text.")
    confidence: float | None = Field(description="How sure text recognition was, 0 to 1.")
    flags: list[str] = Field(
        description="hidden_text: text that nobody sees was left out; garbled: letters without meaning; tiny; rotated; right_to_left."
    )
    text: str
    blocks: list[BlockOut] = Field(description="The text in reading order, by what it is.")


class PageTextOut(Schema):
    number: int
    origin: str
    flags: list[str]
    text: str = Field(description="As read from the file, line by line.")


class PageList(Schema):
    items: list[PageTextOut]
    next_page: int | None


class WordsOut(Schema):
    number: int
    width: float = Field(description="PDF points")
    height: float = Field(description="PDF points")
    words: list[tuple[str, float, float, float, float, int]] = Field(
        description="[text, x0, y0, x1, y1, line]: the box in PDF points from the top left, the number of the line"
    )


class PlaceOut(Schema):
    number: int = Field(description="The page.")
    boxes: list[tuple[float, float, float, float]] = Field(
        description="One per line, (x0, y0, x1, y1) in PDF points from the top left"
    )


class PlacesOut(Schema):
    items: list[PlaceOut] = Field(description="In reading order, at most 500.")
    as_written: bool = Field(description="false: the text was not found, other forms of its words were")
    is_capped: bool = Field(description="Whether there are more places.")


class FiltersIn(Schema):
    media_type: str = ""
    status: str = Field("", description="stored, reading, read or failed")
    folder: str = Field("", description="The id of a folder, or `none` for documents in no folder.")
    tag: str = ""
    retention: str = Field("", description="A retention class, or `held` for what is under legal hold.")
    is_deleted: bool = Field(False, description="The deleted ones instead of the others.")

    def wanted(self) -> queries.Filters:
        """The same as the queries know it."""
        return queries.Filters(**{name: _plain(value) for name, value in self.model_dump().items()})


def _plain(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value


class DescriptionIn(Schema):
    title: str | None = None
    authors: str | None = None
    published_date: date | None = None
    doi: str | None = None
    source: str | None = None
    tags: list[str] | None = None
    folder_id: UUID | None = None
    older_id: UUID | None = Field(None, description="The document that this one is a newer version of.")


class BulkIn(Schema):
    deed: Literal["move", "tag", "untag", "delete", "restore", "retain", "hold", "release"]
    document_ids: list[UUID] = Field(max_length=200)
    folder_id: UUID | None = Field(None, description="For `move`; none takes the documents out of their folders.")
    tag: str = Field("", description="For `tag` and `untag`.")
    retention: str = Field("", description="For `retain`: working, standard or extended.")
    reason: str = Field("", description="For `hold` and `release`; the record shows it.")


class RetentionIn(Schema):
    retention: str = Field(description="working, standard or extended")


class HoldIn(Schema):
    reason: str = Field(description="Why; the record shows it.")


class BulkOut(Schema):
    n_changed: int


class FolderIn(Schema):
    name: str
    kind: FolderKind = Field(description="source or topic")


class FolderOut(Schema):
    id: UUID
    name: str
    kind: str
    n_documents: int = 0


class FolderList(Schema):
    items: list[FolderOut]


class HitOut(Schema):
    document_id: UUID
    title: str
    number: int = Field(description="The page.")
    snippet: str = Field(description="Words of the page around the matches, as plain text.")
    matches: list[str] = Field(description="The words of the snippet that match, in order.")
    similarity: float | None = Field(
        description="By meaning: the cosine between what was asked and the nearest passage; null where it says something else."
    )


class SearchOut(Schema):
    items: list[HitOut]
    mode: SearchMode
    total: int = Field(description="Matching pages; counting stops at 500.")
    is_capped: bool = Field(description="Whether there may be more pages than `total`.")
    next_page: int | None


@router.get("/documents/search", response={200: SearchOut}, summary="Search the pages of all documents")
def search_documents(
    request: DeskRequest, q: str, filters: Query[FiltersIn], page: int = 1, mode: SearchMode = SearchMode.WORDS
) -> dict[str, Any]:
    """By words, by meaning, or by both.

    Words must all occur; "quoted words" stand together; -word must not occur; `momen*` finds beginnings; `or` gives a choice.

    By meaning, pages are found that say much the same in other words (English). Best pages first. 422 with a message when there
    is nothing to look for; 409 `meaning_off` where this platform does not search by meaning.
    """
    found = queries.search(text=q, filters=filters.wanted(), page=page, mode=mode)
    items = [
        {
            "document_id": hit.document_id,
            "title": hit.title,
            "number": hit.number,
            "snippet": hit.text,
            "matches": hit.pieces[1::2],
            "similarity": hit.similarity,
        }
        for hit in found.hits
    ]
    told = {"mode": mode, "total": found.total, "is_capped": found.is_capped, "next_page": found.next_page}
    return {"items": items, **told}


@router.get("/documents", response=DocumentList, summary="List documents, newest first")
def list_documents(
    request: DeskRequest, filters: Query[FiltersIn], cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of documents; go on with `next_cursor`."""
    page = page_of(queries.documents(filters.wanted()), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post(
    "/documents",
    response={201: DocumentOut, 200: DocumentOut},
    summary="Upload a PDF, Word, HTML, Markdown or text file",
)
def create_document(request: DeskRequest, file: File[UploadedFile]) -> Status[Any]:
    """201 for a new document, 200 when the same bytes are on the desk already. Reading goes on after the answer."""
    outcome = services.upload(file=file, file_name=file.name or "", actor=request.actor, at=timezone.now())
    return Status(201 if outcome.is_new else 200, outcome.document)


@router.get("/documents/{uuid:document_id}", response=DocumentOut, summary="Read one document's state")
def get_document(request: DeskRequest, document_id: UUID) -> Any:
    """Its status tells how far reading is."""
    return queries.document(document_id=document_id)


@router.get("/documents/{uuid:document_id}/file", summary="Download the file")
def get_file(request: DeskRequest, document_id: UUID) -> HttpResponseBase:
    """The bytes as they were uploaded. A part with `Range`; 304 with `If-None-Match` to who has them."""
    document = queries.document(document_id=document_id)
    return streamed(
        request,
        chunks=partial(services.chunks_of, queries.storage_name(document)),
        size=document.n_bytes,
        tag=document.sha256,
        content_type=document.media_type,
        file_name=document.file_name,
        as_attachment=True,
    )


@router.get("/documents/{uuid:document_id}/pages", response=PageList, summary="Read the text of some pages")
def list_pages(request: DeskRequest, document_id: UUID, first: int = 1, last: int | None = None) -> dict[str, Any]:
    """From `first` to `last`, at most fifty at a time: `next_page` is where to go on."""
    queries.document(document_id=document_id)
    texts, next_page = queries.page_texts(document_id=document_id, first=first, last=last)
    return {"items": texts, "next_page": next_page}


@router.get("/documents/{uuid:document_id}/pages/{int:number}", response=PageOut, summary="Read the text of a page")
def get_page(request: DeskRequest, document_id: UUID, number: int) -> dict[str, Any]:
    """The text as read from the file, line by line."""
    queries.document(document_id=document_id)
    page = queries.page(document_id=document_id, number=number)
    text = page_text(queries.page_words(page.number, page.words))
    size = {"width": page.width, "height": page.height}
    source = {"origin": page.origin, "confidence": page.confidence, "flags": page.flags}
    blocks = queries.blocks_of_page(document_id=document_id, number=number)
    return {"number": page.number, **size, **source, "text": text, "blocks": blocks}


@router.get(
    "/documents/{uuid:document_id}/pages/{int:number}/words",
    response=WordsOut,
    summary="Read the words of a page with their boxes",
)
def get_page_words(request: DeskRequest, document_id: UUID, number: int, response: HttpResponse) -> dict[str, Any]:
    """In reading order. They never change once the page is read, so the answer may be kept."""
    page = queries.page(document_id=document_id, number=number)
    response["Cache-Control"] = "private, max-age=3600"
    return {"number": page.number, "width": page.width, "height": page.height, "words": page.words}


@router.get("/documents/{uuid:document_id}/find", response=PlacesOut, summary="Find text in one document")
def find_in_document(request: DeskRequest, document_id: UUID, q: str = "") -> dict[str, Any]:
    """The text as written, case and typesetting aside; where it nowhere stands so, its words in any form."""
    found = queries.find_in_document(document_id=document_id, text=q)
    return {"items": found.places, "as_written": found.as_written, "is_capped": found.is_capped}


@router.post("/documents/{uuid:document_id}/retry", response={202: DocumentOut}, summary="Read a failed document again")
def retry_document(request: DeskRequest, document_id: UUID) -> Status[Any]:
    """Only a document that could not be read may be read again."""
    return Status(202, services.retry(document_id=document_id, actor=request.actor, at=timezone.now()))


@router.post("/documents/{uuid:document_id}/cancel", response={202: DocumentOut}, summary="Stop reading a document")
def cancel_document(request: DeskRequest, document_id: UUID) -> Status[Any]:
    """Stops at the next page."""
    return Status(202, services.cancel(document_id=document_id, actor=request.actor, at=timezone.now()))


@router.patch("/documents/{uuid:document_id}", response={200: DocumentOut}, summary="Describe a document")
def describe_document(request: DeskRequest, document_id: UUID, data: DescriptionIn) -> Any:
    """Changes the fields that are sent, and leaves the others. `null` empties a date, a folder or an older version."""
    document = queries.document(document_id=document_id)
    known = {field.name: getattr(document, field.name) for field in fields(services.Description)}
    sent = data.model_dump(exclude_unset=True)
    sent = {
        name: "" if value is None and name in {"authors", "doi", "source"} else value for name, value in sent.items()
    }
    said = known | {name: value for name, value in sent.items() if value is not None or name not in {"title", "tags"}}
    description = services.Description(**said | {"tags": tuple(said["tags"])})
    return services.describe(document_id=document_id, description=description, actor=request.actor, at=timezone.now())


@router.delete("/documents/{uuid:document_id}", response={200: DocumentOut}, summary="Delete a document")
def delete_document(request: DeskRequest, document_id: UUID) -> Any:
    """Hides it. It can be restored for 30 days; after that it is removed for good, unless something keeps it.
    409 when it is under legal hold."""
    services.delete(document_ids=[document_id], actor=request.actor, at=timezone.now())
    return queries.document(document_id=document_id)


@router.post("/documents/{uuid:document_id}/restore", response={200: DocumentOut}, summary="Restore a deleted document")
def restore_document(request: DeskRequest, document_id: UUID) -> Any:
    """Brings a deleted document back; one that is not deleted stays as it is."""
    services.restore(document_ids=[document_id], actor=request.actor, at=timezone.now())
    return queries.document(document_id=document_id)


@router.post("/documents/{uuid:document_id}/retention", response={200: DocumentOut}, summary="Set the retention class")
def set_document_retention(request: DeskRequest, document_id: UUID, data: RetentionIn) -> Any:
    """How long it is kept at least. To shorten takes a compliance officer or an administrator."""
    services.set_retention(document_ids=[document_id], retention=data.retention, actor=request.actor, at=timezone.now())
    return queries.document(document_id=document_id)


@router.post("/documents/{uuid:document_id}/hold", response={200: DocumentOut}, summary="Put under legal hold")
def hold_document(request: DeskRequest, document_id: UUID, data: HoldIn) -> Any:
    """Until it is released it can be neither deleted nor removed. For compliance officers and administrators."""
    services.hold(document_ids=[document_id], reason=data.reason, actor=request.actor, at=timezone.now())
    return queries.document(document_id=document_id)


@router.post("/documents/{uuid:document_id}/release", response={200: DocumentOut}, summary="Release from legal hold")
def release_document(request: DeskRequest, document_id: UUID, data: HoldIn) -> Any:
    """Its retention class counts again. For compliance officers and administrators."""
    services.release(document_ids=[document_id], reason=data.reason, actor=request.actor, at=timezone.now())
    return queries.document(document_id=document_id)


@router.post(
    "/documents/bulk",
    response={200: BulkOut},
    summary="Move, tag, delete, restore, retain, hold or release many documents",
)
def change_documents(request: DeskRequest, data: BulkIn) -> dict[str, int]:
    """All or none: 404 when one of them is not there."""
    actor, at, ids = request.actor, timezone.now(), data.document_ids
    match data.deed:
        case "move":
            n = services.move(document_ids=ids, folder_id=data.folder_id, actor=actor, at=at)
        case "tag":
            n = services.tag(document_ids=ids, tag=data.tag, actor=actor, at=at)
        case "untag":
            n = services.untag(document_ids=ids, tag=data.tag, actor=actor, at=at)
        case "delete":
            n = len(services.delete(document_ids=ids, actor=actor, at=at))
        case "restore":
            n = services.restore(document_ids=ids, actor=actor, at=at)
        case "retain":
            n = services.set_retention(document_ids=ids, retention=data.retention, actor=actor, at=at)
        case "hold":
            n = services.hold(document_ids=ids, reason=data.reason, actor=actor, at=at)
        case "release":
            n = services.release(document_ids=ids, reason=data.reason, actor=actor, at=at)
    return {"n_changed": n}


@router.get("/folders", response={200: FolderList}, summary="List folders")
def list_folders(request: DeskRequest) -> dict[str, Any]:
    """By kind and name, each with the number of its documents."""
    return {"items": queries.shelves()}


@router.post("/folders", response={201: FolderOut}, summary="Make a folder")
def create_folder(request: DeskRequest, data: FolderIn) -> Status[Any]:
    """By source or topic. 409 when the desk has one of that name."""
    folder = services.create_folder(name=data.name, kind=data.kind, actor=request.actor, at=timezone.now())
    return Status(201, folder)


@router.delete("/folders/{uuid:folder_id}", response={204: None}, summary="Remove a folder")
def delete_folder(request: DeskRequest, folder_id: UUID) -> Status[None]:
    """Its documents stay, in no folder."""
    services.delete_folder(folder_id=folder_id, actor=request.actor, at=timezone.now())
    return Status(204, None)
