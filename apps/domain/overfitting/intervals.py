"""How sure the headline figures of a run are, by resampling its days in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.domain.metrics import (
    DAYS_PER_YEAR,
    annual_return,
    annual_volatility,
    max_drawdown,
    sharpe_ratio,
    simple_returns,
)
from apps.domain.overfitting.bootstrap import stationary_bootstrap
from apps.domain.values.panel import FloatArray

MEAN_BLOCK = 21.0
"""Trading days: a month's worth of dependence is kept."""
N_SAMPLES = 1000
_CELLS = 500_000  # returns drawn at a time, so that memory stays small
_LEAST = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure of the run and the percentile interval of the same figure over the resampled runs."""

    measure: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Headline intervals. `above_zero` is the share of resampled runs with an annual return above 0, `above_benchmark`
    that above the benchmark's on the same days, None without one."""

    rows: tuple[Interval, ...]
    level: float
    mean_block: float
    n_samples: int
    n_days: int
    above_zero: float
    above_benchmark: float | None


def headline_intervals(
    *, equity: FloatArray, benchmark: FloatArray | None, seed: int, n_samples: int = N_SAMPLES, level: float = 0.95
) -> Intervals | None:
    """Percentile intervals of annual return, volatility, Sharpe ratio, maximum drawdown and return above the benchmark.

    Stationary bootstrap (Politis and Romano 1994), blocks of 21 days on average; strategy and benchmark are drawn on the
    same days. The same seed gives the same intervals. None with fewer than 60 returns or returns that do not vary.
    """
    own = simple_returns(equity)
    if len(own) < _LEAST or sharpe_ratio(own) is None:
        return None
    other = None if benchmark is None else simple_returns(benchmark)
    drawn = np.concatenate([_figures(own, other, rows) for rows in _samples(len(own), n_samples, seed)])
    names = ["annual_return", "annual_volatility", "sharpe_ratio", "max_drawdown"]
    growth = annual_return(equity) or 0.0
    values = [growth, annual_volatility(own), sharpe_ratio(own), max_drawdown(equity)]
    if benchmark is not None:
        names.append("excess_return")
        values.append(growth - (annual_return(benchmark) or 0.0))
    tail = (1.0 - level) / 2.0
    bounds = np.nanquantile(drawn, [tail, 1.0 - tail], axis=0)
    return Intervals(
        rows=tuple(
            Interval(name, float(value or 0.0), float(bounds[0, at]), float(bounds[1, at]))
            for at, (name, value) in enumerate(zip(names, values, strict=True))
        ),
        level=level,
        mean_block=MEAN_BLOCK,
        n_samples=n_samples,
        n_days=len(own),
        above_zero=float(np.mean(drawn[:, 0] > 0.0)),
        above_benchmark=None if benchmark is None else float(np.mean(drawn[:, 4] > 0.0)),
    )


def _samples(n: int, n_samples: int, seed: int) -> Iterator[np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    chunk = max(1, min(n_samples, _CELLS // n))
    seeds = np.random.SeedSequence(seed).generate_state(-(-n_samples // chunk))
    for at, one in enumerate(seeds.tolist()):
        size = min(chunk, n_samples - at * chunk)
        yield stationary_bootstrap(n, mean_block=MEAN_BLOCK, n_samples=size, seed=one)


def _figures(
    own: FloatArray, other: FloatArray | None, rows: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> FloatArray:
    """One row a sample: annual return, volatility, Sharpe ratio, maximum drawdown and, beside a benchmark, the excess."""
    returns = own[rows]
    growth = _growth(returns)
    spread = returns.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpe = returns.mean(axis=1) / spread * np.sqrt(DAYS_PER_YEAR)
    wealth = np.cumprod(1.0 + returns, axis=1)
    fall = np.minimum((wealth / np.maximum(np.maximum.accumulate(wealth, axis=1), 1.0)).min(axis=1), 1.0) - 1.0
    columns = [growth, spread * np.sqrt(DAYS_PER_YEAR), sharpe, fall]
    if other is not None:
        columns.append(growth - _growth(other[rows]))
    return np.column_stack(columns)


def _growth(returns: FloatArray) -> FloatArray:
    grown = np.maximum(np.prod(1.0 + returns, axis=1), 0.0)
    return np.asarray(grown ** (DAYS_PER_YEAR / returns.shape[1]) - 1.0, dtype=np.float64)
