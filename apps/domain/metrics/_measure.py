"""All measures of one run, by name; undefined is None, never NaN."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from apps.domain.metrics import _distribution as shape
from apps.domain.metrics import _returns as curve
from apps.domain.metrics import _risk as risk
from apps.domain.metrics import _trips as trips
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
    """Every measure of METRICS for one run; None where it is undefined (no trades, no benchmark, no spread)."""
    days, equity = result.days, result.equity
    returns = curve.simple_returns(equity)
    measured: dict[str, float | int | None] = {
        "total_return": curve.total_return(equity),
        "annual_return": curve.annual_return(equity),
        "annual_volatility": curve.annual_volatility(returns),
        "sharpe_ratio": curve.sharpe_ratio(returns),
        "sortino_ratio": curve.sortino_ratio(returns),
        "max_drawdown": curve.max_drawdown(equity),
        "max_drawdown_days": curve.max_drawdown_days(equity),
        "calmar_ratio": curve.calmar_ratio(equity),
        "value_at_risk_95": curve.value_at_risk_95(returns),
        "mean_monthly_return": curve.mean_monthly_return(days, equity),
        "best_month": curve.best_month(days, equity),
        "worst_month": curve.worst_month(days, equity),
        "win_rate": win_rate(result.trades),
        "profit_factor": profit_factor(result.trades),
        "n_trades": int(np.sum(~result.trades.is_open)),
        "turnover": turnover(result.orders, equity),
        "time_in_market": time_in_market(result.exposure),
        "cost_paid": cost_paid(result.orders, result.capital),
        **_against(returns, result.benchmark_equity),
        "expected_shortfall_95": shape.expected_shortfall_95(returns),
        "skewness": shape.skewness(returns),
        "excess_kurtosis": shape.excess_kurtosis(returns),
        "ulcer_index": shape.ulcer_index(equity),
        "sharpe_standard_error": shape.sharpe_standard_error(returns),
        "average_exposure": shape.average_exposure(result.exposure),
        "payoff_ratio": shape.payoff_ratio(result.trades),
        "average_days_held": shape.average_days_held(result.trades),
        "break_even_cost": shape.break_even_cost(equity, result.orders.value, result.orders.cost),
        **_compared(returns, days, equity, result.benchmark_equity),
        "value_at_risk_95_normal": risk.value_at_risk_95_normal(returns),
        "value_at_risk_95_modified": risk.value_at_risk_95_modified(returns),
        "expected_shortfall_95_normal": risk.expected_shortfall_95_normal(returns),
        "expected_shortfall_95_modified": risk.expected_shortfall_95_modified(returns),
        "omega_ratio": risk.omega_ratio(returns),
        "treynor_ratio": _treynor(returns, result.benchmark_equity),
        "tail_ratio": risk.tail_ratio(returns),
        "pain_index": risk.pain_index(equity),
        "sample_skewness": risk.sample_skewness(returns),
        "sample_excess_kurtosis": risk.sample_excess_kurtosis(returns),
        "winning_days": risk.winning_days(returns),
        "winning_months": risk.winning_months(days, equity),
        "expectancy": trips.expectancy(result.trades),
        "average_worst_excursion": trips.average_worst_excursion(result.trades),
        "average_best_excursion": trips.average_best_excursion(result.trades),
    }
    return {name: _number(value) for name, value in measured.items()}


def _against(returns: FloatArray, benchmark: FloatArray | None) -> dict[str, float | int | None]:
    if benchmark is None:
        return dict.fromkeys(BENCHMARK_METRICS)
    yardstick = curve.simple_returns(benchmark)
    return {
        "beta": curve.beta(returns, yardstick),
        "alpha": curve.alpha(returns, yardstick),
        "correlation": curve.correlation(returns, yardstick),
        "tracking_error": curve.tracking_error(returns, yardstick),
        "benchmark_annual_return": curve.annual_return(benchmark),
        "benchmark_max_drawdown": curve.max_drawdown(benchmark),
        "benchmark_sharpe": curve.sharpe_ratio(yardstick),
    }


def _compared(
    returns: FloatArray, days: DayArray, equity: FloatArray, benchmark: FloatArray | None
) -> dict[str, float | int | None]:
    if benchmark is None or len(equity) < 2:
        return dict.fromkeys(("information_ratio", "up_capture", "down_capture"))
    own, other = curve.monthly_series(days, equity)[1], curve.monthly_series(days, benchmark)[1]
    return {
        "information_ratio": shape.information_ratio(returns, curve.simple_returns(benchmark)),
        "up_capture": shape.up_capture(own, other),
        "down_capture": shape.down_capture(own, other),
    }


def _treynor(returns: FloatArray, benchmark: FloatArray | None) -> float | None:
    return None if benchmark is None else risk.treynor_ratio(returns, curve.simple_returns(benchmark))


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


BENCHMARK_METRICS = (
    "beta",
    "alpha",
    "correlation",
    "tracking_error",
    "benchmark_annual_return",
    "benchmark_max_drawdown",
    "benchmark_sharpe",
)
