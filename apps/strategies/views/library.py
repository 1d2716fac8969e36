"""Pages of the library and of the evaluation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.domain.language import explain, formula_places
from apps.strategies import queries, services

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


@require_POST
def start_from_library(request: DeskRequest, slug: str) -> HttpResponse:
    """Make a draft of the desk's own."""
    strategy = services.start_from_library(slug=slug, actor=request.actor, at=timezone.now())
    messages.success(request, "A draft of your own. Check its values, choose the data, approve it.")
    return redirect("strategies:review", strategy.id)


@require_GET
def evaluation(request: DeskRequest) -> HttpResponse:
    """How well the readers read and quotes are found, on documents whose reading and whose words' places are known."""
    context = {
        "readers": queries.evaluation(),
        "evidence": queries.evidence_evaluation(),
        "crumbs": [("Evaluation", "")],
    }
    return render(request, "strategies/evaluation.html", context)
