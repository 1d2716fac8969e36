"""`bt` (MIT) as a second engine: cash, positions, commissions and values are its own.

bt trades and marks at one price a row. A day is therefore two rows where orders fill at the open: its open, at which they
fill, and its close, at which it is marked and decided. What we tell it is the rule of orders (docs/engine.md, Trading), read
from bt's own accounts: how much a target is worth, what is held, what cash there is.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.adapters.engine import RefusedError

if TYPE_CHECKING:
    from apps.domain.engine import Instructions
    from apps.domain.values.panel import FloatArray

_MOST_CELLS = 20_000_000  # instruments times rows: about a minute of bt
_SMALLEST = 1e-9  # of equity: a smaller difference between target and position is no order
_ACTIONS = {"split": "splits", "dividend": "cash dividends", "delisting_return": "delistings"}


class BtEngine:
    """Follows market orders at the next open, the next close or the same close, with costs that depend on the fill alone."""

    key = "bt"
    name = "bt"

    def refusals(self, told: Instructions, /) -> tuple[str, ...]:
        costs, account = told.costs, told.account
        exits = (told.exits.stop_loss, told.exits.take_profit, told.exits.trailing_stop, told.exits.time_stop)
        shorts = bool(np.any(told.targets < 0.0))
        said = {
            "stops, targets or time exits": any(limit is not None for limit in exits),
            "a stop on drawdown": account.drawdown_stop is not None,
            f"{told.order.replace('_', '-')} orders": told.order != "market",
            f"{account.session} positions": account.session != "whole_day",
            "partial fills by participation in volume": costs.max_participation is not None,
            "market impact, which needs the volume of the bar": costs.impact > 0.0,
            "interest and financing of cash": costs.financing > 0.0 or costs.cash_interest > 0.0,
            "shorts with a borrow cost": shorts and costs.borrow > 0.0,
            "a run that ended in ruin": "ruin" in told.reasons,
            f"this size: {self._cells(told):,} prices, the most is {_MOST_CELLS:,}": self._cells(told) > _MOST_CELLS,
        }
        actions = tuple(_ACTIONS[name] for name in told.actions)
        return tuple(words for words, holds in said.items() if holds) + actions

    def equity(self, told: Instructions, /, *, progress: Callable[[float], None]) -> FloatArray:
        reasons = self.refusals(told)
        if reasons:
            raise RefusedError(self.name, reasons)
        if not told.symbols:
            return np.full(len(told.days), told.account.capital)
        bt = importlib.import_module("bt")
        rows = _Rows(told)
        book = _Book(told, rows, progress)
        strategy = bt.Strategy("followed", [book.step], children=list(told.symbols))
        test = bt.Backtest(
            strategy,
            rows.prices,
            initial_capital=told.account.capital,
            commissions=book.cost,
            integer_positions=False,  # whole shares, where they are asked for, are part of the order
            progress_bar=False,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its statistics, which we do not read, divide by zero on flat curves
            test.run()
        values = np.asarray(test.strategy.values.loc[rows.closes].to_numpy(), dtype=np.float64)
        if not np.isfinite(values).all():
            raise RefusedError(self.name, (f"the equity of {told.days[np.isnan(values).argmax()]}",))
        return values

    def _cells(self, told: Instructions) -> int:
        return len(told.symbols) * len(told.days) * (2 if told.fill == "next_open" else 1)


class _Rows:
    """The rows of prices as bt reads them. `places` gives the day of each row, `is_close` whether it is the day's close,
    `usable` (n_rows, n_symbols) where an order can fill."""

    def __init__(self, told: Instructions) -> None:
        import pandas as pd  # noqa: PLC0415 -- slow import

        self.closes = pd.DatetimeIndex(told.days.astype("datetime64[s]"))
        marks = pd.DataFrame(np.where(told.bar, told.close, np.nan).T).ffill().to_numpy()
        fills = told.bar.T & np.isfinite(marks)
        n = len(told.days)
        if told.fill != "next_open" or told.open is None:
            self.index, self.places, self.is_close, self.usable = self.closes, np.arange(n), np.ones(n, bool), fills
            self.prices = pd.DataFrame(marks, index=self.index, columns=list(told.symbols))
            return
        opens = told.open.T
        usable = fills & np.isfinite(opens) & (opens > 0.0)
        before = np.vstack([np.full((1, marks.shape[1]), np.nan), marks[:-1]])
        table = np.empty((2 * n, marks.shape[1]))
        table[0::2], table[1::2] = np.where(usable, opens, before), marks
        self.usable = np.zeros(table.shape, dtype=bool)
        self.usable[0::2] = usable
        stamps = np.repeat(told.days.astype("datetime64[s]"), 2)
        stamps[0::2] -= np.timedelta64(1, "s")
        self.index = pd.DatetimeIndex(stamps)
        self.places, self.is_close = np.repeat(np.arange(n), 2), np.tile([False, True], n)
        self.prices = pd.DataFrame(table, index=self.index, columns=list(told.symbols))


class _Book:
    """Turns targets into orders, and orders into bt's transactions."""

    def __init__(self, told: Instructions, rows: _Rows, progress: Callable[[float], None]) -> None:
        self._told, self._rows, self._progress = told, rows, progress
        self._decided = {int(day): at for at, day in enumerate(told.decisions)}
        self._waiting: dict[int, tuple[float, float]] = {}  # to sell or buy back (inf: all of it), to open (signed)
        self._row = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> _Book:
        """bt copies strategies before they run; the prices and the worker behind `progress` are not copied."""
        return self

    def cost(self, quantity: float, price: float) -> float:
        """Commission and half the spread, as bt asks for them."""
        costs, shares = self._told.costs, abs(quantity)
        if shares == 0.0:
            return 0.0
        fee = max(shares * price * costs.rate + shares * costs.per_share, costs.minimum)
        return fee + shares * price * costs.half_spread

    def step(self, target: Any) -> bool:
        """One row: fill what waits, then decide at a close, then fill at that close where the rules say so."""
        row, self._row = self._row, self._row + 1
        if row % 250 == 0:
            self._progress(row / len(self._rows.index))
        is_close, same = bool(self._rows.is_close[row]), self._told.fill == "same_close"
        if not same:
            self._fill(target, row)
        decision = self._decided.get(int(self._rows.places[row])) if is_close else None
        if decision is not None:
            self._decide(target, decision)
            if same:
                self._fill(target, row)
        return True

    def _decide(self, target: Any, decision: int) -> None:
        equity = float(target.value)
        for at, weight in enumerate(self._told.targets[:, decision]):
            if np.isnan(weight):
                continue
            self._waiting.pop(at, None)
            position, wanted = self._worth(target, at), float(weight) * equity
            difference = wanted - position
            if wanted == 0.0:
                if position != 0.0:
                    self._waiting[at] = (np.inf, 0.0)
            elif abs(difference) <= _SMALLEST * equity:
                continue
            elif position * wanted < 0.0:
                self._waiting[at] = (np.inf, wanted)
            elif abs(wanted) < abs(position):
                self._waiting[at] = (abs(difference), 0.0)
            else:
                self._waiting[at] = (0.0, difference)

    def _fill(self, target: Any, row: int) -> None:
        """What reduces first, then short sales, then purchases within the budget."""
        ready = [at for at in sorted(self._waiting) if self._rows.usable[row, at]]
        if not ready:
            return
        orders = {at: self._waiting.pop(at) for at in ready}
        prices = self._rows.prices.to_numpy()[row]
        for at, (reduce, _) in orders.items():
            held = self._shares(target, at)
            if reduce > 0.0 and held != 0.0:
                shares = abs(held) if np.isinf(reduce) else min(abs(held), self._whole(reduce / prices[at]))
                target.transact(-np.sign(held) * shares, self._told.symbols[at])
        for at, (_, more) in orders.items():
            if more < 0.0:
                target.transact(-self._whole(-more / prices[at]), self._told.symbols[at])
        buys = {at: more for at, (_, more) in orders.items() if more > 0.0}
        if not buys:
            return
        factor = self._factor(buys, prices, self._budget(target))
        for at, more in buys.items():
            target.transact(self._whole(more * factor / prices[at]), self._told.symbols[at])

    def _budget(self, target: Any) -> float:
        """Cash less the value of shorts, and what leverage adds."""
        worth = [self._worth(target, at) for at in range(len(self._told.symbols))]
        free = float(target.capital) + sum(value for value in worth if value < 0.0)
        more = self._told.account.max_long - 1.0
        if more > 0.0:
            free += more * max(0.0, free + sum(value for value in worth if value > 0.0))
        return max(free, 0.0)

    def _factor(self, buys: dict[int, float], prices: FloatArray, budget: float) -> float:
        """The one factor by which purchases shrink so that the budget suffices."""

        def need(factor: float) -> float:
            shares = {at: self._whole(more * factor / prices[at]) for at, more in buys.items()}
            return float(sum(n * prices[at] + self.cost(n, prices[at]) for at, n in shares.items()))

        whole = need(1.0)
        if whole <= budget:
            return 1.0
        costs = self._told.costs
        if not (self._told.account.whole_shares or costs.per_share or costs.minimum):
            return budget / whole
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2.0
            low, high = (middle, high) if need(middle) <= budget else (low, middle)
        return low

    def _whole(self, shares: float) -> float:
        return float(np.floor(shares + 1e-9)) if self._told.account.whole_shares else float(shares)

    def _shares(self, target: Any, at: int) -> float:
        child = target.children.get(self._told.symbols[at])
        return 0.0 if child is None else float(child.position)

    def _worth(self, target: Any, at: int) -> float:
        child = target.children.get(self._told.symbols[at])
        return 0.0 if child is None or child.position == 0.0 else float(child.value)
