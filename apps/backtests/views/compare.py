"""Runs beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.backtests import queries
from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.domain.errors import DomainError

_DASHES = (
    "solid",
    "8px,4px",
    "2px,3px",
    "10px,3px,2px,3px",
    "16px,4px",
    "4px,4px",
    "12px,3px,2px,3px,2px,3px",
    "1px,5px",
)
_OFFERED = 40


@require_GET
def compare(request: DeskRequest) -> HttpResponse:
    """Two to eight runs on their common window; with fewer, the runs that one may choose. The address holds the choice."""
    ids = queries.ids_of(request.GET.getlist("ids"))
    runs = queries.chosen_runs(ids=ids[: queries.MOST])
    context: dict[str, Any] = {
        "crumbs": [("Backtests", reverse("backtests:list")), ("Compare", "")],
        "runs": runs,
        "ids": ",".join(str(one) for one in ids),
        "most": queries.MOST,
    }
    try:
        found = queries.comparison(ids=ids)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        context |= {"error": error.message if len(runs) >= queries.FEWEST else "", "offered": _offered(runs)}
        return render(request, "backtests/choose.html", context, status=error.status if len(ids) > 1 else 200)
    context |= {
        "found": found,
        "lines": [
            {
                "run": run,
                "name": name,
                "role": n % 6 + 1,
                "dash": "" if dash == "solid" else dash.replace("px", ""),
                "as_first": _address([run, *(r for r in runs if r is not run)]),
                "without": _address([r for r in runs if r is not run]),
                "test": test,
                "correlation": correlation,
            }
            for n, (run, name, dash, test, correlation) in enumerate(
                zip(runs, found.names, _DASHES, found.tests, found.correlations, strict=False)
            )
        ],
        "differing": [one for one in found.inputs if one.differs],
        "same": [one for one in found.inputs if not one.differs],
        "convention": {"samples": queries.N_SAMPLES, "block": queries.MEAN_BLOCK, "seed": queries.SEED},
    }
    return render(request, "backtests/compare.html", context)


@require_GET
def compare_figure(request: DeskRequest) -> HttpResponse:
    """Growth of 100 and drawdown of each run, with roles for colours and a pattern of dashes each."""
    import numpy as np  # noqa: PLC0415 -- slow import

    from apps.web.queries import Curve, figure_json, panels_figure  # noqa: PLC0415 -- slow import

    days, lines = queries.growth(ids=queries.ids_of(request.GET.getlist("ids")))
    curves = [Curve(name, values, f"s{n % 6 + 1}") for n, (name, values) in enumerate(lines)]
    falls = [Curve(c.name, np.asarray(c.values) / np.maximum.accumulate(c.values) - 1.0, c.role) for c in curves]
    figure = panels_figure(dates=days, panels={"Growth of 100": (",.0f", curves), "Drawdown": (".0%", falls)})
    for trace, dash in zip(figure.data, _DASHES[: len(curves)] * 2, strict=True):
        trace.line.dash = dash
    figure.layout.yaxis.domain, figure.layout.yaxis2.domain = (0.37, 1.0), (0.0, 0.27)
    figure.layout.annotations[1].y = 0.27
    return HttpResponse(
        figure_json(figure),
        content_type="application/json",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


def _address(runs: Iterable[Backtest]) -> str:
    return f"{reverse('backtests:compare')}?ids={','.join(str(run.id) for run in runs)}"


def _offered(chosen: tuple[Backtest, ...]) -> list[Backtest]:
    """Finished runs that could stand beside the chosen ones: of the same strategy first, then the newest."""
    done = queries.backtests().filter(status=BacktestStatus.DONE).exclude(id__in=[run.id for run in chosen])
    own = list(done.filter(strategy_id__in={run.strategy_id for run in chosen})[:_OFFERED])
    known = {run.id for run in own}
    return (own + [run for run in done[:_OFFERED] if run.id not in known])[:_OFFERED]
