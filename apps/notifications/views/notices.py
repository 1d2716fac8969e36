"""The bell, its drop-down, and the page of everything that a person was told."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest
from apps.notifications import queries, services
from apps.notifications.models import Notice
from apps.web.services.paging import page_of

_PER_PAGE = 30


@require_GET
def notices(request: DeskRequest) -> HttpResponse:
    """Everything that the person was told, newest first. An htmx request gets the rows only."""
    unread = request.GET.get("show") == "unread"
    found = queries.notices_of(person_id=request.actor.person_id, unread=unread)
    page = page_of(found, cursor=request.GET.get("cursor"), limit=_PER_PAGE, order=("-at", "-id"))
    context = {
        "notices": page.items,
        "cursor": page.next_cursor,
        "show": "unread" if unread else "",
        "is_first": not request.GET.get("cursor"),
        "n_unread": queries.unread_count(person_id=request.actor.person_id),
        "crumbs": [("Notifications", "")],
    }
    template = "notifications/_page.html" if request.headers.get("HX-Request") else "notifications/list.html"
    return render(request, template, context)


@require_GET
def bell(request: DeskRequest) -> HttpResponse:
    """The bell again, with a toast for what came since the page looked last."""
    response = render(request, "notifications/_bell.html")
    since = _moment(request.GET.get("since", ""))
    news = queries.news_since(person_id=request.actor.person_id, since=since) if since else []
    if news:
        response["HX-Trigger"] = json.dumps({"toast": _toast(news)})
    return response


@require_GET
def menu(request: DeskRequest) -> HttpResponse:
    """What the drop-down shows: the newest few."""
    latest = queries.latest_notices(person_id=request.actor.person_id)
    return render(request, "notifications/_menu.html", {"notices": latest})


@require_GET
def open_notice(request: DeskRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and go to what it is about."""
    notice = services.mark_read(notice_id=notice_id, actor=request.actor, at=timezone.now())
    return redirect(notice.path or "notifications:list")


@require_POST
def read_notice(request: DeskRequest, notice_id: UUID) -> HttpResponse:
    """Mark one notice as read."""
    services.mark_read(notice_id=notice_id, actor=request.actor, at=timezone.now())
    return _back(request)


@require_POST
def read_all(request: DeskRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_all_read(actor=request.actor, at=timezone.now())
    if not request.headers.get("HX-Request"):
        return _back(request)
    latest = queries.latest_notices(person_id=request.actor.person_id)
    response = render(request, "notifications/_menu.html", {"notices": latest})
    response["HX-Trigger"] = f"live:person:{request.actor.person_id}"  # the bell counts again, without the socket too
    return response


def _back(request: DeskRequest) -> HttpResponse:
    show = "?show=unread" if request.POST.get("show") == "unread" else ""
    return redirect(reverse("notifications:list") + show)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _toast(news: list[Notice]) -> dict[str, str]:
    """One toast, however many came: the words of a single one, else their number."""
    newest = news[0]
    if len(news) == 1:
        href = reverse("notifications:open", args=[newest.id])
        return {"text": newest.get_topic_display(), "note": newest.sentence, "tone": newest.tone, "href": href}
    return {
        "text": f"{len(news)} new notifications",
        "note": newest.sentence,
        "tone": "info",
        "href": reverse("notifications:list"),
    }
