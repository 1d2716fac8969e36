"""Pages of documents."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.documents import queries, services
from apps.documents.adapters.thumbnail import thumbnail
from apps.documents.enums import DocumentStatus, FolderKind, MediaType, PageOrigin, RetentionClass, SearchMode
from apps.documents.forms import DescriptionForm, FolderForm
from apps.documents.models import Document
from apps.domain.errors import DomainError
from apps.jobs.queries import latest_job, latest_jobs
from apps.web.services.paging import page_of
from apps.web.services.ranges import streamed

_SEEN_FIRST = 4  # pages whose images a page asks for at once
_ACCEPT = ".pdf,.docx,.html,.htm,.md,.markdown,.txt"
_IN_PIECES_FROM, _PIECE = 8 * 1024 * 1024, 4 * 1024 * 1024  # what the drop zone sends in pieces, and how large they are


@require_GET
def listing(request: DeskRequest) -> HttpResponse:
    """The desk's documents, and the place to drop new ones."""
    context = _list_context(request) | _shelf_context()
    folder = context["filters"].folder
    if folder in context["folder_names"]:
        context["upload_url"] += f"?{urlencode({'folder': folder})}"
    context["unfinished"] = queries.open_uploads(person_id=request.actor.person_id, at=timezone.now())
    if "deleted_documents" in request.session:
        context["undo"] = request.session.pop("deleted_documents")
    return render(request, "documents/list.html", context)


def _shelf_context() -> dict[str, Any]:
    shelves = queries.shelves()
    return {
        "groups": [(kind, [s for s in shelves if s.kind == kind]) for kind in FolderKind],
        "folder_names": {str(s.id): s.name for s in shelves},
        "counts": queries.counts(),
        "tags": queries.tags_in_use(),
        "media_types": MediaType.choices,
        "statuses": DocumentStatus.choices,
        "unfiled": queries.UNFILED,
    }


@require_GET
def rows(request: DeskRequest) -> HttpResponse:
    """The rows of the list, for live pages."""
    return render(request, "documents/_rows.html", _list_context(request))


def _list_context(request: DeskRequest) -> dict[str, Any]:
    filters = _filters(request)
    page = page_of(queries.documents(filters), cursor=request.GET.get("cursor"))
    kept = (
        services.kept_because(document_ids=[d.id for d in page.items], at=timezone.now()) if filters.is_deleted else {}
    )
    return {
        "documents": page.items,
        "filters": filters,
        "is_filtered": filters != queries.Filters(),
        "kept": kept,
        "grace_days": settings.DOCUMENT_GRACE_DAYS,
        "may_edit": request.actor.may(Permission.EDIT_DOCUMENT),
        "jobs": latest_jobs(subject_ids=[d.id for d in page.items], kind=services.READ_JOB),
        "names": names_of(person_ids=[d.created_by_id for d in page.items]),
        "cursor": page.next_cursor,
        "may_hold": request.actor.may(Permission.HOLD_DOCUMENT),
        "retentions": _retentions(),
        "may_upload": request.actor.may(Permission.UPLOAD_DOCUMENT),
        "upload_url": reverse("documents:upload"),
        "accept": _ACCEPT,
        "max_bytes": settings.DOCUMENT_MAX_BYTES,
        "pieces": {
            "url": reverse("api-1:begin_upload"),
            "from_bytes": _IN_PIECES_FROM,
            "piece_bytes": _PIECE,
            "documents_url": reverse("documents:list"),
        },
        "crumbs": [("Documents", "")],
    }


