"""Figures and files of a sweep."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.enums import DeskRequest
from apps.backtests.models import Sweep
from apps.backtests.queries import sweep_pages as pages
from apps.backtests.queries import sweeps as queries
from apps.domain.metrics import METRICS

_LINES = 300
_NAMED_FOLDS = 16
_READINGS = 60


@require_GET
def surface(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Two axes as a surface: the same figures as the map."""
    from apps.web.queries import solid_surface_figure, surface_figure  # noqa: PLC0415 -- slow import

    draw = solid_surface_figure if _is_solid(request) else surface_figure
    found, table, shown = _read(sweep_id, request)
    context = pages.map_context(found, table, shown, request.GET)
    heat = context.get("heat")
    if heat is None:
        raise queries.NoFigureError("A surface needs two parameters with two values or more.")
    figure = draw(
        columns=heat.columns,
        rows=[label for label, _ in heat.rows],
        values=[[np.nan if cell.value is None else cell.value for cell in cells] for _, cells in heat.rows],
        x_title=heat.x.label,
        y_title=heat.y.label,
        z_title=shown.label,
        number_format=_format(shown.unit),
    )
    return _json(figure, is_whole=_is_solid(request))


@require_GET
def parallel(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Members as lines across their values and the figure, the best tenth standing out."""
    from apps.web.queries import Scale, parallel_figure, solid_parallel_figure  # noqa: PLC0415 -- slow import

    draw = solid_parallel_figure if _is_solid(request) else parallel_figure
    found, table, shown = _read(sweep_id, request)
    plan = queries.plan_of(found)
    order = pages.order_of(found, table, sort=("-" if shown.is_higher_better else "") + shown.key)
    n_best = max(1, min(len(order) // 10, _LINES // 3))
    rest = order[n_best:]
    stride = max(1, len(rest) // (_LINES - n_best))
    chosen = [*order[:n_best], *rest[::stride]]
    places = table.column("place").to_numpy()[chosen]
    values = pages.numbers(table, shown.key)[chosen]
    shape = [len(axis.values) for axis in plan.axes]
    scales = [
        Scale(
            axis.label,
            (at / max(len(axis.values) - 1, 1)).tolist(),
            axis.shown(axis.values[0]),
            axis.shown(axis.values[-1]),
        )
        for axis, at in zip(plan.axes, np.unravel_index(places, shape), strict=True)
    ]
    low, high = (float(np.nanmin(values)), float(np.nanmax(values))) if np.isfinite(values).any() else (0.0, 1.0)
    said = [format(value, _format(shown.unit)) for value in (low, high)]
    scales.append(Scale(shown.label, ((values - low) / ((high - low) or 1.0)).tolist(), *said))
    figure = draw(scales=scales, best=[at < n_best for at in range(len(chosen))])
    return _json(figure, is_whole=_is_solid(request))


@require_GET
def line(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """One axis against the figure, the best over all others."""
    from apps.web.queries import response_figure  # noqa: PLC0415 -- slow import

    found, table, shown = _read(sweep_id, request)
    plan = queries.plan_of(found)
    wide = [axis.name for axis in plan.axes if len(axis.values) > 1] or [plan.axes[0].name]
    x = request.GET.get("x", "")
    axis, values, _ = pages.best_along(found, table, x=x if x in wide else wide[0], shown=shown)
    figure = response_figure(
        x=list(axis.values) if axis.is_ordered else [axis.shown(value) for value in axis.values],
        y=[np.nan if value is None else value for value in values],
        name=shown.label,
        x_title=axis.label,
        number_format=_format(shown.unit),
    )
    return _json(figure)


@require_GET
def curve(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """The joined out-of-sample curve with its folds marked, or the best run with the part it was chosen on."""
    from apps.web.queries import equity_figure  # noqa: PLC0415 -- slow import

    found = queries.sweep_of(sweep_id=sweep_id)
    table = queries.curves_of(found)
    if table is None:
        raise queries.NoFigureError("This sweep keeps no curve.")
    days: list[date] = table.column("day").to_pylist()
    if "fold" in table.column_names:
        folds = table.column("fold").to_pylist()
        starts = {fold: day for day, fold in reversed(list(zip(days, folds, strict=True)))}
        marks = {f"{fold}": starts[fold] for fold in sorted(starts)} if len(starts) <= _NAMED_FOLDS else {}
        return _json(equity_figure(dates=days, strategy=table.column("equity").to_numpy(), events=marks))
    name = next(name for name in table.column_names if name.startswith("e:"))
    share = queries.plan_of(found).options.get("share", 1.0)
    window = (days[0], days[round(share * (len(days) - 1))]) if share < 1.0 else None
    figure = equity_figure(
        dates=days, strategy=table.column(name).to_numpy(), window=window, window_name="Chosen on this part"
    )
    return _json(figure)


@require_GET
def outside(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """What the chosen run of each fold was chosen with, and what it then had."""
    from apps.web.queries import Curve, bars_figure  # noqa: PLC0415 -- slow import

    found = queries.sweep_of(sweep_id=sweep_id)
    folds = found.summary.get("folds")
    if not folds:
        raise queries.NoFigureError("This sweep has no folds.")
    figure = bars_figure(
        labels=[fold["number"] for fold in folds],
        series=[
            Curve("When chosen", [_or_nan(fold["in_sample"]) for fold in folds], "benchmark"),
            Curve("Out of sample", [_or_nan(fold["out_of_sample"]) for fold in folds], "strategy"),
        ],
        number_format=_format(METRICS[found.objective].unit),
    )
    return _json(figure)


@require_GET
def readings(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """The fan: one dot a reading, and the document's own figure where it claims one."""
    from apps.web.queries import Reading, readings_figure  # noqa: PLC0415 -- slow import

    found, table, shown = _read(sweep_id, request)
    plan = queries.plan_of(found)
    order = pages.order_of(found, table, sort="-" + shown.key)
    order = [at for at in order if np.isfinite(pages.numbers(table, shown.key)[at])]
    stride = -(-len(order) // _READINGS) or 1
    made = []
    for row in pages.rows_at(found, table, order[::stride]):
        words = ", ".join(axis.shown(row.values[axis.name]) for axis in plan.axes)
        made.append(Reading(f"{row.number}: {words}"[:70], _or_nan(row.figures.get(shown.key))))
    claims = {claim["metric"]: claim["value"] for claim in found.plan["specification"]["claims"]}
    figure = readings_figure(
        readings=made, claimed=claims.get(shown.key.removeprefix("m:")), number_format=_format(shown.unit)
    )
    return _json(figure)


@require_GET
def members_csv(request: DeskRequest, sweep_id: UUID) -> HttpResponse:
    """Every member with its values and figures."""
    found = queries.sweep_of(sweep_id=sweep_id)
    table = queries.members_of(found)
    out = io.StringIO()
    writer = csv.writer(out)
    if table is not None:
        writer.writerow([name.partition(":")[2] if name[:2] in {"v:", "m:"} else name for name in table.column_names])
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            writer.writerow([f"'{v}" if isinstance(v, str) and v[:1] in "=+-@\t\r" and v else v for v in row])
    headers = {"Content-Disposition": 'attachment; filename="members.csv"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _read(sweep_id: UUID, request: DeskRequest) -> tuple[Sweep, Any, pages.Shown]:
    found = queries.sweep_of(sweep_id=sweep_id)
    table = queries.members_of(found)
    shown = pages.shown_of(pages.figures_of(found, table), request.GET.get("show", ""))
    if table is None or shown is None:
        raise queries.NoFigureError("There is nothing to draw: no run of this sweep has a figure yet.")
    return found, table, shown


def _format(unit: str) -> str:
    return {"fraction": ".1%", "count": ",d", "days": ",d"}.get(unit, ".2f")


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _is_solid(request: DeskRequest) -> bool:
    """Whether the browser draws with WebGL."""
    return "solid" in request.GET


def _json(figure: Any, *, is_whole: bool = False) -> HttpResponse:
    from apps.web.queries import figure_json  # noqa: PLC0415 -- slow import

    return HttpResponse(
        figure_json(figure, is_whole=is_whole),
        content_type="application/json",
        headers={"Cache-Control": "private, max-age=5"},
    )
