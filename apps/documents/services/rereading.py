"""Read documents again that an earlier version of the reader has read.

The words that are stored stay in use until all pages are read anew; then they are exchanged in one transaction, with an event.
Whoever cites a document hears it and looks its quotes up again. A file that can no longer be read keeps its words.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from apps.documents import queries
from apps.documents.adapters.pdf import READER_VERSION, read_file
from apps.documents.enums import DocumentStatus
from apps.documents.events import DocumentNotReread, DocumentReread
from apps.documents.models import Document, DocumentPage, PageText, Passage
from apps.documents.services.embedding import queue_embedding
from apps.documents.services.reading import laid_out, limits, on_disk, page_row, queue_drawing
from apps.events.services import append
from apps.jobs.services import Work, enqueue

REREAD_JOB = "documents.reread"
_OF_THE_READER = ("width", "height", "words", "blocks", "origin", "confidence", "flags")


def outdated(*, older_than: int = READER_VERSION) -> int:
    """How many documents of the desk were read by a reader before this version."""
    return Document.objects.filter(status=DocumentStatus.READ, reader_version__lt=older_than).count()


def reread_outdated(*, at: datetime, older_than: int = READER_VERSION) -> int:
    """Queue the reading of every document that a reader before this version has read; how many. Called in a desk's scope."""
    due = list(
        Document.objects.filter(status=DocumentStatus.READ, reader_version__lt=older_than).order_by("created_at")
    )
    for document in due:
        plan = {"sha256": document.sha256, "version": READER_VERSION}
        enqueue(
            kind=REREAD_JOB,
            tenant_id=document.tenant_id,
            subject_id=document.id,
            plan=plan,
            requested_by_id=None,
            at=at,
        )
    return len(due)


def reread_document(work: Work) -> None:
    """The job: read every page, then exchange what differs."""
    with work.scope():
        document = queries.document(document_id=work.subject_id)
        if document.status != DocumentStatus.READ or document.reader_version >= READER_VERSION:
            return
    pages: list[DocumentPage] = []
    flags: list[str] = []
    n_pages = 0
    with on_disk(document) as path:
        for message in read_file(path, media_type=document.media_type, limits=limits()):
            if "pages" in message:
                n_pages, flags = message["pages"], message.get("flags", [])
            elif "page" in message:
                pages.append(page_row(document, message))
                work.progress(len(pages), n_pages, f"{len(pages)} of {n_pages} pages read again")
    with work.scope():
        _exchange(work, pages, flags)


def rereading_failed(work: Work, code: str, message: str) -> None:
    """Record that a document could not be read again; it stays as it was."""
    document = Document.objects.get(id=work.subject_id)
    data = DocumentNotReread(title=document.title, code=code)
    append(tenant_id=document.tenant_id, subject_id=document.id, data=data, actor_id=None, at=timezone.now())


def _exchange(work: Work, pages: list[DocumentPage], flags: list[str]) -> None:
    at = timezone.now()
    document = Document.objects.select_for_update().get(id=work.subject_id)
    stored = {page.number: page for page in document.pages.all()}
    texts, _ = laid_out(pages, [])
    changed = [page for page in pages if page.number not in stored or _differs(page, stored[page.number])]
    for page in changed:  # the image shows the same page, whatever is read on it
        before = stored.get(page.number)
        page.image = before.image if before else ""
    numbers = [page.number for page in changed] + [n for n in stored if n > len(pages)]
    DocumentPage.objects.filter(document_id=document.id, number__in=numbers).delete()
    PageText.objects.filter(document_id=document.id, number__in=numbers).delete()
    DocumentPage.objects.bulk_create(changed)
    PageText.objects.bulk_create([text for text in texts if text.number in numbers])
    document.flags, document.n_pages, document.reader_version = flags, len(pages), READER_VERSION
    if changed:
        Passage.objects.filter(document_id=document.id).delete()
        document.embedded_by = ""
    document.save(update_fields=["flags", "n_pages", "reader_version", "embedded_by"])
    data = DocumentReread(title=document.title, n_changed=len(numbers), reader_version=READER_VERSION)
    append(tenant_id=document.tenant_id, subject_id=document.id, data=data, actor_id=None, at=at)
    if any(not page.image for page in changed):
        queue_drawing(document, requested_by_id=None)
    if changed:
        queue_embedding(document=document, requested_by_id=None, at=at)


def _differs(page: DocumentPage, before: DocumentPage) -> bool:
    return any(getattr(page, name) != getattr(before, name) for name in _OF_THE_READER)
