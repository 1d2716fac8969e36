"""Error pages in the product's own look, and the kit on one page while developing."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.web.forms import SpecimenForm
from apps.web.queries.specimens import specimen_figures, specimen_parts


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form could not be read."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing that this desk may see."""
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form whose token is missing or too old."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, because one of them may be what failed."""
    context = {
        "correlation_id": getattr(request, "correlation_id", ""),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "home_url": "/",
    }
    return HttpResponse(get_template("500.html").render(context), status=500)


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """Every component on one page, with drawn numbers; only while developing."""
    if not settings.DEBUG:
        raise Http404
    form = SpecimenForm({"name": "", "email": "not an address", "rebalance": "monthly"})
    context = {
        "crumbs": [("Home", "/"), ("UI kit", "")],
        "form": form,
        **specimen_parts(at=timezone.now()),
        **specimen_figures(),
    }
    return render(request, "web/kit.html", context)
