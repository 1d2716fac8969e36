"""What runs and what waits on the desk."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.backtests.queries import live
from apps.web.services.paging import page_of


@require_GET
def queue(request: DeskRequest) -> HttpResponse:
    """The queue of backtests: a page, and its rows alone for the page that is open."""
    page = page_of(live.queue(), cursor=request.GET.get("cursor"), order=("queued_at", "id"))
    context = {
        "rows": live.queue_rows(page.items),
        "counts": live.counts(),
        "names": names_of(person_ids=[job.requested_by_id for job in page.items]),
        "me": request.actor.person_id,
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "cursor": page.next_cursor,
        "now": timezone.now(),
        "crumbs": [("Backtests", reverse("backtests:list")), ("Queue", "")],
    }
    template = "backtests/_queue_rows.html" if request.headers.get("HX-Request") else "backtests/queue.html"
    return render(request, template, context)
