"""The engine beside its peers: same paths, same rules, same process. Read the ratios, not the milliseconds.

Run with `python -m benchmarks.engine`. A peer that is not installed says so.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from apps.domain.engine import run
from apps.domain.engine.calendar import decision_mask
from apps.domain.language import RunnableSpecification
from apps.domain.metrics import measure
from apps.domain.values import Panel

CAPITAL = 1_000_000.0
BUDGETS_MS = {"one name": 3.0, "twenty names": 30.0}


def _panel(*, n_symbols: int, n_days: int, start: str, seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, (n_symbols, n_days)), axis=1))
    opening = np.empty_like(close)
    opening[:, 0] = 100.0
    opening[:, 1:] = close[:, :-1] * np.exp(rng.normal(0.0, 0.004, (n_symbols, n_days - 1)))
    days = np.arange(np.datetime64(start, "D"), np.datetime64(start, "D") + 2 * n_days)
    symbols = tuple(f"S{i:03d}" for i in range(n_symbols))
    return Panel(days=days[np.is_busday(days)][:n_days], symbols=symbols, close=close, open=opening)


def _spec(selection: dict[str, str], numbers: dict[str, tuple[float, str]], period: str) -> RunnableSpecification:
    values: dict[str, tuple[object, str]] = {
        "dataset": ("bench", "dataset"), "symbols": ([], "symbols"), "rebalance": (period, "choice"),
        "fill": ("next_open", "choice"), "cost": (5.0, "bps"), "capital": (CAPITAL, "currency"), **numbers,
    }  # fmt: skip
    return RunnableSpecification.model_validate(
        {
            "meta": {"name": "Benchmark"},
            "data": {"dataset": "dataset"},
            "universe": {"symbols": "symbols"},
            "selection": selection,
            "schedule": {"rebalance": "rebalance"},
            "execution": {"fill": "fill", "cost": "cost"},
            "evaluation": {"capital": "capital"},
            "parameters": {
                name: {"label": name, "unit": unit, "status": "stated", "value": value}
                for name, (value, unit) in values.items()
            },
        }
    )


def _crossing() -> RunnableSpecification:
    quick, calm = "sma(close, fast)", "sma(close, slow)"
    return _spec(
        {
            "kind": "per_asset",
            "enter": f"crosses_above({quick}, {calm})",
            "exit": f"crosses_below({quick}, {calm})",
        },
        {"fast": (20, "days"), "slow": (50, "days")},
        "daily",
    )


def _momentum(count: int) -> RunnableSpecification:
    return _spec(
        {"kind": "top_n", "by": "trailing_return(close, lookback, skip)", "count": "count"},
        {"lookback": (12, "months"), "skip": (1, "months"), "count": (count, "count")},
        "monthly",
    )


def _median_ms(call: Callable[[], object], n: int) -> float:
    call()
    taken = []
    for _ in range(n):
        begun = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


def _signals(panel: Panel) -> tuple[pd.Series, pd.Series]:
    close = pd.Series(panel.close[0], index=pd.DatetimeIndex(panel.days))
    gap = close.rolling(20).mean() - close.rolling(50).mean()
    return (gap > 0) & (gap.shift(1) <= 0), (gap < 0) & (gap.shift(1) >= 0)


def _bt(panel: Panel) -> Callable[[], float] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import bt
    except ImportError:
        return None

    def backtest() -> float:
        enter, leave = _signals(panel)
        state = pd.Series(np.where(enter, 1.0, np.where(leave, 0.0, np.nan)), index=enter.index).ffill().fillna(0.0)
        weights = state.shift(1).fillna(0.0).to_frame("S000")
        changes = weights[weights["S000"].diff().fillna(weights["S000"]) != 0.0]
        test = bt.Backtest(
            bt.Strategy("peer", [bt.algos.WeighTarget(changes), bt.algos.Rebalance()]),
            pd.DataFrame({"S000": panel.field("open")[0]}, index=enter.index),
            initial_capital=CAPITAL,
            integer_positions=False,
            commissions=lambda quantity, price: abs(quantity) * price * 0.0005,
            progress_bar=False,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(bt.run(test).backtests["peer"].strategy.values.iloc[-1])

    return backtest


def _raptorbt(panel: Panel) -> Callable[[], float] | None:
    try:
        import raptorbt
    except ImportError:
        return None

    opening, close = panel.field("open")[0], panel.close[0]
    high, low, volume = np.maximum(opening, close), np.minimum(opening, close), np.ones(len(close))
    stamps = panel.days.astype("datetime64[ns]").astype(np.int64)
    config = raptorbt.BacktestConfig(initial_capital=CAPITAL, fees=0.0005, fill_timing="next_bar_open")

    def backtest() -> float:
        gap = raptorbt.sma(close, 20) - raptorbt.sma(close, 50)
        before = np.append(np.nan, gap[:-1])
        outcome = raptorbt.run_single_backtest(
            stamps, opening, high, low, close, volume, (gap > 0) & (before <= 0), (gap < 0) & (before >= 0),
            config=config,
        )  # fmt: skip
        return float(outcome.equity_curve()[-1])

    return backtest


def _line(name: str, milliseconds: float, ours: float | None, note: str = "") -> None:
    ratio = "" if ours is None else f"{milliseconds / ours:10.1f} x"
    print(f"  {name:<34}{milliseconds:10.2f} ms{ratio:>14}  {note}")


def _one_name() -> bool:
    from benchmarks.bare_kernels import crossing

    panel, spec = _panel(n_symbols=1, n_days=5033, start="2000-01-03", seed=7), _crossing()
    result = run(spec=spec, panel=panel)
    ours = _median_ms(lambda: run(spec=spec, panel=panel), 51)
    print("One name, 20 years daily, SMA 20/50, next open, 5 bps")
    marked = float(
        result.cash[-1] + (result.equity[-1] - result.cash[-1]) / panel.close[0, -1] * panel.field("open")[0, -1]
    )
    _line("this engine, the whole run", ours, None, f"final equity {result.equity[-1]:.4f}, at the open {marked:.4f}")
    given = (panel.field("open")[0], panel.close[0], 20, 50, 0.0005, CAPITAL)
    bare = _median_ms(lambda: crossing(*given), 51)
    _line("a hand-written loop", bare, ours, f"final equity {crossing(*given)[0][-1]:.4f}")
    _line("its 25 measures", _median_ms(lambda: measure(result), 21), None)
    for name, build in (("bt", _bt), ("raptorbt", _raptorbt)):
        peer = build(panel)
        if peer is None:
            print(f"  {name:<34}not installed")
            continue
        _line(name, _median_ms(peer, 3), ours, f"final equity {peer():.4f}")
    return ours < BUDGETS_MS["one name"]


def _twenty_names() -> bool:
    panel, spec = _panel(n_symbols=20, n_days=8316, start="1990-01-02", seed=8), _momentum(5)
    ours = _median_ms(lambda: run(spec=spec, panel=panel), 21)
    print("Twenty names, 33 years daily, monthly top 5 by 12-1 return, shared cash")
    _line("this engine, the whole run", ours, None, f"{len(run(spec=spec, panel=panel).orders)} orders")
    return ours < BUDGETS_MS["twenty names"]


def _five_hundred_names() -> None:
    from benchmarks.bare_kernels import rotation

    panel = _panel(n_symbols=500, n_days=5033, start="2000-01-03", seed=9)
    print("Five hundred names, 20 years daily, shared cash")
    spec = _momentum(50)
    ours = _median_ms(lambda: run(spec=spec, panel=panel), 5)
    result = run(spec=spec, panel=panel)
    _line("monthly top 50 by 12-1 return", ours, None, f"{len(result.orders)} orders, final {result.equity[-1]:.2f}")
    decides = decision_mask(days=panel.days, frequency="monthly", on="last")
    given = (panel.field("open"), panel.close, decides, 252, 21, 50, 0.0005, CAPITAL)
    bare = _median_ms(lambda: rotation(*given), 5)
    equity, orders = rotation(*given)
    _line("a hand-written loop", bare, ours, f"{orders} orders, final {equity[-1]:.2f}")
    _line("daily SMA 20/50", _median_ms(lambda: run(spec=_crossing(), panel=panel), 3), None)


def _minutes(n_days: int = 500, seed: int = 10) -> Panel:
    """Minute bars of sessions of 390 minutes."""
    rng = np.random.default_rng(seed)
    n = n_days * 390
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0005, n)))
    opening = np.concatenate([[100.0], close[:-1]])
    high = np.maximum(opening, close) * np.exp(np.abs(rng.normal(0.0, 0.0002, n)))
    low = np.minimum(opening, close) * np.exp(-np.abs(rng.normal(0.0, 0.0002, n)))
    sessions = np.busday_offset("2022-01-03", np.arange(n_days), roll="forward").astype("datetime64[m]")
    stamps = (sessions[:, None] + np.arange(571, 961)[None, :]).ravel()
    fields = {"open": opening, "high": high, "low": low, "close": close}
    return Panel(days=stamps, symbols=("S000",), **{name: values[None, :] for name, values in fields.items()})


def _reversal() -> RunnableSpecification:
    numbers = {
        "window": (14, "count"), "below": (30, "number"), "above": (70, "number"), "stop": (0.01, "fraction"),
        "goal": (0.02, "fraction"), "cost": (1.0, "bps"),
    }  # fmt: skip
    selection = {
        "kind": "per_asset", "enter": "crosses_below(rsi(close, 14), below)", "exit": "crosses_above(rsi(close, 14), above)",
    }  # fmt: skip
    content = _spec(selection, numbers, "daily").model_dump(mode="json")
    content["overlay"] = {"stop_loss": "stop", "take_profit": "goal"}
    content["parameters"].pop("window")
    return RunnableSpecification.model_validate(content)


def _minute_bars() -> None:
    from benchmarks.bare_kernels import reversal

    panel, spec = _minutes(), _reversal()
    print("One name, 195,000 minute bars, RSI(14) 30/70, stop 1 %, target 2 %")
    ours = _median_ms(lambda: run(spec=spec, panel=panel), 5)
    result = run(spec=spec, panel=panel)
    closed = int(np.sum(~result.trades.is_open))
    _line("this engine, the whole run", ours, None, f"{closed} trades, final {result.equity[-1]:.6f}")
    bars = (panel.field(name)[0] for name in ("open", "high", "low", "close"))
    given = (*bars, 14, 30.0, 70.0, 0.01, 0.02, 0.0001, CAPITAL)
    bare = _median_ms(lambda: reversal(*given), 11)
    equity, trades = reversal(*given)
    _line("a hand-written loop", bare, ours, f"{trades} trades, final {equity[-1]:.6f}")


def main() -> int:
    """Print the table; 1 when a budget is missed."""
    begun = time.perf_counter()
    run(spec=_crossing(), panel=_panel(n_symbols=1, n_days=300, start="2000-01-03", seed=7))
    print(f"First run of the process, numba and cached kernels loaded: {time.perf_counter() - begun:.2f} s")
    kept = [_one_name(), _twenty_names()]
    _five_hundred_names()
    _minute_bars()
    limits = ", ".join(f"{name} under {limit:g} ms" for name, limit in BUDGETS_MS.items())
    print(f"Budgets ({limits}): {'kept' if all(kept) else 'missed'}")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
