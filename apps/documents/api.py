"""Documents for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.documents import queries, services
from apps.domain.evidence import page_text
from apps.web.services.paging import page_of

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
    created_at: datetime
    read_at: datetime | None


class DocumentList(Schema):
    items: list[DocumentOut]
    next_cursor: str | None


class PageOut(Schema):
    number: int
    width: float = Field(description="PDF points")
    height: float = Field(description="PDF points")
    text: str


class HitOut(Schema):
    document_id: UUID
    title: str
    number: int = Field(description="The page.")
    snippet: str = Field(description="Words of the page around the matches, as plain text.")
    matches: list[str] = Field(description="The words of the snippet that match, in order.")


class SearchOut(Schema):
    items: list[HitOut]
    total: int = Field(description="Matching pages; counting stops at 500.")
    is_capped: bool = Field(description="Whether there may be more pages than `total`.")
    next_page: int | None


@router.get("/documents/search", response={200: SearchOut}, summary="Search the pages of all documents")
def search_documents(
    request: DeskRequest, q: str, media_type: str = "", status: str = "", page: int = 1
) -> dict[str, Any]:
    """Words must all occur; "quoted words" stand together; -word must not occur; `momen*` finds beginnings; `or` gives a choice.

    Best pages first. 422 with a message when there is nothing to look for.
    """
    among = queries.document_ids(queries.Filters(media_type=media_type, status=status))
    found = queries.search(text=q, among=among, page=page)
    items = [
        {
            "document_id": hit.document_id,
            "title": hit.title,
            "number": hit.number,
            "snippet": hit.text,
            "matches": hit.pieces[1::2],
        }
        for hit in found.hits
    ]
    return {"items": items, "total": found.total, "is_capped": found.is_capped, "next_page": found.next_page}


@router.get("/documents", response=DocumentList, summary="List documents, newest first")
def list_documents(request: DeskRequest, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of documents; go on with `next_cursor`."""
    page = page_of(queries.documents(), cursor=cursor, limit=limit)
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


@router.get("/documents/{uuid:document_id}/pages/{int:number}", response=PageOut, summary="Read the text of a page")
def get_page(request: DeskRequest, document_id: UUID, number: int) -> dict[str, Any]:
    """The text as read from the file, line by line."""
    queries.document(document_id=document_id)
    page = queries.page(document_id=document_id, number=number)
    text = page_text(queries.page_words(page.number, page.words))
    return {"number": page.number, "width": page.width, "height": page.height, "text": text}


@router.post("/documents/{uuid:document_id}/retry", response={202: DocumentOut}, summary="Read a failed document again")
def retry_document(request: DeskRequest, document_id: UUID) -> Status[Any]:
    """Only a document that could not be read may be read again."""
    return Status(202, services.retry(document_id=document_id, actor=request.actor, at=timezone.now()))


@router.post("/documents/{uuid:document_id}/cancel", response={202: DocumentOut}, summary="Stop reading a document")
def cancel_document(request: DeskRequest, document_id: UUID) -> Status[Any]:
    """Stops at the next page."""
    return Status(202, services.cancel(document_id=document_id, actor=request.actor, at=timezone.now()))
