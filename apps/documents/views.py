"""Pages of documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.documents import queries, services
from apps.documents.enums import DocumentStatus, MediaType
from apps.documents.models import Document
from apps.domain.errors import DomainError
from apps.jobs.queries import latest_job, latest_jobs
from apps.web.services.paging import page_of

_ACCEPT = ".pdf,.docx,.html,.htm,.md,.markdown,.txt"


@require_GET
def listing(request: DeskRequest) -> HttpResponse:
    """The desk's documents, and the place to drop new ones."""
    return render(request, "documents/list.html", _list_context(request))


@require_GET
def rows(request: DeskRequest) -> HttpResponse:
    """The rows of the list, for live pages."""
    return render(request, "documents/_rows.html", _list_context(request))


def _list_context(request: DeskRequest) -> dict[str, Any]:
    page = page_of(queries.documents(), cursor=request.GET.get("cursor"))
    return {
        "documents": page.items,
        "jobs": latest_jobs(subject_ids=[d.id for d in page.items], kind=services.READ_JOB),
        "names": names_of(person_ids=[d.created_by_id for d in page.items]),
        "cursor": page.next_cursor,
        "may_upload": request.actor.may(Permission.UPLOAD_DOCUMENT),
        "accept": _ACCEPT,
        "max_bytes": settings.DOCUMENT_MAX_BYTES,
        "crumbs": [("Documents", "")],
    }


@require_GET
def search(request: DeskRequest) -> HttpResponse:
    """Pages found by their words; the results alone when htmx asks while somebody types."""
    text, filters = request.GET.get("q", ""), _filters(request)
    context: dict[str, Any] = {
        "text": text,
        "filters": filters,
        "media_types": MediaType.choices,
        "crumbs": [("Documents", reverse("documents:list")), ("Search", "")],
    }
    if text.strip():
        try:
            context["found"] = queries.search(
                text=text, among=queries.document_ids(filters), page=_page_number(request)
            )
        except queries.BadSearchError as error:
            context["error"] = error.message
    template = "documents/_found.html" if request.headers.get("HX-Request") else "documents/search.html"
    return render(request, template, context)


def _filters(request: DeskRequest) -> queries.Filters:
    return queries.Filters(media_type=request.GET.get("type", ""), status=request.GET.get("status", ""))


def _page_number(request: DeskRequest) -> int:
    asked = request.GET.get("page", "")
    return int(asked) if asked.isdecimal() and len(asked) < 4 else 1


@require_POST
def upload(request: DeskRequest) -> HttpResponse:
    """Take one file (from the drop zone, which asks for JSON) or several (from a plain form)."""
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    files = request.FILES.getlist("file")
    if not files:
        return _refused(request, "Choose a file first.", 422, wants_json=wants_json)
    outcome = None
    for file in files:
        try:
            outcome = services.upload(file=file, file_name=file.name or "", actor=request.actor, at=timezone.now())
        except DomainError as error:
            return _refused(
                request,
                f"{services.clean_file_name(file.name or '')}: {error.message}",
                error.status,
                wants_json=wants_json,
                code=error.code,
            )
    assert outcome is not None  # noqa: S101 -- there was at least one file
    url = reverse("documents:detail", args=[outcome.document.id])
    if wants_json:
        body = {"url": url, "title": outcome.document.title, "duplicate": not outcome.is_new}
        return JsonResponse(body, status=201 if outcome.is_new else 200)
    if not outcome.is_new:
        messages.info(request, "This file is on the desk already; here it is.")
    return redirect(url if len(files) == 1 else "documents:list")


def _refused(
    request: DeskRequest, message: str, status: int, *, wants_json: bool, code: str = "no_file"
) -> HttpResponse:
    if wants_json:
        return JsonResponse({"code": code, "message": message}, status=status)
    return render(request, "documents/list.html", _list_context(request) | {"error": message}, status=status)


@require_GET
def detail(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """One document: how far its reading is, its strategies, its pages."""
    document = queries.document(document_id=document_id)
    context = _progress_context(document) | {
        "pages": queries.page_sizes(document_id=document_id),
        "names": names_of(person_ids=[document.created_by_id]),
        "crumbs": [("Documents", reverse("documents:list")), (document.title, "")],
    }
    return render(request, "documents/detail.html", context)


@require_GET
def progress(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """The steps of one document, for live pages."""
    return render(request, "documents/_progress.html", _progress_context(queries.document(document_id=document_id)))


def _progress_context(document: Document) -> dict[str, Any]:
    job = latest_job(subject_id=document.id, kind=services.READ_JOB)
    reading = document.status in {DocumentStatus.STORED, DocumentStatus.READING}
    state = "current" if reading else "done" if document.status == DocumentStatus.READ else "failed"
    if document.n_pages:
        note = f"{document.n_pages} of {document.n_pages}"
    else:
        note = f"{job.done_steps} of {job.total_steps}" if job and job.total_steps else ""
    steps = [{"label": "Stored", "state": "done", "note": ""}, {"label": "Pages read", "state": state, "note": note}]
    return {"document": document, "job": job, "steps": steps, "reading": reading}


@require_POST
def retry(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """Read a document again that could not be read."""
    try:
        services.retry(document_id=document_id, actor=request.actor, at=timezone.now())
    except services.NotRetriableError as error:
        messages.error(request, error.message)
    return redirect("documents:detail", document_id)


@require_GET
def page_image(request: HttpRequest, document_id: UUID, number: int) -> HttpResponseBase:
    """The image of a page. Its name is its content's hash, so browsers keep it."""
    name = queries.image_name(document_id=document_id, number=number)
    etag = f'"{name.rsplit("/", 1)[-1][:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    content = b"".join(services.chunks_of(name))
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable"},
    )


@require_GET
def file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The file as it was uploaded; shown inline only when it is a PDF asked for by the viewer."""
    document = queries.document(document_id=document_id)
    as_attachment = "inline" not in request.GET or document.media_type != "application/pdf"
    disposition = content_disposition_header(as_attachment, document.file_name)
    headers = {
        "Content-Disposition": disposition or "attachment",
        "Content-Length": str(document.n_bytes),
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(
        services.chunks_of(queries.storage_name(document)), content_type=document.media_type, headers=headers
    )
