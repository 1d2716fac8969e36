"""Take a document in, and read it."""

from __future__ import annotations

import codecs
import errno
import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.documents import queries
from apps.documents.adapters.pdf import READER_VERSION, Limits, read_file
from apps.documents.enums import DocumentStatus, MediaType
from apps.documents.events import DocumentFailed, DocumentRead, DocumentStored
from apps.documents.models import Document, DocumentPage, PageText, Passage
from apps.documents.services.embedding import queue_embedding
from apps.documents.services.frontmatter import take_first_pages, take_metadata
from apps.documents.services.organising import find_folder, restore
from apps.domain.errors import DomainError
from apps.domain.evidence import Block, Layout, PageWords, page_text
from apps.events.services import append
from apps.jobs.queries import is_waiting, latest_job
from apps.jobs.services import Work, enqueue
from apps.jobs.services import cancel as cancel_job

READ_JOB, DRAW_JOB = "documents.read", "documents.draw"
_CHUNK = 1024 * 1024
_LONGEST_NAME = 150
_PAGES_PER_WRITE = 20
_LONGEST_TEXT = 100_000  # characters of a page that are searched: PostgreSQL refuses to index megabytes of one page
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html)", re.IGNORECASE)
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")


class EmptyFileError(DomainError):
    """The file has no bytes."""

    code = "empty_file"


class TooLargeError(DomainError):
    """The file is larger than is taken."""

    code = "too_large"
    status = 413


class UnsupportedTypeError(DomainError):
    """The file is of no type that is read."""

    code = "unsupported_type"
    status = 415


class StorageFullError(DomainError):
    """There is no room left where documents are stored."""

    code = "storage_full"
    status = 507


class NotRetriableError(DomainError):
    """Only a document that could not be read may be read again."""

    code = "not_retriable"
    status = 409


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """The document, and whether it is new to the desk."""

    document: Document
    is_new: bool


def upload(
    *, file: File[Any], file_name: str, actor: Actor, at: datetime, folder_id: UUID | None = None
) -> UploadOutcome:
    """Take a file in: check it, store it under its hash, queue its reading. The same bytes again give the same document.

    A new document lies in the folder that is named. Raises NotAllowedError, FolderNotFoundError, EmptyFileError, TooLargeError,
    UnsupportedTypeError, StorageFullError; then nothing is kept.
    """
    actor.require(Permission.UPLOAD_DOCUMENT)
    folder = find_folder(folder_id) if folder_id else None
    size = int(file.size or 0)
    check_size(size)
    name = clean_file_name(file_name)
    media_type = _media_type(file, name)
    sha256 = _hash(file)
    with transaction.atomic():
        existing = Document.objects.select_for_update().filter(sha256=sha256).first()
        if existing:
            if existing.deleted_at:
                restore(document_ids=[existing.id], actor=actor, at=at)
                existing.refresh_from_db()
            if existing.status == DocumentStatus.FAILED:
                retry(document_id=existing.id, actor=actor, at=at)
            return UploadOutcome(existing, is_new=False)
        _keep(queries.content_name(actor.tenant_id, "documents", sha256), file, size)
        document = Document.objects.create(
            tenant_id=actor.tenant_id,
            title=_title(name),
            file_name=name,
            sha256=sha256,
            media_type=media_type,
            n_bytes=size,
            folder=folder,
            retention=settings.DOCUMENT_RETENTION,
            created_by_id=actor.person_id,
            created_at=at,
        )
        data = DocumentStored(title=document.title, sha256=sha256, n_bytes=size)
        append(tenant_id=actor.tenant_id, subject_id=document.id, data=data, actor_id=actor.person_id, at=at)
        _queue(document, actor, at)
    return UploadOutcome(document, is_new=True)


def check_size(size: int) -> None:
    """Refuse a file of so many bytes, or none. Raises EmptyFileError, TooLargeError."""
    if size > settings.DOCUMENT_MAX_BYTES:
        limit = settings.DOCUMENT_MAX_BYTES // 1024**2
        raise TooLargeError(
            f"The file has {size / 1024**2:.0f} MB; at most {limit} MB are taken. Split off the part you need.",
            limit=limit,
        )
    if size <= 0:
        raise EmptyFileError("The file is empty. Check the download and try again.")