@require_GET
def search(request: DeskRequest) -> HttpResponse:
    """Pages found by their words or their meaning; the results alone when htmx asks while somebody types."""
    text, filters, mode = request.GET.get("q", ""), _filters(request), _mode(request)
    off = queries.meaning_is_off_because()
    context: dict[str, Any] = {
        "text": text,
        "filters": filters,
        "modes": SearchMode,
        "mode": SearchMode.WORDS if off else mode,
        "off": off,
        "asked_for_meaning": mode != SearchMode.WORDS,
        "by_meaning_url": f"?{urlencode(request.GET.dict() | {'mode': SearchMode.MEANING, 'page': 1})}",
        "crumbs": [("Documents", reverse("documents:list")), ("Search", "")],
    }
    if text.strip():
        try:
            context["found"] = queries.search(
                text=text, filters=filters, page=_page_number(request), mode=context["mode"]
            )
        except queries.BadSearchError as error:
            context["error"] = error.message
    if context["mode"] != SearchMode.WORDS:
        context["waiting"] = _waiting(queries.n_without_meaning())
    if request.headers.get("HX-Request"):
        return render(request, "documents/_found.html", context)
    return render(request, "documents/search.html", context | _shelf_context())


def _filters(request: DeskRequest) -> queries.Filters:
    asked = {
        name: request.GET.get(name, "").replace("\x00", "") for name in ("type", "status", "folder", "tag", "retention")
    }
    return queries.Filters(
        media_type=asked["type"],
        status=asked["status"],
        folder=asked["folder"],
        tag=asked["tag"],
        retention=asked["retention"],
        is_deleted="deleted" in request.GET,
    )


def _waiting(n: int) -> str:
    return f"{_documents(n)} will be in a while; their words are found already." if n else ""


def _mode(request: DeskRequest) -> SearchMode:
    asked = request.GET.get("mode", "")
    return SearchMode(asked) if asked in SearchMode.values else SearchMode.WORDS


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
    outcome, folder_id = None, next(iter(_ids([request.GET.get("folder", "")])), None)
    for file in files:
        try:
            outcome = services.upload(
                file=file, file_name=file.name or "", actor=request.actor, at=timezone.now(), folder_id=folder_id
            )
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


@require_POST
def abandon_upload(request: DeskRequest, upload_id: UUID) -> HttpResponse:
    """Discard an upload that was begun and not finished."""
    services.abandon_upload(upload_id=upload_id, actor=request.actor)
    messages.success(request, "The upload is discarded; nothing of it is kept.")
    return redirect("documents:list")


def _refused(
    request: DeskRequest, message: str, status: int, *, wants_json: bool, code: str = "no_file"
) -> HttpResponse:
    if wants_json:
        return JsonResponse({"code": code, "message": message}, status=status)
    return render(
        request, "documents/list.html", _list_context(request) | _shelf_context() | {"error": message}, status=status
    )


