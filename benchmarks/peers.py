"""What peers take for the five workloads, in an environment of their own.

`python -m benchmarks.peers FOLDER` runs in the environment of requirements/peers.txt, reads the arrays that
benchmarks.engine left in FOLDER, and prints one line of JSON per peer and workload: the median in milliseconds and the
final equity. It imports nothing of the platform.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

CAPITAL = 1_000_000.0
RATE = 0.0005


def _median_ms(call: Callable[[], object], n: int) -> float:
    call()
    taken = []
    for _ in range(n):
        begun = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


def _crossing_raptorbt(arrays: dict[str, np.ndarray], pairs: list[tuple[int, int]]) -> Callable[[], float]:
    import raptorbt

    stamps = arrays["days"].astype("datetime64[ns]").astype(np.int64)
    config = raptorbt.BacktestConfig(initial_capital=CAPITAL, fees=RATE, fill_timing="next_bar_open")

    def backtest() -> float:
        total = 0.0
        for s in range(len(arrays["close"])):
            opening, high, low, close = (
                np.ascontiguousarray(arrays[name][s]) for name in ("open", "high", "low", "close")
            )
            volume = np.ones(len(close))
            windows = {n for pair in pairs for n in pair}
            averages = {n: raptorbt.sma(close, n) for n in windows}
            for fast, slow in pairs:
                gap = averages[fast] - averages[slow]
                before = np.append(np.nan, gap[:-1])
                outcome = raptorbt.run_single_backtest(
                    stamps, opening, high, low, close, volume, (gap > 0) & (before <= 0), (gap < 0) & (before >= 0),
                    config=config,
                )  # fmt: skip
                total += float(outcome.equity_curve()[-1])
        return total

    return backtest


def _crossing_vectorbt(arrays: dict[str, np.ndarray], pairs: list[tuple[int, int]]) -> Callable[[], float]:
    import pandas as pd
    import vectorbt as vbt

    index = pd.DatetimeIndex(arrays["days"])
    close, opening = (pd.DataFrame(arrays[name].T, index=index) for name in ("close", "open"))

    def backtest() -> float:
        first = vbt.MA.run(close, [fast for fast, _ in pairs], short_name="fast")
        second = vbt.MA.run(close, [slow for _, slow in pairs], short_name="slow")
        enter, leave = first.ma_crossed_above(second), first.ma_crossed_below(second)
        prices = opening if len(pairs) == 1 else pd.concat([opening] * len(pairs), axis=1).to_numpy()
        portfolio = vbt.Portfolio.from_signals(
            close.iloc[:, 0] if close.shape[1] == 1 else close,
            enter.vbt.fshift(1), leave.vbt.fshift(1),
            price=np.asarray(prices), init_cash=CAPITAL, fees=RATE, freq="1D",
        )  # fmt: skip
        portfolio.trades.records  # noqa: B018 -- the records are made when asked for
        return float(np.sum(portfolio.value().iloc[-1]))

    return backtest


def _rotation_vectorbt(arrays: dict[str, np.ndarray]) -> Callable[[], float]:
    import pandas as pd
    import vectorbt as vbt

    index = pd.DatetimeIndex(arrays["days"])
    close, opening = (pd.DataFrame(arrays[name].T, index=index) for name in ("close", "open"))
    decides = arrays["decides"]

    def backtest() -> float:
        momentum = close.shift(21) / close.shift(252) - 1.0
        chosen = momentum[decides].rank(axis=1, ascending=False) <= 50
        target = pd.DataFrame(np.nan, index=index, columns=close.columns)
        target[decides] = 0.98 * chosen.astype(float) / 50
        target[momentum.isna().all(axis=1)] = np.nan
        portfolio = vbt.Portfolio.from_orders(
            close, size=target.shift(1), size_type="targetpercent", price=opening, init_cash=CAPITAL, fees=RATE,
            cash_sharing=True, group_by=True, call_seq="auto", freq="1D", val_price=close.shift(1),
        )  # fmt: skip
        portfolio.trades.records  # noqa: B018 -- the records are made when asked for
        return float(portfolio.value().iloc[-1])

    return backtest


def _crossing_bt(arrays: dict[str, np.ndarray]) -> Callable[[], float]:
    import bt
    import pandas as pd

    index = pd.DatetimeIndex(arrays["days"])
    close, opening = pd.Series(arrays["close"][0], index=index), arrays["open"][0]

    def backtest() -> float:
        gap = close.rolling(20).mean() - close.rolling(50).mean()
        enter, leave = (gap > 0) & (gap.shift(1) <= 0), (gap < 0) & (gap.shift(1) >= 0)
        state = pd.Series(np.where(enter, 1.0, np.where(leave, 0.0, np.nan)), index=index).ffill().fillna(0.0)
        weights = state.shift(1).fillna(0.0).to_frame("S000")
        changes = weights[weights["S000"].diff().fillna(weights["S000"]) != 0.0]
        test = bt.Backtest(
            bt.Strategy("peer", [bt.algos.WeighTarget(changes), bt.algos.Rebalance()]),
            pd.DataFrame({"S000": opening}, index=index),
            initial_capital=CAPITAL,
            integer_positions=False,
            commissions=lambda quantity, price: abs(quantity) * price * RATE,
            progress_bar=False,
        )
        return float(bt.run(test).backtests["peer"].strategy.values.iloc[-1])

    return backtest


def _reversal_backtesting(arrays: dict[str, np.ndarray]) -> Callable[[], float]:
    import pandas as pd
    from backtesting import Backtest, Strategy

    bars = pd.DataFrame(
        {name.title(): arrays[name][0] for name in ("open", "high", "low", "close")},
        index=pd.DatetimeIndex(arrays["days"]),
    )
    bars["Volume"] = 1.0

    class Reversal(Strategy):
        def init(self) -> None:
            self.index = self.I(_wilder, self.data.Close, 14)

        def next(self) -> None:
            if len(self.index) < 2:
                return
            before, now = self.index[-2], self.index[-1]
            if self.position:
                if before <= 70.0 < now:
                    self.position.close()
            elif before >= 30.0 > now:
                self.buy(size=0.9999999)
            for trade in self.trades:
                trade.sl = trade.entry_price * 0.99
                trade.tp = trade.entry_price * 1.02

    test = Backtest(bars, Reversal, cash=CAPITAL, commission=0.0001, trade_on_close=False, exclusive_orders=False)

    def backtest() -> float:
        return float(test.run()["Equity Final [$]"])

    return backtest


def _wilder(close: np.ndarray, n: int) -> np.ndarray:
    change = np.diff(np.asarray(close))
    up, down = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    out = np.full(len(close), np.nan)
    gain, loss = up[:n].mean(), down[:n].mean()
    for t in range(n, len(close)):
        if t > n:
            gain, loss = (gain * (n - 1) + up[t - 1]) / n, (loss * (n - 1) + down[t - 1]) / n
        out[t] = 100.0 * gain / (gain + loss) if gain + loss > 0.0 else 50.0
    return out


def _reversal_vectorbt(arrays: dict[str, np.ndarray]) -> Callable[[], float]:
    import pandas as pd
    import vectorbt as vbt

    index = pd.DatetimeIndex(arrays["days"])
    opening, high, low, close = (pd.Series(arrays[name][0], index=index) for name in ("open", "high", "low", "close"))
    wilder = vbt.RSI.run(close, 14, ewm=True).rsi

    def backtest() -> float:
        before = wilder.shift(1)
        enter, leave = (before >= 30) & (wilder < 30), (before <= 70) & (wilder > 70)
        portfolio = vbt.Portfolio.from_signals(
            close, enter.shift(1, fill_value=False), leave.shift(1, fill_value=False), price=opening, open=opening,
            high=high, low=low, sl_stop=0.01, tp_stop=0.02, init_cash=CAPITAL, fees=0.0001, freq="1min",
            stop_entry_price="fillprice",
        )  # fmt: skip
        return float(portfolio.value().iloc[-1])

    return backtest


Workload = tuple[str, str, Callable[[dict[str, np.ndarray]], Callable[[], float]], int]


def _pairs(arrays: dict[str, np.ndarray]) -> list[tuple[int, int]]:
    return [(int(fast), int(slow)) for fast, slow in arrays["pairs"]]


WORKLOADS: tuple[Workload, ...] = (
    ("W1", "raptorbt", lambda a: _crossing_raptorbt(a, [(20, 50)]), 31),
    ("W1", "vectorbt", lambda a: _crossing_vectorbt(a, [(20, 50)]), 5),
    ("W1", "bt", _crossing_bt, 3),
    ("W2", "raptorbt", lambda a: _crossing_raptorbt(a, [(20, 50)]), 5),
    ("W2", "vectorbt", lambda a: _crossing_vectorbt(a, [(20, 50)]), 3),
    ("W3", "raptorbt", lambda a: _crossing_raptorbt(a, _pairs(a)), 5),
    ("W3", "vectorbt", lambda a: _crossing_vectorbt(a, _pairs(a)), 3),
    ("W4", "vectorbt", _rotation_vectorbt, 3),
    ("W5", "backtesting.py", _reversal_backtesting, 2),
    ("W5", "vectorbt, other semantics", _reversal_vectorbt, 3),
)


def _measured(folder: Path) -> Iterator[dict[str, object]]:
    for workload, peer, build, n in WORKLOADS:
        arrays = dict(np.load(folder / f"{workload}.npz"))
        try:
            backtest = build(arrays)
            yield {"workload": workload, "peer": peer, "ms": _median_ms(backtest, n), "final": backtest()}
        except ImportError:
            yield {"workload": workload, "peer": peer, "missing": True}
        except Exception as error:  # a peer that breaks is said, and the others are still measured
            yield {"workload": workload, "peer": peer, "failed": f"{type(error).__name__}: {error}"}


def main() -> int:
    """One line of JSON per peer and workload."""
    warnings.simplefilter("ignore")
    for line in _measured(Path(sys.argv[1])):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