@transaction.atomic
def retry(*, document_id: UUID, actor: Actor, at: datetime) -> Document:
    """Read a document again that could not be read. Raises NotAllowedError, DocumentNotFoundError, NotRetriableError."""
    document = queries.document(document_id=document_id)
    actor.require(Permission.UPLOAD_DOCUMENT)
    if document.status != DocumentStatus.FAILED:
        raise NotRetriableError("This document is read, or being read; there is nothing to repeat.")
    document.status, document.error_code, document.error_message = DocumentStatus.STORED, "", ""
    document.save(update_fields=["status", "error_code", "error_message"])
    _queue(document, actor, at)
    return document


@transaction.atomic
def cancel(*, document_id: UUID, actor: Actor, at: datetime) -> Document:
    """Stop reading a document. Raises NotAllowedError, DocumentNotFoundError, JobFinishedError."""
    document = queries.document(document_id=document_id)
    actor.require(Permission.UPLOAD_DOCUMENT)
    job = latest_job(subject_id=document.id, kind=READ_JOB)
    if job is not None:
        cancel_job(job_id=job.id, at=at)
    document.refresh_from_db()
    return document


def clean_file_name(name: str) -> str:
    """The name without folders, control characters and excess; the suffix survives."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip(" .") or "document"
    stem, dot, suffix = base.rpartition(".")
    if not dot or len(suffix) > 10:
        return base[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(suffix) - 1]}.{suffix}"


def read_pages(path: Path) -> tuple[PageWords, ...]:
    """The pages of a file on disk, for commands that run without a database. Raises as `upload` and reading do."""
    with path.open("rb") as handle:
        media_type = _media_type(File(handle), path.name)
    messages = read_file(path, media_type=media_type, limits=limits())
    return tuple(queries.page_words(m["page"], m["words"]) for m in messages if "page" in m)


def read_document(work: Work) -> None:
    """The job: words first, so that strategies can be looked for; then the images of the pages.

    While other documents of the desk wait to be read, images wait behind their words, as a job of their own (DRAW_JOB), which
    goes on where drawing was left.
    """
    with work.scope():
        document = queries.document(document_id=work.subject_id)
        if document.status == DocumentStatus.READ and not document.pages.filter(image="").exists():
            return
        already_read = document.status == DocumentStatus.READ
        first_image = _first_without_image(document)
        if not already_read:
            Document.objects.filter(id=document.id).update(status=DocumentStatus.READING)
            _forget_pages(document)
    with on_disk(document) as path, tempfile.TemporaryDirectory(prefix="fo-pages-") as images:
        pages, before, titled = list[DocumentPage](), list[PageWords](), False
        n_pages = 0
        told = read_file(
            path, media_type=document.media_type, limits=limits(), images=Path(images), first_image=first_image
        )
        for message in told:
            if "pages" in message:
                n_pages = message["pages"]
                titled = already_read or take_metadata(work, document, message)
                _take_flags(work, document, message.get("flags", []))
            elif "page" in message and not already_read:
                pages.append(page_row(document, message))
                titled = take_first_pages(work, document, pages, n_pages, titled=titled)
                if len(pages) == _PAGES_PER_WRITE:
                    before = _write(work, pages, before, done=message["page"], total=n_pages)
            elif "read" in message and not already_read:
                _write(work, pages, before, done=n_pages, total=n_pages)
                _mark_read(work, document, n_pages)
                if _leave_images(work, document):
                    return
            elif "image" in message and _keep_image(work, document, message, n_pages):
                return


def _first_without_image(document: Document) -> int:
    waiting = document.pages.filter(image="").order_by("number").values_list("number", flat=True)
    return waiting.first() or 1


def reading_failed(work: Work, code: str, message: str) -> None:
    """Record that a document could not be read. A document whose words are in stays read."""
    document = Document.objects.select_for_update().get(id=work.subject_id)
    if document.status == DocumentStatus.READ:
        return
    document.status, document.error_code, document.error_message = DocumentStatus.FAILED, code, message
    document.save(update_fields=["status", "error_code", "error_message"])
    _forget_pages(document)
    data = DocumentFailed(title=document.title, code=code, asked_by=work.requested_by_id)
    append(tenant_id=document.tenant_id, subject_id=document.id, data=data, actor_id=None, at=timezone.now())


def _queue(document: Document, actor: Actor, at: datetime) -> None:
    enqueue(
        kind=READ_JOB,
        tenant_id=document.tenant_id,
        subject_id=document.id,
        plan={"sha256": document.sha256},
        requested_by_id=actor.person_id,
        at=at,
    )


def limits() -> Limits:
    """What reading one file may use, by the settings."""
    return Limits(settings.DOCUMENT_MAX_PAGES, settings.DOCUMENT_PARSE_BYTES, settings.DOCUMENT_PARSE_SECONDS)


def _media_type(file: File[Any], name: str) -> MediaType:
    """Decided by content; the name only tells kinds of text apart."""
    file.seek(0)
    head = file.read(8192)
    if b"%PDF-" in head[:1024]:
        return MediaType.PDF
    if head.startswith(_ZIP):
        if _is_word(file):
            return MediaType.WORD
        raise UnsupportedTypeError(
            "This is an archive or an Office file other than Word's .docx. Save it as PDF or .docx and upload that."
        )
    if head.startswith(_OLE):
        raise UnsupportedTypeError(
            "This is an Office file of the old kind, or one with a password. Save it as .docx or PDF, without a password."
        )
    if head.startswith(_IMAGES):
        raise UnsupportedTypeError("This is a picture. Upload a PDF with text, a text or a Markdown file.")
    if not _is_text(file):
        raise UnsupportedTypeError(
            "This is neither a PDF, a Word file nor UTF-8 text. Upload a PDF, .docx, .html, .md or .txt file."
        )
    suffix = name.lower().rpartition(".")[2]
    if suffix in {"html", "htm", "xhtml"} or _HTML.match(head):
        return MediaType.HTML
    return MediaType.MARKDOWN if suffix in {"md", "markdown"} else MediaType.TEXT


def _is_word(file: File[Any]) -> bool:
    """Whether the directory at a zip's end names Word's main part; the file is unpacked in the child only."""
    file.seek(max(0, int(file.size or 0) - 256 * 1024))
    return b"word/document.xml" in file.read(256 * 1024)


def _is_text(file: File[Any]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        for chunk in file.chunks(_CHUNK):
            if "\x00" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _hash(file: File[Any]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _title(name: str) -> str:
    stem = re.sub(r"\.(pdf|txt|md|markdown|html?|xhtml|docx)$", "", name, flags=re.IGNORECASE)
    words = re.sub(r"[_\s]+", " ", stem).strip()
    return words[:1].upper() + words[1:] or "Document"


def _keep(name: str, file: File[Any], size: int) -> None:
    """Store content under its hash, unless it is there whole."""
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return
        default_storage.delete(name)  # a crash left a part of it
    file.seek(0)
    store(name, file)


def store(name: str, file: File[Any]) -> None:
    """Store content. Raises StorageFullError when there is no room; then no part of it is left."""
    try:
        default_storage.save(name, file)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        default_storage.delete(name)
        raise StorageFullError(
            "There is no room left where documents are stored, so nothing was kept. Tell your operator, then try again."
        ) from error


class on_disk:  # noqa: N801 -- used like a function
    """The document's bytes as a local file for the time of a block."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="fo-document-")
        target = Path(self._folder.name) / "file"
        with default_storage.open(queries.storage_name(self._document), "rb") as source, target.open("wb") as copy:
            for chunk in source.chunks(_CHUNK):
                copy.write(chunk)
        return target

    def __exit__(self, *exc: object) -> None:
        self._folder.cleanup()


