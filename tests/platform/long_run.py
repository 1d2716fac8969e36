"""A strategy that takes a worker many seconds: the medians of many long windows of twenty names."""

from __future__ import annotations

from tests.domain.examples import common, parameter, specification

N_WINDOWS = 6

LONG_RUN = specification(
    name="Medians of many windows",
    family="trend",
    selection={"kind": "top_n", "by": f"close / s{N_WINDOWS - 1}", "count": "count"},
    signals={
        f"s{n}": f"median(close, w{n})" + (f" + s{n - 1}" if n else "") for n in range(N_WINDOWS)
    },
    parameters={
        **common(dataset="us-large-caps", symbols=[], fill="next_close", start="2003-01-02", end="2021-12-31"),
        "count": parameter("Holdings", 5, "count"),
        **{f"w{n}": parameter(f"Window {n}", 1500 + 10 * n, "days") for n in range(N_WINDOWS)},
    },
    claims=[{"key": "sharpe", "label": "Sharpe ratio", "metric": "sharpe_ratio", "value": 0.5, "unit": "number",
             "window_start": "2003-01-02", "window_end": "2021-12-31", "basis": "gross of costs"}],
)  # fmt: skip
