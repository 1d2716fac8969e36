"""A fragment of a tear sheet: as it is for htmx, on a page of its own for everybody else."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from apps.accounts.enums import DeskRequest
from apps.backtests.models import Backtest


def answer(request: DeskRequest, run: Backtest, title: str, html: str, *, slot: str = "") -> HttpResponse:
    """The fragment, which our own templates rendered and escaped, in the frame that was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponse(html)
    crumbs = [
        ("Backtests", reverse("backtests:list")),
        (run.strategy.title, reverse("backtests:detail", args=[run.id])),
        (title, ""),
    ]
    context = {"run": run, "title": title, "slot": slot, "html": mark_safe(html), "crumbs": crumbs}  # noqa: S308 -- rendered by our own templates, which escape
    return render(request, "backtests/part_page.html", context)