def _take_flags(work: Work, document: Document, flags: list[str]) -> None:
    with work.scope():
        Document.objects.filter(id=document.id).update(flags=flags)


def page_row(document: Document, message: dict[str, Any]) -> DocumentPage:
    """A page as the reader's message describes it, not yet stored."""
    return DocumentPage(
        tenant_id=document.tenant_id,
        document=document,
        number=message["page"],
        width=message["width"],
        height=message["height"],
        words=message["words"],
        origin=message["origin"],
        confidence=message["confidence"],
        flags=message["flags"],
    )


def _forget_pages(document: Document) -> None:
    DocumentPage.objects.filter(document_id=document.id).delete()
    PageText.objects.filter(document_id=document.id).delete()
    Passage.objects.filter(document_id=document.id).delete()


def _searched(page: PageWords) -> str:
    """What is searched: words broken at a line's end made whole, ligatures and odd spaces made plain."""
    text = unicodedata.normalize("NFKC", page_text(page)).replace("\xad", "")
    text = re.sub(r"(?<=[^\W\d_])-\n(?=[a-z])", "", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f]", " ", text)[:_LONGEST_TEXT]


def _text(page: DocumentPage, words: PageWords, blocks: Sequence[Block]) -> PageText:
    """The first page keeps its running heads, so that a document is found by them once."""
    inner, aside = (words, None) if page.number == 1 else queries.without_running_heads(words, blocks)
    return PageText(
        tenant_id=page.tenant_id,
        document_id=page.document_id,
        number=page.number,
        text=_searched(inner),
        aside=_searched(aside) if aside else "",
    )


