"""Plotly figures of the product. They carry data, axes and a role per trace, never a colour: the browser paints roles
for the theme, so dark mode and print need no second request.

Arrays travel as float32, which Plotly ships as base64, and curves are thinned to what a screen can show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.domain.errors import DomainError

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAX_POINTS = 1500
_BUNDLE = frozenset(
    {"bar", "candlestick", "funnel", "funnelarea", "histogram", "indicator", "ohlc", "pie", "scatter", "waterfall"},
)
_WHOLE = frozenset({"surface", "parcoords"})
_TICKS = (1, 2, 5)
_WIDE = 8
_FINE_TICKS = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


class TraceNotSupportedError(DomainError):
    """A figure uses a kind of trace that the chart library we ship does not contain."""

    code = "trace_not_supported"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a panel: its name, its values and its role (strategy, benchmark, s1 to s6)."""

    name: str
    values: ArrayLike
    role: str = "strategy"


@dataclass(frozen=True, slots=True)
class Reading:
    """One plausible reading and what it gives: the value and, when known, its interval."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


def thin(values: ArrayLike, /, *, limit: int = MAX_POINTS) -> NDArray[np.int64]:
    """At most `limit` indices that keep the first, the last and each bucket's lowest and highest value; of a bucket of NaN
    alone they keep one, so that a gap stays a gap."""
    line = np.asarray(values, dtype=np.float64)
    if line.size <= limit:
        return np.arange(line.size, dtype=np.int64)
    edges = np.linspace(0, line.size, max(1, (limit - 2) // 2) + 1).astype(np.int64)
    kept = [0, line.size - 1]
    for start, stop in pairwise(edges.tolist()):
        part = line[start:stop]
        if np.isfinite(part).any():
            kept += [start + int(np.nanargmin(part)), start + int(np.nanargmax(part))]
        else:
            kept.append(start)  # a gap stays one: a line is not drawn across it
    return np.unique(np.asarray(kept, dtype=np.int64))


def equity_figure(
    *,
    dates: Sequence[date],
    strategy: ArrayLike,
    benchmark: ArrayLike | None = None,
    benchmark_name: str = "Benchmark",
    log: bool = False,
    window: tuple[date, date] | None = None,
    window_name: str = "Document\u2019s sample",
    events: Mapping[str, date] | None = None,
) -> go.Figure:
    """Growth of 100 above, drawdown below. `strategy` and `benchmark` are values of wealth on `dates`, in any scale.

    A benchmark may start late (leading NaN): it is then rebased to the strategy's level on its first day.
    """
    wealth = _rebased(np.asarray(strategy, dtype=np.float64))
    other = None if benchmark is None else _rebased(np.asarray(benchmark, dtype=np.float64), to=wealth)
    kept = _kept(wealth, other)
    x = [dates[i].isoformat() for i in kept]
    traces = [
        _line(x, wealth[kept], "strategy", "Strategy", "%{y:,.1f}"),
        _line(x, _drawdown(wealth)[kept], "strategy", "Strategy drawdown", "%{y:.1%}", yaxis="y2", fill="tozeroy"),
    ]
    if other is not None:
        traces.insert(1, _line(x, other[kept], "benchmark", benchmark_name, "%{y:,.1f}"))
        below = _drawdown(other)[kept]
        traces.append(_line(x, below, "benchmark", f"{benchmark_name} drawdown", "%{y:.1%}", yaxis="y2"))
    shapes, notes = _window_marks(window, window_name)
    for name, when in (events or {}).items():
        shapes.append(_vertical(when.isoformat()))
        notes.append(_note(when.isoformat(), name))
    return _figure(
        traces,
        hovermode="x unified",
        showlegend=False,
        xaxis={"anchor": "y2", "type": "date", "hoverformat": "%-d %b %Y", "range": [x[0], x[-1]]},
        yaxis={"domain": [0.34, 1], **_growth_axis(wealth, other, log=log)},
        yaxis2={"domain": [0, 0.25], "tickformat": ".0%", "nticks": 4},
        shapes=shapes,
        annotations=notes,
    )


def panels_figure(*, dates: Sequence[date], panels: Mapping[str, tuple[str, Sequence[Curve]]]) -> go.Figure:
    """Panels stacked over one time axis: title -> (d3 number format, curves). For rolling measures."""
    n = len(panels)
    tall = (1 - 0.1 * (n - 1)) / n
    traces: list[Any] = []
    layout: dict[str, Any] = {}
    notes = []
    for row, (title, (number_format, curves)) in enumerate(panels.items()):
        axis = "y" if row == 0 else f"y{row + 1}"
        top = 1 - row * (tall + 0.1)
        domain = [max(0.0, top - tall), top]
        layout[f"yaxis{'' if row == 0 else row + 1}"] = {"domain": domain, "nticks": 4, "tickformat": number_format}
        notes.append(_panel_title(title, top))
        for curve in curves:
            values = np.asarray(curve.values, dtype=np.float64)
            kept = thin(values)
            x = [dates[i].isoformat() for i in kept]
            traces.append(_line(x, values[kept], curve.role, curve.name, f"%{{y:{number_format}}}", yaxis=axis))
    last = "y" if n == 1 else f"y{n}"
    return _figure(
        traces,
        hovermode="x unified",
        showlegend=False,
        xaxis={"anchor": last, "type": "date", "hoverformat": "%-d %b %Y"},
        annotations=notes,
        margin={"t": 24},
        **layout,
    )


def bars_figure(*, labels: Sequence[str | int], series: Sequence[Curve], number_format: str = ".0%") -> go.Figure:
    """Grouped bars, one group a label: returns by calendar year, trades by instrument."""
    hover = "%{y:" + _finer(number_format) + "}"
    x = [str(label) for label in labels]
    traces = [_bar(x, _f4(one.values), one.role, one.name, hover) for one in series]
    return _figure(
        traces,
        barmode="group",
        bargap=0.28,
        bargroupgap=0.08,
        showlegend=False,
        hovermode="x unified",
        xaxis={"type": "category", "nticks": 12},
        yaxis={"tickformat": number_format, "nticks": 6, "zeroline": True},
    )


def histogram_figure(
    *,
    values: ArrayLike,
    benchmark: ArrayLike | None = None,
    width: float = 0.02,
    noun: str = "months",
) -> go.Figure:
    """How often each range of returns (fractions) occurred: bins of `width` with an edge at nought, counted here."""
    mine = _finite(values)
    theirs = np.empty(0) if benchmark is None else _finite(benchmark)
    reach = float(np.ceil(max([width, *np.abs(mine), *np.abs(theirs)]) / width - 1e-9)) * width
    edges = np.linspace(-reach, reach, round(2 * reach / width) + 1)
    middle = [round(float(v), 6) for v in (edges[:-1] + edges[1:]) / 2]
    hover = f"%{{y}} {noun}"
    traces = [_bar(middle, np.histogram(mine, edges)[0].tolist(), "signed", "Strategy", hover)]
    if theirs.size:
        counts = np.histogram(theirs, edges)[0]
        traces.append(_line(middle, counts, "benchmark", "Benchmark", hover, line={"shape": "hvh"}))
    return _figure(
        traces,
        bargap=0.08,
        showlegend=False,
        hovermode="x unified",
        xaxis={"tickformat": ".0%", "nticks": 7, "type": "linear", "hoverformat": "+.1%"},
        yaxis={"nticks": 5},
    )


def response_figure(
    *,
    x: Sequence[float | str],
    y: ArrayLike,
    name: str,
    x_title: str,
    number_format: str = ".2f",
    x_suffix: str = "",
    marks: Mapping[str, float] | None = None,
) -> go.Figure:
    """One measure against one parameter: a sweep, a cost sensitivity. `marks` are labelled verticals at values of x."""
    go = _plotly()
    numeric = all(isinstance(value, int | float) for value in x)
    traces = [
        go.Scatter(
            x=_f4(np.asarray(x, dtype=np.float64)) if numeric else [str(value) for value in x],
            y=_f4(y),
            mode="lines+markers",
            name=name,
            meta={"role": "s1"},
            hovertemplate="%{y:" + number_format + "}",
        ),
    ]
    return _figure(
        traces,
        showlegend=False,
        hovermode="x unified",
        xaxis={"type": "linear" if numeric else "category", "ticksuffix": x_suffix, "title": {"text": x_title}},
        yaxis={"tickformat": number_format, "nticks": 6},
        shapes=[_vertical(value) for value in (marks or {}).values()],
        annotations=[_note(value, text) for text, value in (marks or {}).items()],
    )


def readings_figure(
    *,
    readings: Sequence[Reading],
    claimed: float | None = None,
    number_format: str = ".2f",
) -> go.Figure:
    """The fan of readings: one dot a reading with its interval, and the document's own figure as a vertical line."""
    go = _plotly()
    shown = list(reversed(readings))
    traces = [
        go.Scatter(
            x=_f4([one.value for one in shown]),
            y=[one.name for one in shown],
            mode="markers",
            name="Value",
            meta={"role": "dots"},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": _f4([0.0 if one.high is None else one.high - one.value for one in shown]),
                "arrayminus": _f4([0.0 if one.low is None else one.value - one.low for one in shown]),
            },
            hovertemplate="%{x:" + number_format + "}<extra>%{y}</extra>",
        ),
    ]
    return _figure(
        traces,
        showlegend=False,
        xaxis={"tickformat": number_format, "nticks": 8},
        yaxis={"automargin": True, "showgrid": False, "type": "category"},
        shapes=[] if claimed is None else [_vertical(claimed)],
        annotations=[] if claimed is None else [_note(claimed, "Document", yanchor="bottom")],
        margin={"t": 24},
    )


