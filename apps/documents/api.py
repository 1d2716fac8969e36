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


@router.get("/documents", response=DocumentList, summary="List documents, newest first")
def list_documents(request: DeskRequest, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of documents; go on with `next_cursor`."""
    page = page_of(queries.documents(), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post("/documents", response={201: DocumentOut, 200: DocumentOut}, summary="Upload a PDF, text or Markdown file")
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
