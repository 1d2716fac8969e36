"""Pages of strategies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.documents import queries as documents
from apps.domain.errors import DomainError
from apps.domain.language import explain, formula_places
from apps.events.queries import history
from apps.strategies import queries, services
from apps.strategies.enums import StrategyStatus
from apps.strategies.forms import AnswerForm, ReasonForm
from apps.strategies.queries.review import pages_with_marks, review_of
from apps.web.services.paging import page_of


@require_GET
def listing(request: DeskRequest) -> HttpResponse:
    """The desk's strategies, by status."""
    status = request.GET.get("status", "")
    status = status if status in StrategyStatus.values else ""
    document_id = _uuid(request.GET.get("document_id", ""))
    page = page_of(queries.strategies(status=status, document_id=document_id), cursor=request.GET.get("cursor"))
    context = {
        "strategies": page.items,
        "titles": documents.titles(document_ids=[s.document_id for s in page.items if s.document_id]),
        "cursor": page.next_cursor,
        "status": status,
        "filters": [("", "All"), *StrategyStatus.choices],
        "crumbs": [("Strategies", "")],
    }
    template = "strategies/_rows.html" if request.headers.get("HX-Request") else "strategies/list.html"
    return render(request, template, context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_STATES = (("", "All"), ("runnable", "Can run now"), ("data_missing", "Data missing"), ("refused", "Cannot be said"))


@require_GET
def library(request: DeskRequest) -> HttpResponse:
    """Published strategies, to browse, search and start from."""
    text, topic, state = (request.GET.get(name, "")[:80] for name in ("q", "topic", "state"))
    context = {
        "entries": queries.library(text=text, topic=topic, state=state),
        "coverage": queries.coverage(),
        "topics": queries.library_topics(),
        "states": _STATES,
        "text": text,
        "topic": topic,
        "state": state,
        "crumbs": [("Library", "")],
    }
    template = "strategies/_library_rows.html" if request.headers.get("HX-Request") else "strategies/library.html"
    return render(request, template, context)


@require_GET
def library_entry(request: DeskRequest, slug: str) -> HttpResponse:
    """One published strategy: its rules in words and as formulas, its values, what it needs."""
    entry = queries.library_entry(slug=slug)
    context = {
        "entry": entry,
        "explanation": explain(entry.draft) if entry.draft else [],
        "formulas": formula_places(entry.draft) if entry.draft else [],
        "values": queries.values_of(entry.draft) if entry.draft else [],
        "may_start": entry.draft is not None and request.actor.may(Permission.REVIEW_STRATEGY),
        "crumbs": [("Library", reverse("strategies:library")), (entry.title, "")],
    }
    return render(request, "strategies/library_entry.html", context)


@require_GET
def evaluation(request: DeskRequest) -> HttpResponse:
    """How well the readers read, on documents whose reading is known."""
    context = {"readers": queries.evaluation(), "crumbs": [("Evaluation", "")]}
    return render(request, "strategies/evaluation.html", context)


@require_POST
def start_from_library(request: DeskRequest, slug: str) -> HttpResponse:
    """Make a draft of the desk's own."""
    strategy = services.start_from_library(slug=slug, actor=request.actor, at=timezone.now())
    messages.success(request, "A draft of your own. Check its values, choose the data, approve it.")
    return redirect("strategies:review", strategy.id)


@require_GET
def of_document(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """What was found in a document: a fragment of its page."""
    document = documents.document(document_id=document_id)
    extraction = queries.latest_extraction(document_id=document_id)
    state = {"done": "done", "failed": "failed", "queued": "current", "running": "current"}.get(
        extraction.status if extraction else "", "todo"
    )
    found = list(queries.strategies(document_id=document_id))
    note = str(len(found)) if state == "done" else ""
    context = {
        "document": document,
        "extraction": extraction,
        "strategies": found,
        "steps": [{"label": "Strategies found", "state": state, "note": note}],
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
    }
    return render(request, "strategies/_of_document.html", context)


@require_POST
def extract_again(request: DeskRequest, document_id: UUID) -> HttpResponse:
    """Look through a document again, after a failure or with another reader."""
    services.extract_again(
        document_id=document_id, actor=request.actor, at=timezone.now(), reader=request.POST.get("reader") or None
    )
    return redirect("documents:detail", document_id)


@require_GET
def detail(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """One strategy: its rules in words, its parameters, its versions, its history."""
    strategy = queries.strategy(strategy_id=strategy_id)
    page = review_of(strategy)
    happened = history(subject_id=strategy_id)
    versions = queries.versions(strategy_id=strategy_id)
    people = [event.actor_id for event in happened] + [version.approved_by_id for version in versions]
    context = {
        "strategy": strategy,
        "page": page,
        "versions": versions,
        "history": list(reversed(happened)),
        "names": names_of(person_ids=people),
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "start_url": _address("backtests:create", strategy_id),
        "crumbs": [("Strategies", reverse("strategies:list")), (strategy.title, "")],
    }
    return render(request, "strategies/detail.html", context)


@require_GET
def review(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """The draft beside its document."""
    return render(request, "strategies/review.html", _review_context(request, strategy_id))


def _review_context(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    strategy = queries.strategy(strategy_id=strategy_id)
    page = review_of(strategy)
    sizes = documents.page_sizes(document_id=strategy.document_id) if strategy.document_id else []
    happened = history(subject_id=strategy_id)
    return {
        "strategy": strategy,
        "page": page,
        "sheets": pages_with_marks(page, sizes),
        "history": list(reversed(happened)),
        "names": names_of(person_ids=[event.actor_id for event in happened]),
        "is_draft": strategy.status == StrategyStatus.DRAFT,
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY) and strategy.status == StrategyStatus.DRAFT,
        "may_approve": request.actor.may(Permission.APPROVE_STRATEGY) and strategy.status == StrategyStatus.DRAFT,
        "approve_and_run_url": _address("backtests:approve_and_start", strategy_id),
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (strategy.title, reverse("strategies:detail", args=[strategy_id])),
            ("Review", ""),
        ],
    }


def _address(name: str, strategy_id: UUID) -> str:
    try:
        return reverse(name, args=[strategy_id])
    except NoReverseMatch:
        return ""


@require_POST
def answer(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Set one parameter. htmx gets the field, the head and the explanation; a plain form gets the page again."""
    form = AnswerForm(request.POST)
    name = str(request.POST.get("name", ""))
    error, status = "", 200
    if form.is_valid():
        try:
            services.answer(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
    else:
        error, status = "Type a value first.", 422
    return _after(request, strategy_id, name, error=error, status=status, done="Answered. It is on the record.")


@require_POST
def confirm(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Confirm a value as it stands, or take that back."""
    name = str(request.POST.get("name", ""))
    error, status = "", 200
    try:
        services.confirm(strategy_id=strategy_id, name=name, actor=request.actor, at=timezone.now())
    except DomainError as refusal:
        error, status = refusal.message, refusal.status
    return _after(request, strategy_id, name, error=error, status=status, done="")


def _after(request: DeskRequest, strategy_id: UUID, name: str, *, error: str, status: int, done: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = _review_context(request, strategy_id)
        context |= {"field": context["page"].field(name), "error": error, "is_answer": True}
        return render(request, "strategies/_answered.html", context, status=422 if error else 200)
    if error:
        context = _review_context(request, strategy_id) | {"error": error, "error_name": name}
        return render(request, "strategies/review.html", context, status=status)
    if done:
        messages.success(request, done)
    return redirect(f"{reverse('strategies:review', args=[strategy_id])}#f-{name}")


@require_POST
def approve(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Freeze the draft as a version."""
    try:
        version = services.approve(strategy_id=strategy_id, actor=request.actor, at=timezone.now())
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        context = _review_context(request, strategy_id) | {"error": error.message}
        return render(request, "strategies/review.html", context, status=error.status)
    messages.success(request, f"Version {version.number} is approved. It can be run, and never changes.")
    return redirect("strategies:detail", strategy_id)


@require_POST
def reject(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Set a draft aside."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = _review_context(request, strategy_id) | {"error": "Say why, so that the next reader knows."}
        return render(request, "strategies/review.html", context, status=422)
    services.reject(strategy_id=strategy_id, reason=form.cleaned_data["reason"], actor=request.actor, at=timezone.now())
    messages.info(request, "The draft is set aside.")
    return redirect("strategies:list")


@require_POST
def reopen(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Make it a draft again."""
    services.reopen(strategy_id=strategy_id, actor=request.actor, at=timezone.now())
    return redirect("strategies:review", strategy_id)