def laid_out(pages: list[DocumentPage], before: list[PageWords]) -> tuple[list[PageText], list[PageWords]]:
    """Set the blocks of pages, judged beside those before them; returns what is searched of each, and their words."""
    words = [queries.page_words(page.number, page.words) for page in pages]
    judged = Layout([*before, *words]).blocks()[len(before) :]
    for page, blocks in zip(pages, judged, strict=True):
        page.blocks = [[block.kind, block.first, block.last] for block in blocks]
    return [_text(*told) for told in zip(pages, words, judged, strict=True)], words


def _write(work: Work, pages: list[DocumentPage], before: list[PageWords], *, done: int, total: int) -> list[PageWords]:
    """Keep some pages, judged beside those before them; returns what the next ones are judged beside."""
    texts, words = laid_out(pages, before)
    with work.scope():
        DocumentPage.objects.bulk_create(pages)
        PageText.objects.bulk_create(texts)
    pages.clear()
    work.progress(done, total, f"{done} of {total} pages read")
    return words[-2 * queries.AROUND :]


def _mark_read(work: Work, document: Document, n_pages: int) -> None:
    at = timezone.now()
    with work.scope():
        Document.objects.filter(id=document.id).update(
            status=DocumentStatus.READ,
            n_pages=n_pages,
            read_at=at,
            reader_version=READER_VERSION,
            error_code="",
            error_message="",
            embedded_by="",
        )
        data = DocumentRead(title=document.title, n_pages=n_pages, asked_by=work.requested_by_id)
        append(tenant_id=document.tenant_id, subject_id=document.id, data=data, actor_id=work.requested_by_id, at=at)
        queue_embedding(document=document, requested_by_id=work.requested_by_id, at=at)


def _leave_images(work: Work, document: Document) -> bool:
    """Queue the drawing when somebody waits for words; whether that was done."""
    with work.scope():
        if not is_waiting(kind=READ_JOB):
            return False
        queue_drawing(document, requested_by_id=work.requested_by_id)
    return True


def queue_drawing(document: Document, *, requested_by_id: UUID | None) -> None:
    """Queue the drawing of the pages that have no image."""
    enqueue(
        kind=DRAW_JOB,
        tenant_id=document.tenant_id,
        subject_id=document.id,
        plan={"sha256": document.sha256},
        requested_by_id=requested_by_id,
        at=timezone.now(),
    )


def _keep_image(work: Work, document: Document, message: dict[str, Any], n_pages: int) -> bool:
    """Keep a page's image; whether the next ones were left to a job of their own, since somebody waits for words."""
    number, path = message["image"], Path(message["file"])
    content = path.read_bytes()
    path.unlink()
    name = queries.content_name(document.tenant_id, "pages", hashlib.sha256(content).hexdigest())
    _keep(name, ContentFile(content), len(content))
    with work.scope():
        DocumentPage.objects.filter(document_id=document.id, number=number).update(image=name)
    if number % _PAGES_PER_WRITE == 0 or number in {1, n_pages}:
        work.progress(n_pages, n_pages, f"{number} of {n_pages} pages drawn")
    return work.kind == READ_JOB and number % _PAGES_PER_WRITE == 0 and _leave_images(work, document)


def chunks_of(name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Stored content from byte `start` to before `stop`, piece by piece."""
    with default_storage.open(name, "rb") as handle:
        handle.seek(start)
        left = None if stop is None else stop - start
        while chunk := handle.read(_CHUNK if left is None else min(_CHUNK, left)):
            yield chunk
            left = None if left is None else left - len(chunk)
