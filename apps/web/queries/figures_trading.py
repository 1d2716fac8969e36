"""Figures of distributions, of prices with fills on them, and of clouds of round trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from apps.web.queries.figures import _bar, _f4, _figure, _finite, _line, _note, _plotly, _vertical, thin

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_CANDLES = 420
MOST_DOTS = 2000


@dataclass(frozen=True, slots=True)
class Fills:
    """What was bought or sold, when and at which price; `words` say each in the hover."""

    dates: Sequence[date]
    prices: ArrayLike
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points with a role; `words` say each in the hover."""

    name: str
    role: str
    x: ArrayLike
    y: ArrayLike
    words: Sequence[str]


def distribution_figure(
    *, values: ArrayLike, width: float, noun: str, expected: ArrayLike | None = None, marks: Mapping[str, float]
) -> go.Figure:
    """How often each range of returns (fractions) occurred, in bins of `width` with an edge at nought; what lies beyond the
    outermost twentieth of a percent stands in the last bins. `expected` are the counts a normal distribution would give in
    the same bins (see `bins`); `marks` are labelled verticals."""
    edges, counts = bins(values, width=width)
    middle = [round(float(v), 6) for v in (edges[:-1] + edges[1:]) / 2]
    hover = f"%{{y}} {noun}"
    traces = [_bar(middle, counts, "signed", "Strategy", hover)]
    if expected is not None:
        traces.append(_line(middle, expected, "benchmark", "Normal", "%{y:.1f} expected", line={"shape": "spline"}))
    placed = sorted(marks.items(), key=lambda item: item[1])
    notes = [
        _note(x, name) | {"xanchor": "right", "xshift": -5, "y": 1 - 0.09 * row} for row, (name, x) in enumerate(placed)
    ]
    return _figure(
        traces,
        bargap=0.08,
        showlegend=False,
        hovermode="x unified",
        xaxis={"tickformat": ".0%" if width >= 0.005 else ".1%", "nticks": 7, "type": "linear", "hoverformat": "+.2%"},
        yaxis={"nticks": 5},
        shapes=[_vertical(x) for _, x in placed],
        annotations=notes,
    )


def bins(values: ArrayLike, /, *, width: float) -> tuple[Any, Any]:
    """Edges in steps of `width` around nought that hold all but one value in 2000 at either end, and the counts between
    them; the outer bins take what lies beyond."""
    known = _finite(values)
    low, high = np.quantile(known, [0.0005, 0.9995]) if known.size else (-width, width)
    first, last = int(np.floor(low / width)), int(np.ceil(high / width))
    edges = np.arange(first, max(last, first + 1) + 1) * width
    inside = np.clip(known, edges[0], np.nextafter(edges[-1], -np.inf))
    return edges, np.histogram(inside, edges)[0]


def price_figure(
    *,
    dates: Sequence[date],
    close: ArrayLike,
    bars: tuple[ArrayLike, ArrayLike, ArrayLike] | None,
    bought: Fills,
    sold: Fills,
    name: str,
) -> go.Figure:
    """Prices of one instrument with its fills. `bars` are open, high and low: drawn as candles where there are few enough."""
    go = _plotly()
    line = np.asarray(close, dtype=np.float64)
    if bars is not None and len(line) <= MOST_CANDLES:
        first, high, low = bars
        x = [day.isoformat() for day in dates]
        traces = [
            go.Candlestick(
                x=x, open=_f4(first), high=_f4(high), low=_f4(low), close=_f4(line), name=name, meta={"role": "candles"}
            )
        ]
    else:
        kept = thin(line)
        traces = [_line([dates[i].isoformat() for i in kept], line[kept], "strategy", name, "%{y:,.2f}")]
    for label, role, symbol, fills in (
        ("Bought", "buy", "triangle-up", bought),
        ("Sold", "sell", "triangle-down", sold),
    ):
        traces.append(
            go.Scatter(
                x=[day.isoformat() for day in fills.dates],
                y=_f4(fills.prices),
                mode="markers",
                name=label,
                text=list(fills.words),
                marker={"symbol": symbol, "size": 9},
                meta={"role": role},
                hovertemplate="%{text}",
            )
        )
    return _figure(
        traces,
        showlegend=False,
        hovermode="closest",
        xaxis={"type": "date", "hoverformat": "%-d %b %Y", "rangeslider": {"visible": False}},
        yaxis={"tickformat": ",.6~g", "nticks": 6},
    )


def cloud_figure(*, clouds: Sequence[Cloud], x_title: str, y_title: str, number_format: str = ".0%") -> go.Figure:
    """Points by two figures, for example how far round trips went against and for their entry."""
    go = _plotly()
    traces = []
    for cloud in clouds:
        x, y = np.asarray(cloud.x, dtype=np.float64), np.asarray(cloud.y, dtype=np.float64)
        kept = _spread(len(x))
        traces.append(
            go.Scatter(
                x=_f4(x[kept]),
                y=_f4(y[kept]),
                mode="markers",
                name=cloud.name,
                text=[cloud.words[i] for i in kept],
                meta={"role": cloud.role},
                hovertemplate="%{text}",
            )
        )
    return _figure(
        traces,
        showlegend=False,
        hovermode="closest",
        xaxis={"tickformat": number_format, "nticks": 6, "title": {"text": x_title}},
        yaxis={"tickformat": number_format, "nticks": 6, "title": {"text": y_title}},
    )


def _spread(n: int) -> list[int]:
    """At most MOST_DOTS places, evenly spaced."""
    return list(range(n)) if n <= MOST_DOTS else np.linspace(0, n - 1, MOST_DOTS).round().astype(int).tolist()
