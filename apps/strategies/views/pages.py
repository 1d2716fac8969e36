"""Pages of strategies: the list, one strategy, what was found in a document."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.documents import queries as documents
from apps.events.queries import history
from apps.jobs.queries import latest_job
from apps.strategies import queries, services
from apps.strategies.enums import StrategyStatus
from apps.strategies.queries.readings import claude_is_set_up
from apps.strategies.queries.review import review_of
from apps.strategies.views.links import address
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
        "strategies": [(strategy, queries.evidence_of(strategy)) for strategy in found],
        "steps": [{"label": "Strategies found", "state": state, "note": note}],
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "may_ask_claude": claude_is_set_up(),
        "job": latest_job(subject_id=extraction.id, kind=services.EXTRACT_JOB) if extraction else None,
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
        "talks": queries.talks(strategy),
        "may_comment": request.actor.may(Permission.COMMENT),
        "may_review": request.actor.may(Permission.REVIEW_STRATEGY),
        "may_run": request.actor.may(Permission.RUN_BACKTEST),
        "start_url": address("backtests:create", strategy_id),
        "launch_url": address("backtests:launch", strategy_id),
        "crumbs": [("Strategies", reverse("strategies:list")), (strategy.title, "")],
    }
    template = "strategies/_talk_lists.html" if request.headers.get("HX-Request") else "strategies/detail.html"
    return render(request, template, context)
