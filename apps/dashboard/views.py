"""The home page, the activity feed and the search of the command palette."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.accounts.queries import names_of
from apps.backtests import queries as backtests
from apps.dashboard import queries
from apps.documents import queries as documents
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
    """Results for the command palette."""
    return render(request, "dashboard/_search.html", {"hits": queries.search(text=request.GET.get("q", ""))})
