"""Figures of sweeps: a surface and parallel coordinates, each drawn with lines, and solid for browsers that have WebGL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
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


def solid_surface_figure(
    *, columns: Sequence[str], rows: Sequence[str], values: ArrayLike, x_title: str, y_title: str, z_title: str,
    number_format: str = ".2f",
) -> go.Figure:  # fmt: skip
    """The same surface to be turned by hand. `values` has shape (n_rows, n_columns); NaN leaves a hole."""
    go_ = _plotly()
    z = np.asarray(values, dtype=np.float64)
    said = [[f"{x_title} {c}<br>{y_title} {r}" for c in columns] for r in rows]
    surface = go_.Surface(
        z=_f4(z), text=said, hovertemplate=f"%{{text}}<br>{z_title} %{{z:{number_format}}}<extra></extra>",
        meta={"role": "surface"},
    )  # fmt: skip
    return _figure(
        [surface],
        scene={
            "xaxis": _named(columns, x_title),
            "yaxis": _named(rows, y_title),
            "zaxis": {"title": {"text": z_title}, "tickformat": number_format},
            "camera": {"eye": {"x": -1.65, "y": -1.8, "z": 1.0}, "center": {"x": 0, "y": 0, "z": -0.18}},
            "aspectratio": {"x": 1.2, "y": 1.2, "z": 0.75},
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )


def solid_parallel_figure(*, scales: Sequence[Scale], best: Sequence[bool]) -> go.Figure:
    """The same parallel coordinates with spans to be chosen on each scale and scales to be moved."""
    chosen = np.asarray(best, dtype=np.int64)
    order = np.argsort(chosen, kind="stable")  # the best are drawn last, above the others
    dimensions = [
        {
            "label": "<br>".join(wrap(scale.title, 14)),
            "range": [0, 1],
            "values": _f4(np.asarray(scale.places)[order]),
            "tickvals": [0, 1] if scale.low != scale.high else [0],
            "ticktext": [scale.low, scale.high] if scale.low != scale.high else [scale.low],
        }
        for scale in scales
    ]
    trace = _plotly().Parcoords(
        dimensions=dimensions, line={"color": chosen[order].tolist(), "cmin": 0, "cmax": 1}, meta={"role": "parallel"}
    )
    return _figure([trace], margin={"l": 62, "r": 62, "t": 66, "b": 24})


def _named(values: Sequence[str], title: str) -> dict[str, Any]:
    """An axis whose places are words, at most eight of them written."""
    step = max(1, -(-len(values) // 8))
    places = list(range(0, len(values), step))
    return {"title": {"text": title}, "tickvals": places, "ticktext": [values[at] for at in places]}


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
