"""The home page, the activity feed, what language models cost, and the search of the command palette."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests import queries as backtests
from apps.dashboard import queries
from apps.dashboard.forms import BudgetForm
from apps.documents import queries as documents
from apps.llm import queries as llm_queries
from apps.llm import services as llm
from apps.notifications.queries import activity as activity_feed
from apps.strategies import queries as strategies
from apps.web.services.paging import page_of

_FEED_ON_HOME = 8
_RECENT = 6


@require_GET
def home(request: DeskRequest) -> HttpResponse:
    """Where the desk stands. An htmx request gets the live part only."""
    feed = list(activity_feed()[:_FEED_ON_HOME])
    context = {
        "step": queries.next_step(actor=request.actor),
        "counts": {
            "documents": documents.documents().count(),
            "strategies": strategies.status_counts(),
            "verdicts": backtests.verdict_counts(),
        },
        "backtests": backtests.recent_backtests(limit=_RECENT),
        "documents": list(documents.documents()[:_RECENT]),
        "feed": feed,
        "names": names_of(person_ids=[line.actor_id for line in feed]),
    }
    template = "dashboard/_desk.html" if request.headers.get("HX-Request") else "dashboard/home.html"
    return render(request, template, context)


@require_GET
def activity(request: DeskRequest) -> HttpResponse:
    """The desk's whole feed, newest first."""
    page = page_of(activity_feed(), cursor=request.GET.get("cursor"), order=("-at", "-id"))
    names = names_of(person_ids=[line.actor_id for line in page.items])
    context = {"feed": page.items, "names": names, "cursor": page.next_cursor, "crumbs": [("Activity", "")]}
    return render(request, "dashboard/activity.html", context)


@require_GET
def search(request: DeskRequest) -> HttpResponse:
    """Results for the command palette; as a page of its own for who comes without it."""
    text = request.GET.get("q", "")
    context = {"hits": queries.search(text=text), "text": text, "crumbs": [("Search", "")]}
    template = "dashboard/_search.html" if request.headers.get("HX-Request") else "dashboard/search.html"
    return render(request, template, context)


@require_GET
def usage(request: DeskRequest) -> HttpResponse:
    """What language models cost this month, what is left, and whether they work."""
    request.actor.require(Permission.VIEW_USAGE)
    return render(request, "dashboard/usage.html", _usage_context(request, None))


@require_POST
def set_budget(request: DeskRequest) -> HttpResponse:
    """Change what the desk may spend."""
    request.actor.require(Permission.MANAGE_DESK)
    form = BudgetForm(request.POST)
    if not form.is_valid():
        return render(request, "dashboard/usage.html", _usage_context(request, form), status=422)
    llm.set_budget(**form.cleaned_data, actor=request.actor, at=timezone.now())
    messages.success(request, "The budget is set.")
    return redirect("dashboard:usage")


def _usage_context(request: DeskRequest, form: BudgetForm | None) -> dict[str, Any]:
    budget = llm_queries.budget()
    known = {"monthly_usd": budget.monthly_usd, "document_usd": budget.document_usd} if budget else {}
    return {
        "usage": queries.usage(at=timezone.now()),
        "form": form or BudgetForm(initial=known),
        "may_set": request.actor.may(Permission.MANAGE_DESK),
        "crumbs": [("Usage of language models", "")],
    }
