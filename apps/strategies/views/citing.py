"""Citing a sentence of the document for a parameter."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.enums import DeskRequest
from apps.domain.errors import DomainError
from apps.strategies import services
from apps.strategies.forms import CitationForm
from apps.strategies.views.review import after_change


@require_POST
def cite(request: DeskRequest, strategy_id: UUID) -> HttpResponse:
    """Cite a selection or a pasted sentence. htmx gets the field, the head and the highlights; a form the page again."""
    form = CitationForm(request.POST)
    name = str(request.POST.get("name", ""))
    error, status, outcome = "", 200, ""
    if form.is_valid():
        try:
            done = services.cite(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **form.cleaned_data)
            outcome = done.outcome
        except DomainError as refusal:
            error, status = refusal.message, refusal.status
    else:
        error, status = "Paste the sentence, and say on which page it stands.", 422
    if request.headers.get("HX-Request") and outcome:
        response = after_change(request, strategy_id, name, error="", status=200, done="")
        return trigger_client_event(response, "toast", {"text": outcome, "tone": "info"})
    if outcome:
        messages.info(request, outcome)
    return after_change(request, strategy_id, name, error=error, status=status, done="")
