"""Comments on strategies: in the field they are about, and on the strategy's page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest
from apps.domain.errors import DomainError
from apps.strategies import queries, services
from apps.strategies.forms import CommentForm
from apps.strategies.views.review import review_context


@require_GET
def comments(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Every thread of the review page and its history, each to be put in its place."""
    return render(request, "strategies/_talks.html", review_context(request, strategy_id))


@require_POST
def comment(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Say something. htmx gets the threads; a plain form gets its page again."""
    queries.strategy(strategy_id=strategy_id)
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            services.comment(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status in {403, 404}:
                raise
            messages.error(request, refusal.message)
    else:
        messages.error(request, "Type a comment first, of at most 2,000 characters.")
    return _after(request, strategy_id, place=str(request.POST.get("place", "")))


@require_POST
def delete_comment(request: DeskRequest, strategy_id: UUID, comment_id: UUID) -> HttpResponse:
    """Delete a comment of one's own."""
    services.delete_comment(strategy_id=strategy_id, comment_id=comment_id, actor=request.actor, at=timezone.now())
    return _after(request, strategy_id, place="")


def _after(request: DeskRequest, strategy_id: UUID, *, place: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "strategies/_talks.html", review_context(request, strategy_id))
    if request.POST.get("next") == "detail":
        return redirect(f"{reverse('strategies:detail', args=[strategy_id])}#talk-lists")
    name = place.removeprefix("/parameters/")
    field = f"f-{name}" if name != place else f"r-{place.strip('/').replace('/', '-')}" if place else "talk-group"
    return redirect(f"{reverse('strategies:review', args=[strategy_id])}#{field}")
