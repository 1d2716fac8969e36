"""Pages of market data."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.marketdata import queries


@require_GET
def listing(request: DeskRequest) -> HttpResponse:
    """Every data set, with source, licence, adjustment and as-of."""
    context = {"data_sets": queries.data_sets(), "crumbs": [("Market data", "")]}
    return render(request, "marketdata/list.html", context)


@require_GET
def detail(request: DeskRequest, key: str) -> HttpResponse:
    """One data set: its instruments and what is noticeable about them."""
    info = queries.data_set(key=key)
    charts = queries.closes(key=key)
    context = {
        "info": info,
        "rows": [(instrument, charts[instrument.symbol]) for instrument in queries.instruments(key=key)],
        "observations": queries.observations(key=key),
        "crumbs": [("Market data", "/market-data/"), (info.title, "")],
    }
    return render(request, "marketdata/detail.html", context)
