"""The bare Django view that the documents list is measured against: the same query, the same template, nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from apps.accounts.queries import actor_for_person, names_of
from apps.documents.models import Document
from apps.jobs.queries import latest_jobs
from apps.tenancy.services import tenant_scope

_desk: dict[object, object] = {}


def documents(request: HttpRequest) -> HttpResponse:
    """The newest fifty documents."""
    tenant_id = _desk.setdefault(
        request.user.pk, getattr(actor_for_person(person_id=request.user.pk), "tenant_id", None)
    )
    with tenant_scope(tenant_id):  # type: ignore[arg-type]
        rows = list(Document.objects.order_by("-created_at", "-id")[:50])
        jobs = latest_jobs(subject_ids=[row.id for row in rows], kind="documents.read")
        names = names_of(person_ids=[row.created_by_id for row in rows])
        return render(request, "documents/_rows.html", {"documents": rows, "jobs": jobs, "names": names})


urlpatterns = [
    path("documents/", documents),
    path("", include("apps.documents.urls")),
    path("", include("fo_platform.urls")),
]