def figure_json(figure: go.Figure, /, *, is_whole: bool = False) -> str:
    """The figure as JSON, safe inside a script element; raises TraceNotSupportedError for a trace we do not ship.

    `is_whole` is for figures that the page draws with the whole library, where the browser has WebGL.
    """
    kinds = {trace.type for trace in figure.data}
    bundle = _BUNDLE | _WHOLE if is_whole else _BUNDLE
    if not kinds <= bundle:
        names = ", ".join(sorted(kinds - bundle))
        message = f"The chart library has no trace of type {names}. Draw it with one of the supported types."
        raise TraceNotSupportedError(message, types=names)
    text: str = figure.to_json(validate=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plotly() -> Any:
    import plotly.graph_objects as go  # noqa: PLC0415 -- slow import, only where a chart is built

    return go


def _figure(traces: Sequence[Any], **layout: Any) -> go.Figure:
    figure = _plotly().Figure(list(traces), layout=layout)
    figure.layout.template = None
    return figure


def _line(x: Sequence[str | float], y: ArrayLike, role: str, name: str, hover: str, **more: Any) -> Any:
    meta = {"role": role}
    return _plotly().Scatter(x=list(x), y=_f4(y), mode="lines", name=name, meta=meta, hovertemplate=hover, **more)


def _bar(x: Sequence[str | float], y: ArrayLike, role: str, name: str, hover: str) -> Any:
    return _plotly().Bar(x=list(x), y=_f4(y), name=name, meta={"role": role}, hovertemplate=hover)


def _f4(values: ArrayLike) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    return found[np.isfinite(found)]


def _rebased(values: NDArray[np.float64], *, to: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    first = int(np.argmax(np.isfinite(values)))
    level = 100.0 if to is None or not np.isfinite(to[first]) else float(to[first])
    scaled: NDArray[np.float64] = values / values[first] * level
    return scaled


def _drawdown(values: NDArray[np.float64]) -> NDArray[np.float64]:
    fall: NDArray[np.float64] = values / np.fmax.accumulate(values) - 1
    return fall


def _kept(wealth: NDArray[np.float64], other: NDArray[np.float64] | None) -> NDArray[np.int64]:
    lines = [wealth, _drawdown(wealth)] if other is None else [wealth, _drawdown(wealth), other]
    if wealth.size <= MAX_POINTS:
        return np.arange(wealth.size, dtype=np.int64)
    return np.unique(np.concatenate([thin(line, limit=MAX_POINTS // len(lines)) for line in lines]))


def _growth_axis(wealth: NDArray[np.float64], other: NDArray[np.float64] | None, *, log: bool) -> dict[str, Any]:
    if not log:
        return {"tickformat": ",d", "nticks": 7}
    values = np.concatenate([_finite(wealth), np.empty(0) if other is None else _finite(other)])
    low, high = float(values.min()), float(values.max())
    steps = _TICKS if high / low > _WIDE else _FINE_TICKS
    round_values = (step * 10.0**power for power in range(-2, 8) for step in steps)
    ticks = [value for value in round_values if low * 0.9 <= value <= high * 1.1]
    return {"type": "log", "tickvals": ticks, "tickformat": ",d"}


def _window_marks(window: tuple[date, date] | None, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if window is None:
        return [], []
    start, end = (when.isoformat() for when in window)
    shape = {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": start,
        "x1": end,
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "name": "window",
    }
    return [shape], [_note(start, name)]


def _vertical(x: float | str) -> dict[str, Any]:
    return {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "name": "event"}


def _note(x: float | str, text: str, *, yanchor: str = "top") -> dict[str, Any]:
    return {
        "x": x,
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": yanchor,
        "xshift": 5,
    }


def _panel_title(text: str, top: float) -> dict[str, Any]:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "name": "panel",
    }


def _finer(number_format: str) -> str:
    return ".1%" if number_format == ".0%" else number_format
