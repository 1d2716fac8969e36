"""The page of batches: read a folder with Claude in one go, and how far each is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.documents import queries as documents
from apps.domain.errors import DomainError
from apps.llm import queries as llm
from apps.strategies import services
from apps.strategies.queries.readings import batch_readings, claude_is_set_up, n_unread_by_claude


@require_GET
def batches(request: DeskRequest) -> HttpResponse:
    """Every batch, and the form to hand in a folder. An htmx request gets the list only."""
    if request.headers.get("HX-Request"):
        return render(request, "strategies/_batches.html", {"batches": batch_readings()})
    return render(request, "strategies/batches.html", _context(request, request.GET.get("folder", "")))


@require_POST
def start_batch(request: DeskRequest) -> HttpResponse:
    """Hand in a folder."""
    chosen = request.POST.get("folder", "")
    folder = next((shelf for shelf in documents.shelves() if str(shelf.id) == chosen), None)
    try:
        if folder is None:
            raise services.NothingToReadError("Choose a folder first.")
        services.read_in_batch(folder_id=folder.id, actor=request.actor, at=timezone.now())
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        context = _context(request, chosen) | {"error": error.message}
        return render(request, "strategies/batches.html", context, status=error.status)
    messages.success(request, "Handed in. Its strategies appear as the answers come, within a day.")
    return redirect("strategies:batches")


def _context(request: DeskRequest, chosen: str) -> dict[str, Any]:
    shelves = documents.shelves()
    found = next((shelf for shelf in shelves if str(shelf.id) == chosen), None)
    spending = llm.spending(at=timezone.now())
    return {
        "batches": batch_readings(),
        "shelves": shelves,
        "folder": found,
        "n_unread": n_unread_by_claude(folder_id=UUID(chosen)) if found else 0,
        "left_usd": f"${spending.left_usd:,.2f}",
        "is_set_up": claude_is_set_up(),
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "may_see_usage": request.actor.may(Permission.VIEW_USAGE),
        "crumbs": [("Documents", reverse("documents:list")), ("Batches", "")],
    }
