"""Figures of sweeps: a surface and parallel coordinates, drawn with the lines that the chart library we ship has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from apps.web.queries.figures import _figure, _plotly

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SHEAR, _RISE, _TALL = 0.35, 0.45, 0.6
"""How far the back of a surface stands to the right, how far up, and how tall its highest point is over its lowest."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis of parallel coordinates: its title, the place (0 to 1) of every member on it, and the words at its ends."""

    title: str
    places: Sequence[float]
    low: str
    high: str


def surface_figure(
    *, columns: Sequence[str], rows: Sequence[str], values: ArrayLike, x_title: str, y_title: str, z_title: str,
    number_format: str = ".2f",
) -> go.Figure:  # fmt: skip
    """A surface over two parameters, seen from the front and above: one line a row, the last row at the back.

    `values` has shape (n_rows, n_columns); NaN leaves a hole. Heights are between the lowest and the highest value.
    """
    z = np.asarray(values, dtype=np.float64)
    known = z[np.isfinite(z)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    height = (z - low) / ((high - low) or 1.0) * _TALL
    across, deep = np.linspace(0, 1, len(columns)), np.linspace(0, 1, max(len(rows), 2))[: len(rows)]
    go_ = _plotly()
    traces: list[Any] = []
    for at in range(len(rows) - 1, -1, -1):
        said = [
            f"{x_title} {c}<br>{y_title} {rows[at]}<br>{z_title} {v:{number_format}}"
            for c, v in zip(columns, z[at], strict=True)
        ]
        traces.append(
            go_.Scatter(x=_f4(across + _SHEAR * deep[at]), y=_f4(height[at] + _RISE * deep[at]), mode="lines", name=rows[at],
                        text=said, hovertemplate="%{text}<extra></extra>", meta={"role": "s1"})
        )  # fmt: skip
    traces += [
        go_.Scatter(x=_f4(across[at] + _SHEAR * deep), y=_f4(height[:, at] + _RISE * deep), mode="lines", hoverinfo="skip",
                    meta={"role": "rest"})
        for at in range(len(columns))
    ]  # fmt: skip
    notes = [
        _text(0, -0.05, columns[0], "left"), _text(1, -0.05, columns[-1], "right"), _text(0.5, -0.05, x_title, "center"),
        _text(1.02, 0.0, rows[0], "left"), _text(1.02 + _SHEAR, _RISE, rows[-1], "left"),
        _text(1.04 + _SHEAR / 2, _RISE / 2, y_title, "left"),
    ]  # fmt: skip
    hidden = {"visible": False, "showgrid": False, "fixedrange": True}
    return _figure(
        traces,
        showlegend=False,
        hovermode="closest",
        xaxis=hidden | {"range": [-0.04, 1.2 + _SHEAR]},
        yaxis=hidden | {"range": [-0.14, _RISE + _TALL + 0.06]},
        annotations=notes,
        margin={"l": 14, "b": 10},
    )


def parallel_figure(*, scales: Sequence[Scale], best: Sequence[bool]) -> go.Figure:
    """Parallel coordinates: one line a member across all scales; `best` says which members stand out."""
    places = np.array([scale.places for scale in scales], dtype=np.float64).T
    chosen = np.asarray(best, dtype=np.bool_)
    go_ = _plotly()
    traces = [
        go_.Scatter(x=_f4(_joined(np.tile(np.arange(len(scales)), (int(mask.sum()), 1)))), y=_f4(_joined(places[mask])),
                    mode="lines", name=name, hoverinfo="skip", meta={"role": role})
        for name, role, mask in (("Others", "rest", ~chosen), ("Best tenth", "s1", chosen))
    ]  # fmt: skip
    notes = []
    for at, scale in enumerate(scales):
        notes += [
            _text(at, 1.13, scale.title, "center"),
            _text(at, 1.05, scale.high, "center"),
            _text(at, -0.07, scale.low, "center"),
        ]
    hidden = {"visible": False, "fixedrange": True}
    edge = 0.35
    shapes = [
        {"type": "line", "xref": "x", "yref": "y", "x0": at, "x1": at, "y0": 0, "y1": 1, "name": "scale"}
        for at in range(len(scales))
    ]
    return _figure(
        traces,
        showlegend=False,
        hovermode=False,
        xaxis=hidden | {"range": [-edge, len(scales) - 1 + edge]},
        yaxis=hidden | {"range": [-0.12, 1.2]},
        shapes=shapes,
        annotations=notes,
        margin={"l": 14, "b": 10},
    )


def _joined(lines: Any) -> Any:
    """Lines one after the other, a gap between them."""
    gap = np.full((len(lines), 1), np.nan)
    return np.hstack([lines, gap]).ravel()


def _text(x: float, y: float, text: str, anchor: str) -> dict[str, Any]:
    return {
        "x": x, "y": y, "xref": "x", "yref": "y", "text": text, "showarrow": False, "xanchor": anchor, "yanchor": "middle"
    }  # fmt: skip


def _f4(values: ArrayLike) -> Any:
    return np.asarray(values, dtype=np.float32)
