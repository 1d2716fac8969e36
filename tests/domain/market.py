"""Made-up markets for tests of formulas: bars, groups, events, with gaps where asked."""

import numpy as np

from apps.domain.engine.evaluate import Evaluator, Named
from apps.domain.values import Panel
from apps.domain.values.inputs import Events


def bars(n_symbols=6, n_days=700, seed=1, gaps=0.0, start="2010-01-04"):
    """Geometric paths with an intraday range; a share `gaps` of the bars is missing."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.02, (n_symbols, n_days)), axis=1))
    open_ = close * np.exp(rng.normal(0, 0.005, close.shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.005, close.shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.005, close.shape)))
    volume = np.round(rng.lognormal(12, 0.5, close.shape))
    hole = rng.random(close.shape) < gaps
    fields = {
        name: np.where(hole, np.nan, values)
        for name, values in {"open": open_, "high": high, "low": low, "close": close, "volume": volume}.items()
    }
    return Panel(
        days=np.busday_offset(start, np.arange(n_days)),
        symbols=tuple(f"S{row:03d}" for row in range(n_symbols)),
        **fields,
    )


def named(panel):
    """A grouping and a table of events on a panel."""
    sector = np.broadcast_to((np.arange(len(panel.symbols)) % 2).astype(float)[:, None], panel.close.shape)
    at = np.arange(30, len(panel.days), 60)
    earnings = Events(
        symbol=np.arange(len(at)) % len(panel.symbols),
        day=panel.days[at],
        announced=panel.days[at - 10],
        value=np.linspace(-1, 1, len(at)),
    )
    return Named(arrays={"sector": np.ascontiguousarray(sector)}, events={"earnings": earnings})


def evaluator(panel, **numbers):
    """An evaluator of formulas on a panel."""
    return Evaluator(panel=panel, numbers=numbers, signals={}, named=named(panel))
