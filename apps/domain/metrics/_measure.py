"""All measures of one run, by name; undefined is None, never NaN."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from apps.domain.metrics import _distribution as shape
from apps.domain.metrics import _returns as curve
from apps.domain.metrics._catalogue import METRICS
from apps.domain.metrics._risk import treynor_ratio
from apps.domain.values.panel import DayArray, FloatArray


class MeasurableTrades(Protocol):
    """The columns of round trips that measures read."""

    @property
    def pnl(self) -> FloatArray: ...
    @property
    def is_open(self) -> npt.NDArray[np.bool_]: ...


class MeasurableOrders(Protocol):
    """The columns of fills that measures read."""

    @property
    def value(self) -> FloatArray: ...
    @property
    def cost(self) -> FloatArray: ...


class Measurable(Protocol):
    """What measures need of a run; the engine's Result is one."""

    @property
    def days(self) -> DayArray: ...
    @property
    def capital(self) -> float: ...
    @property
    def equity(self) -> FloatArray: ...
    @property
    def exposure(self) -> FloatArray: ...
    @property
    def benchmark_equity(self) -> FloatArray | None: ...
    @property
    def orders(self) -> Any: ...
    @property
    def trades(self) -> Any: ...


def win_rate(trades: MeasurableTrades) -> float | None:
    """Closed round trips with a positive net P&L over all closed ones; None without one."""
    closed = trades.pnl[~trades.is_open]
    return float(np.mean(closed > 0.0)) if len(closed) else None


def profit_factor(trades: MeasurableTrades) -> float | None:
    """Net profits over net losses of closed round trips; None when nothing was lost."""
    closed = trades.pnl[~trades.is_open]
    lost = -float(closed[closed < 0.0].sum())
    return float(closed[closed > 0.0].sum()) / lost if lost > 0.0 else None


def turnover(orders: MeasurableOrders, equity: FloatArray) -> float | None:
    """One-way turnover per year: half the traded value over mean equity, per 252 trading days."""
    if len(equity) < 2:
        return None
    years = (len(equity) - 1) / curve.DAYS_PER_YEAR
    return float(orders.value.sum()) / 2.0 / float(equity.mean()) / years


def time_in_market(exposure: FloatArray) -> float | None:
    """Fraction of days that ended with any position."""
    return float(np.mean(exposure > 0.0)) if len(exposure) else None


def cost_paid(orders: MeasurableOrders, capital: float) -> float:
    """All costs over the starting capital."""
    return float(orders.cost.sum()) / capital


def measure(result: Measurable) -> dict[str, float | None]:
    """Every measure of METRICS for one run; None where it is undefined (no trades, no benchmark, no spread).

    Figures are those of the plain functions of this package; without a benchmark they are made in one compiled pass.
    """
    from apps.domain.metrics import _measure_kernels as kernels  # noqa: PLC0415 -- slow import

    equity, trades, orders = result.equity, result.trades, result.orders
    row = np.empty(len(kernels.NAMES))
    kernels.measures(
        equity, result.exposure, month_ends(result.days), _trade_rows(trades), orders.value, orders.cost,
        float(result.capital), row,
    )  # fmt: skip
    measured = named(row)
    if result.benchmark_equity is not None:
        returns = curve.simple_returns(equity)
        beside = {
            **_against(returns, result.benchmark_equity),
            **_compared(returns, result.days, equity, result.benchmark_equity),
        }
        measured |= {name: _number(value) for name, value in beside.items()}
    return measured


def measure_lanes(
    *, month_ends: npt.NDArray[np.int64], curves: FloatArray, trades: FloatArray, values: FloatArray, costs: FloatArray,
    ends: npt.NDArray[np.int64], capital: FloatArray,
) -> FloatArray:  # fmt: skip
    """The measures of runs that stand beside one another, one row each; `named` turns a row into what `measure` gives.

    `curves` has shape (n_runs, 3, n_days), of which the middle one (cash) is not read: equity is first, exposure last;
    `month_ends` is what the function of that name gives of their days. `trades` has a
    row each for P&L, net return, days held, whether open, worst and best excursion, and a column per round trip; `values`
    and `costs` are those of the fills; `ends` (n_runs, 2) says where the fills and the round trips of each run end.
    """
    from apps.domain.metrics import _measure_kernels as kernels  # noqa: PLC0415 -- slow import

    out = np.empty((len(curves), len(kernels.NAMES)))
    kernels.measures_of_lanes(curves, month_ends, trades, values, costs, ends, capital, out)
    return out


def named(row: FloatArray) -> dict[str, float | None]:
    """A row of compiled measures by the names of METRICS; None for what is undefined or needs a benchmark."""
    from apps.domain.metrics import _measure_kernels as kernels  # noqa: PLC0415 -- slow import

    known = {name: value for name, value in zip(kernels.NAMES, row.tolist(), strict=True) if math.isfinite(value)}
    return dict.fromkeys(METRICS) | known


def month_ends(days: DayArray) -> npt.NDArray[np.int64]:
    """The index of the last of `days` in each calendar month that has one."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    months = np.arange(days[0].astype("datetime64[M]"), days[-1].astype("datetime64[M]") + 2)
    bounds = np.searchsorted(days, months.astype(days.dtype))
    return bounds[1:][bounds[1:] > bounds[:-1]] - 1


def _trade_rows(trades: Any) -> FloatArray:
    columns = (trades.pnl, trades.net_return, trades.days_held, trades.is_open, trades.worst, trades.best)
    return np.array(columns, dtype=np.float64)


def _against(returns: FloatArray, benchmark: FloatArray) -> dict[str, float | int | None]:
    yardstick = curve.simple_returns(benchmark)
    return {
        "beta": curve.beta(returns, yardstick),
        "alpha": curve.alpha(returns, yardstick),
        "correlation": curve.correlation(returns, yardstick),
        "tracking_error": curve.tracking_error(returns, yardstick),
        "treynor_ratio": treynor_ratio(returns, yardstick),
        "benchmark_annual_return": curve.annual_return(benchmark),
        "benchmark_max_drawdown": curve.max_drawdown(benchmark),
        "benchmark_sharpe": curve.sharpe_ratio(yardstick),
    }


def _compared(
    returns: FloatArray, days: DayArray, equity: FloatArray, benchmark: FloatArray
) -> dict[str, float | int | None]:
    if len(equity) < 2:
        return dict.fromkeys(("information_ratio", "up_capture", "down_capture"))
    own, other = curve.monthly_series(days, equity)[1], curve.monthly_series(days, benchmark)[1]
    return {
        "information_ratio": shape.information_ratio(returns, curve.simple_returns(benchmark)),
        "up_capture": shape.up_capture(own, other),
        "down_capture": shape.down_capture(own, other),
    }


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
