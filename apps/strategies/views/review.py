"""The review page: the draft beside its document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.documents import queries as documents
from apps.domain.errors import DomainError
from apps.domain.language import completions, vacant_places
from apps.events.queries import history
from apps.strategies import queries, services
from apps.strategies.enums import StrategyStatus
from apps.strategies.forms import AnswerForm, ReasonForm
from apps.strategies.queries.checking import formula_rows
from apps.strategies.queries.readings import reading_notes
from apps.strategies.queries.review import pages_with_marks, review_of
from apps.strategies.views.links import address

_SHORTCUTS = (
    ("Next or earlier value", ("j", "k")),
    ("Edit the value or formula", ("Enter",)),
    ("Leave the input", ("Esc",)),
    ("Confirm the value", ("y",)),
    ("Choose a reading", ("1", "…", "9")),
    ("Formulas", ("f",)),
    ("Complete a formula", ("Ctrl", "Space")),
    ("Comment", ("c",)),
    ("Approve", ("a", "Enter")),
)


@require_GET
def review(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """The draft beside its document."""
    return render(request, "strategies/review.html", review_context(request, strategy_id))


def review_context(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """What the review page and its fragments show. Raises StrategyNotFoundError."""
    strategy = queries.strategy(strategy_id=strategy_id)
    page = review_of(strategy)
    sizes = documents.page_sizes(document_id=strategy.document_id) if strategy.document_id else []
    happened = history(subject_id=strategy_id)
    return {
        "strategy": strategy,
        "page": page,
        "notes": reading_notes(strategy, page.draft),
        "rules": formula_rows(page.draft, page.findings),
        "vacant": vacant_places(page.draft),
        "words": [[c.name, c.written, c.meaning, c.what] for c in completions(page.draft)],
        "sheets": pages_with_marks(page, sizes),
        "lit": request.GET.get("mark", ""),
        "history": list(reversed(happened)),
        "names": names_of(person_ids=[event.actor_id for event in happened]),
        "is_draft": strategy.status == StrategyStatus.DRAFT,
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY) and strategy.status == StrategyStatus.DRAFT,
        "may_approve": request.actor.may(Permission.APPROVE_STRATEGY) and strategy.status == StrategyStatus.DRAFT,
        "approve_and_run_url": address("backtests:approve_and_start", strategy_id),
        "eyes": queries.eyes_on(strategy),
        "asked": queries.approval_asked(strategy),
        "talks": {talk.place: talk for talk in queries.talks(strategy)},
        "may_comment": request.actor.may(Permission.COMMENT),
        "duplicates": queries.duplicates_of(strategy),
        "shortcuts": _SHORTCUTS,
        "crumbs": [
            ("Strategies", reverse("strategies:list")),
            (strategy.title, reverse("strategies:detail", args=[strategy_id])),
            ("Review", ""),
        ],
    }


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
    return after_change(request, strategy_id, name, error=error, status=status, done="Answered. It is on the record.")


@require_POST
def confirm(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Confirm a value as it stands, or take that back."""
    name = str(request.POST.get("name", ""))
    error, status = "", 200
    try:
        services.confirm(strategy_id=strategy_id, name=name, actor=request.actor, at=timezone.now())
    except DomainError as refusal:
        error, status = refusal.message, refusal.status
    return after_change(request, strategy_id, name, error=error, status=status, done="")


def after_change(
    request: DeskRequest, strategy_id: UUID, name: str, *, error: str, status: int, done: str
) -> HttpResponse:
    """The answer to a change of one parameter: for htmx the field with its highlights, for a form the page again."""
    if request.headers.get("HX-Request"):
        context = review_context(request, strategy_id)
        context |= {"field": context["page"].field(name), "error": error, "is_answer": True}
        response = render(request, "strategies/_answered.html", context, status=422 if error else 200)
        if error:
            return response
        redraw = {"field": f"f-{name}", "marks": context["page"].marks_of(name)}
        return trigger_client_event(response, "viewer:marks", redraw | {"revision": context["strategy"].revision})
    if error:
        context = review_context(request, strategy_id) | {"error": error, "error_name": name}
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
        context = review_context(request, strategy_id) | {"error": error.message}
        return render(request, "strategies/review.html", context, status=error.status)
    messages.success(request, f"Version {version.number} is approved. It can be run, and never changes.")
    return redirect("strategies:detail", strategy_id)


@require_POST
def ask_for_approval(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Tell those who may approve that the draft is ready."""
    try:
        services.ask_for_approval(
            strategy_id=strategy_id, actor=request.actor, at=timezone.now(), note=request.POST.get("note", "")
        )
    except DomainError as error:
        if error.status == 404:
            raise
        context = review_context(request, strategy_id) | {"error": error.message}
        return render(request, "strategies/review.html", context, status=error.status)
    messages.success(request, "Those who may approve are told.")
    return redirect("strategies:review", strategy_id)


@require_POST
def reject(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Set a draft aside."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = review_context(request, strategy_id) | {"error": "Say why, so that the next reader knows."}
        return render(request, "strategies/review.html", context, status=422)
    services.reject(strategy_id=strategy_id, reason=form.cleaned_data["reason"], actor=request.actor, at=timezone.now())
    messages.info(request, "The draft is set aside.")
    return redirect("strategies:list")


@require_POST
def reopen(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Make it a draft again."""
    services.reopen(strategy_id=strategy_id, actor=request.actor, at=timezone.now())
    return redirect("strategies:review", strategy_id)
