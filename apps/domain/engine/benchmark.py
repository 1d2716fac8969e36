"""The benchmark beside a run: the same capital in it, held."""

from __future__ import annotations

import numpy as np

from apps.domain.engine.plan import Plan, UnknownSymbolError
from apps.domain.engine.result import Diagnostic
from apps.domain.values.panel import FloatArray, Panel


def benchmark_equity(
    plan: Plan, panel: Panel, benchmark: Panel | None
) -> tuple[FloatArray | None, tuple[Diagnostic, ...]]:
    """The capital in the benchmark from the close of the first day on, without costs; on days without a bar its last close."""
    symbol = plan.benchmark
    if symbol is None and (benchmark is None or len(benchmark.symbols) != 1):
        return None, ()
    source = benchmark if benchmark is not None else panel
    name = symbol if symbol is not None else source.symbols[0]
    if name not in source.symbols:
        if benchmark is not None:
            raise UnknownSymbolError(
                f"The benchmark “{name}” is not in the data given for it. Choose another.", symbols=[name]
            )
        return None, (
            Diagnostic("benchmark_missing", "warn", f"No prices of the benchmark “{name}” were given: no comparison."),
        )
    close = source.close[source.symbols.index(name)]
    known = np.flatnonzero(np.isfinite(close) & (close > 0.0))
    days = plan.panel.days[plan.first :]
    at = np.searchsorted(source.days[known], days, side="right") - 1
    if at[0] < 0:
        return None, (
            Diagnostic(
                "benchmark_late", "warn", f"The benchmark “{name}” has no price on {days[0]} or before: no comparison."
            ),
        )
    marks = close[known[at]]
    return plan.capital * (marks / marks[0]), ()
