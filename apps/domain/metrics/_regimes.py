"""A run cut into kinds of days: rising and falling markets, calm and rough ones, decades, and named windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from apps.domain.metrics._returns import DAYS_PER_YEAR, annual_volatility, monthly_series, sharpe_ratio, simple_returns
from apps.domain.metrics._rolling import rolling_volatility
from apps.domain.values.panel import DayArray, FloatArray

Window = tuple[date | None, date | None]
CALM_WINDOW = 63
"""Trading days over which a market is called calm or rough."""

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Regime:
    """The days of one kind. Returns are compound per 252 days of that kind; benchmark figures None without a benchmark."""

    group: str
    name: str
    n_days: int
    share: float
    annual_return: float | None
    annual_volatility: float | None
    sharpe_ratio: float | None
    benchmark_annual_return: float | None


def regimes(
    *, days: DayArray, equity: FloatArray, benchmark: FloatArray | None, windows: Mapping[str, Window] | None = None
) -> tuple[Regime, ...]:
    """The regimes of a run, those without a day left out. `windows` are named spans, ends included, None for open.

    A month counts as rising when the benchmark's calendar-month return is above 0. A day is rough when the volatility of
    the 63 daily returns before it, of the benchmark or without one of the run itself, is above its median over the run:
    a description made afterwards, not a rule that could have been traded.
    """
    if len(equity) < 2:
        return ()
    own = simple_returns(equity)
    other = None if benchmark is None else simple_returns(benchmark)
    when = days[1:].astype("datetime64[D]")
    cuts = [*_by_market(days, benchmark), *_by_volatility(equity, benchmark), *_by_decade(when)]
    cuts += [("Windows", name, _inside(when, window)) for name, window in (windows or {}).items()]
    return tuple(_regime(group, name, mask, own, other) for group, name, mask in cuts if mask.any())


def _by_market(days: DayArray, benchmark: FloatArray | None) -> Iterator[tuple[str, str, _Mask]]:
    if benchmark is None:
        return
    months, returns = monthly_series(days, benchmark)
    rising = (returns > 0.0)[np.searchsorted(months, days[1:].astype("datetime64[M]"))]
    yield "Market", "Benchmark's rising months", rising
    yield "Market", "Benchmark's falling months", ~rising


def _by_volatility(equity: FloatArray, benchmark: FloatArray | None) -> Iterator[tuple[str, str, _Mask]]:
    known_before = rolling_volatility(equity if benchmark is None else benchmark, CALM_WINDOW)[:-1]
    known = np.isfinite(known_before)
    if not known.any():
        return
    whose = "of the strategy" if benchmark is None else "of the benchmark"
    rough = known & (known_before > np.median(known_before[known]))
    yield "Volatility", f"Low volatility {whose}", known & ~rough
    yield "Volatility", f"High volatility {whose}", rough


def _by_decade(when: DayArray) -> Iterator[tuple[str, str, _Mask]]:
    decades = (when.astype("datetime64[Y]").astype(np.int64) + 1970) // 10 * 10
    for decade in np.unique(decades):
        yield "Decade", f"{decade}s", decades == decade


def _inside(when: DayArray, window: Window) -> _Mask:
    first, last = window
    after = np.ones(len(when), dtype=bool) if first is None else when >= np.datetime64(first)
    before = np.ones(len(when), dtype=bool) if last is None else when <= np.datetime64(last)
    return np.asarray(after & before)


def _regime(group: str, name: str, mask: _Mask, own: FloatArray, other: FloatArray | None) -> Regime:
    chosen = own[mask]
    return Regime(
        group=group,
        name=name,
        n_days=int(mask.sum()),
        share=float(mask.mean()),
        annual_return=_compound(chosen),
        annual_volatility=annual_volatility(chosen),
        sharpe_ratio=sharpe_ratio(chosen),
        benchmark_annual_return=None if other is None else _compound(other[mask]),
    )


def _compound(returns: FloatArray) -> float | None:
    grown = float(np.prod(1.0 + returns))
    return grown ** (DAYS_PER_YEAR / len(returns)) - 1.0 if grown > 0.0 else -1.0
