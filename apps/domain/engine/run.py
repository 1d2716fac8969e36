"""The one door of the engine: a specification and bars in, a result out. docs/engine.md is its contract."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from apps.domain.engine.calendar import decision_mask
from apps.domain.engine.diagnostics import diagnose
from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.plan import Plan, UnknownSymbolError, plan_of
from apps.domain.engine.result import BoolArray, Diagnostic, IntArray, Orders, Result, Trades
from apps.domain.engine.selection import select
from apps.domain.language.schema import RunnableSpecification
from apps.domain.values.panel import DayArray, FloatArray, Panel

TOLERANCE = 1e-9
"""No order when target and position differ by no more than this fraction of equity."""


def run(
    *,
    spec: RunnableSpecification,
    panel: Panel,
    benchmark: Panel | None = None,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Run `spec` on `panel`, and hold `benchmark` beside it when the specification names one.

    `progress` receives fractions from 0 to 1 and may raise to cancel: the engine lets it through. Raises a DomainError
    that says what to change when the specification does not fit the data.
    """
    tell = progress or (lambda _fraction: None)
    tell(0.0)
    plan = plan_of(spec=spec, panel=panel)
    close = plan.panel.close[:, plan.first :]
    with np.errstate(invalid="ignore"):
        bar = np.isfinite(close) & (close > 0.0)
    mask = decision_mask(days=panel.days, frequency=plan.frequency, on=plan.on)[plan.first : plan.last + 1]
    decisions = np.flatnonzero(mask)
    evaluator = Evaluator(panel=plan.panel, numbers=plan.numbers, signals=spec.signals)
    selection = select(spec=spec, evaluator=evaluator, bar=bar, first=plan.first, decisions=decisions, count=plan.count)
    tell(0.5)
    curves, orders, trades, waiting = _accounted(plan, close, bar, decisions, selection.weights)
    tell(0.9)
    held, notes = _benchmark_equity(plan, panel, benchmark)
    days = plan.panel.days[plan.first :]
    result = Result(
        symbols=plan.panel.symbols,
        days=days,
        capital=plan.capital,
        equity=curves[0],
        cash=curves[1],
        exposure=curves[2],
        benchmark_equity=held,
        decision_days=days[decisions],
        weights=selection.weights,
        orders=orders,
        trades=trades,
        waiting=waiting,
        diagnostics=(*diagnose(curves[2], orders, waiting, selection, days, bar, len(decisions)), *notes),
    )
    tell(1.0)
    return result


def _accounted(
    plan: Plan, close: FloatArray, bar: BoolArray, decisions: IntArray, weights: FloatArray
) -> tuple[FloatArray, Orders, Trades, int]:
    from apps.domain.engine import _kernels  # noqa: PLC0415 -- slow import

    close = np.ascontiguousarray(close)
    price = np.ascontiguousarray(plan.panel.field("open")[:, plan.first :]) if plan.at_open else close
    decision_at = np.full(close.shape[1], -1, dtype=np.int64)
    decision_at[decisions] = np.arange(len(decisions))
    curves = np.empty((3, close.shape[1]))
    book, decided = _kernels.account(
        price, close, bar, decision_at, weights, plan.capital, plan.rate, TOLERANCE, curves
    )
    days = plan.panel.days[plan.first :]
    trips = _kernels.round_trips(book, _last_close(close, bar), close.shape[0])
    return (
        curves,
        _orders(book, days),
        _trades(trips, days),
        int(np.sum((decided >= 0) & ((decided < len(days) - 1) | ~bar[:, -1]))),
    )


def _last_close(close: FloatArray, bar: BoolArray) -> FloatArray:
    last = close.shape[1] - 1 - np.argmax(bar[:, ::-1], axis=1)
    return np.where(bar.any(axis=1), close[np.arange(len(close)), last], np.nan)


def _orders(book: FloatArray, days: DayArray) -> Orders:
    columns = np.ascontiguousarray(book.T)
    decided, day, symbol, side = (column.astype(np.int64) for column in columns[:4])
    return Orders(days[decided], days[day], symbol, side, columns[4], columns[5], columns[6], columns[7])


def _trades(trips: FloatArray, days: DayArray) -> Trades:
    columns = np.ascontiguousarray(trips.T)
    symbol, entry, leave = (column.astype(np.int64) for column in columns[:3])
    is_open = leave < 0
    final = np.where(is_open, len(days) - 1, leave)
    return Trades(
        symbol=symbol,
        entry_day=days[entry],
        exit_day=np.where(is_open, np.datetime64("NaT", "D"), days[final]),
        entry_price=columns[3],
        exit_price=columns[4],
        shares=columns[5],
        net_return=columns[6] / columns[7],
        pnl=columns[6],
        days_held=final - entry,
        is_open=is_open,
    )


def _benchmark_equity(
    plan: Plan, panel: Panel, benchmark: Panel | None
) -> tuple[FloatArray | None, tuple[Diagnostic, ...]]:
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