@require_GET
def detail(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """One document: how far its reading is, its strategies, its pages."""
    document = queries.document(document_id=document_id)
    pages = queries.page_sizes(document_id=document_id)
    kept = services.kept_because(document_ids=[document_id], at=timezone.now()).get(document_id, "")
    context = _progress_context(document) | {
        "sheets": [(page, ()) for page in pages],
        "recognised": [page.number for page in pages if page.origin == PageOrigin.RECOGNISED],
        "pictures": [page.number for page in pages if page.origin == PageOrigin.PICTURE],
        "flagged": queries.flagged(document, pages),
        "names": names_of(person_ids=[document.created_by_id, document.deleted_by_id, document.held_by_id]),
        "newer": queries.newer_versions(document_id=document_id),
        "kept": kept,
        "kept_text": f"{kept}. It is hidden from the lists, and not removed as long as that holds.",
        "may_edit": request.actor.may(Permission.EDIT_DOCUMENT),
        "may_hold": request.actor.may(Permission.HOLD_DOCUMENT),
        "retentions": _retentions(),
        "grace_days": settings.DOCUMENT_GRACE_DAYS,
        "crumbs": [("Documents", reverse("documents:list")), (document.title, "")],
    }
    return render(request, "documents/detail.html", context)


@require_GET
def progress(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """The steps of one document, for live pages. A page that was opened before its document was read is loaded anew once
    there is something to see."""
    document = queries.document(document_id=document_id)
    response = render(request, "documents/_progress.html", _progress_context(document))
    if request.GET.get("shown") in {"stored", "reading"} and queries.is_drawn(document, first=_SEEN_FIRST):
        response["HX-Refresh"] = "true"
    return response


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
    """The image of a page, or `?small` a thumbnail. Its name is its content's hash, so browsers keep it."""
    name = queries.image_name(document_id=document_id, number=number)
    etag = f'"{name.rsplit("/", 1)[-1][:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    content = b"".join(services.chunks_of(name))
    if "small" in request.GET:
        content = thumbnail(content)
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable"},
    )


@require_GET
def file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The file as it was uploaded; shown inline only when it is a PDF asked for by the viewer."""
    document = queries.document(document_id=document_id)
    return streamed(
        request,
        chunks=partial(services.chunks_of, queries.storage_name(document)),
        size=document.n_bytes,
        tag=document.sha256,
        content_type=document.media_type,
        file_name=document.file_name,
        as_attachment="inline" not in request.GET or document.media_type != "application/pdf",
    )


@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """Change what is known about a document."""
    document = queries.document(document_id=document_id)
    known = {
        "title": document.title,
        "authors": document.authors,
        "published_date": document.published_date,
        "doi": document.doi,
        "source": document.source,
        "tags": ", ".join(document.tags),
        "folder": str(document.folder_id or ""),
        "older": str(document.older_id or ""),
    }
    form = DescriptionForm(request.POST or None, initial=known, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(
                document_id=document_id, description=_description(form), actor=request.actor, at=timezone.now()
            )
        except services.BadDescriptionError as error:
            field = str(error.details.get("field", "")).removesuffix("_id")
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, "The description is saved.")
            return redirect("documents:detail", document_id)
    crumbs = [
        ("Documents", reverse("documents:list")),
        (document.title, reverse("documents:detail", args=[document_id])),
        ("Edit", ""),
    ]
    context = {"document": document, "form": form, "tags": queries.tags_in_use(), "crumbs": crumbs}
    return render(request, "documents/edit.html", context, status=422 if form.errors else 200)


def _description(form: DescriptionForm) -> services.Description:
    said = form.cleaned_data
    return services.Description(
        title=said["title"],
        authors=said["authors"],
        published_date=said["published_date"],
        doi=said["doi"],
        source=said["source"],
        tags=tuple(t for t in said["tags"].split(",") if t.strip()),
        folder_id=UUID(said["folder"]) if said["folder"] else None,
        older_id=UUID(said["older"]) if said["older"] else None,
    )


@require_POST
def bulk(request: DeskRequest) -> HttpResponse:
    """Move, tag or delete the chosen documents, then go back to the list as it was."""
    chosen, back = _ids(request.POST.getlist("id")), _back(request)
    if not chosen:
        messages.warning(request, "Choose documents first.")
        return redirect(back)
    actor, at, tag = request.actor, timezone.now(), request.POST.get("tag", "")
    try:
        match request.POST.get("deed"):
            case "move":
                asked = _ids([request.POST.get("folder", "")])
                n = services.move(document_ids=chosen, folder_id=asked[0] if asked else None, actor=actor, at=at)
                messages.success(request, f"{_documents(n)} moved.")
            case "tag":
                n = services.tag(document_ids=chosen, tag=tag, actor=actor, at=at)
                messages.success(request, f"{_documents(n)} tagged.")
            case "untag":
                n = services.untag(document_ids=chosen, tag=tag, actor=actor, at=at)
                messages.success(request, f"Tag taken off {_documents(n)}.")
            case "delete":
                _delete(request, chosen)
            case "restore":
                n = services.restore(document_ids=chosen, actor=actor, at=at)
                messages.success(request, f"{_documents(n)} restored.")
            case "retain" | "hold" | "release":
                messages.success(request, _retain(request, chosen))
            case _:
                messages.warning(request, "Choose what to do with the documents.")
    except (services.BadDescriptionError, services.DocumentHeldError) as error:
        messages.error(request, error.message)
    return redirect(back)


def _retain(request: DeskRequest, chosen: list[UUID]) -> str:
    """Do what the form asks about keeping documents; what was done, in words."""
    asked, actor, at = request.POST, request.actor, timezone.now()
    reason = asked.get("reason", "")
    match asked.get("deed"):
        case "hold":
            n = services.hold(document_ids=chosen, reason=reason, actor=actor, at=at)
            return f"{_documents(n)} put under legal hold."
        case "release":
            n = services.release(document_ids=chosen, reason=reason, actor=actor, at=at)
            return f"{_documents(n)} released from legal hold."
        case _:
            n = services.set_retention(document_ids=chosen, retention=asked.get("retention", ""), actor=actor, at=at)
            return f"Retention class of {_documents(n)} set."


def _delete(request: DeskRequest, chosen: list[UUID]) -> None:
    gone = services.delete(document_ids=chosen, actor=request.actor, at=timezone.now())
    kept = services.kept_because(document_ids=gone, at=timezone.now())
    request.session["deleted_documents"] = {"ids": [str(i) for i in gone], "n": len(gone), "n_kept": len(kept)}


def _retentions() -> list[tuple[str, str]]:
    """Each class in words, with its time."""
    said = {kind: settings.RETENTION_YEARS[kind] for kind in RetentionClass.values}
    return [
        (value, f"{label}: {f'{said[value]} years' if said[value] else 'no minimum'}")
        for value, label in RetentionClass.choices
    ]


def _documents(n: int) -> str:
    return f"{n} document{'' if n == 1 else 's'}"


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts if text]
    except ValueError:
        raise queries.DocumentNotFoundError("There is no such document on your desk.") from None


def _back(request: DeskRequest) -> str:
    asked = request.POST.get("next", "")
    here = asked.startswith(reverse("documents:list")) and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if here else reverse("documents:list")


@require_POST
def delete(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """Delete one document; the list offers to undo it."""
    try:
        _delete(request, [document_id])
    except services.DocumentHeldError as error:
        messages.error(request, error.message)
        return redirect("documents:detail", document_id)
    return redirect("documents:list")


@require_POST
def retain(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """Set the retention class of one document, or put it under legal hold, or release it."""
    try:
        messages.success(request, _retain(request, [document_id]))
    except services.BadDescriptionError as error:
        messages.error(request, error.message)
    return redirect("documents:detail", document_id)


@require_POST
def restore(request: DeskRequest) -> HttpResponse:
    """Bring deleted documents back."""
    n = services.restore(document_ids=_ids(request.POST.getlist("id")), actor=request.actor, at=timezone.now())
    messages.success(request, f"{_documents(n)} restored.")
    return redirect(_back(request))


@require_POST
def create_folder(request: DeskRequest) -> HttpResponse:
    """Make a folder and open it."""
    form = FolderForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A folder needs a name of 1 to 60 characters, and a kind.")
        return redirect("documents:list")
    try:
        folder = services.create_folder(
            name=form.cleaned_data["name"],
            kind=FolderKind(form.cleaned_data["kind"]),
            actor=request.actor,
            at=timezone.now(),
        )
    except services.FolderExistsError as error:
        messages.error(request, error.message)
        return redirect("documents:list")
    return redirect(f"{reverse('documents:list')}?folder={folder.id}")


@require_POST
def delete_folder(request: DeskRequest, folder_id: UUID) -> HttpResponse:
    """Remove a folder; its documents stay."""
    services.delete_folder(folder_id=folder_id, actor=request.actor, at=timezone.now())
    messages.success(request, "The folder is gone; its documents are in no folder now.")
    return redirect("documents:list")
