"""What a run tells a portfolio to do, for another engine to do it: targets by day, the terms of trading and the prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.domain.engine.accounting import REASONS, Account, Costs, Exits
from apps.domain.engine.plan import plan_of
from apps.domain.engine.result import BoolArray, IntArray, Result
from apps.domain.engine.terms import account_of, costs_of, exits_of
from apps.domain.language.schema import RunnableSpecification
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import DayArray, FloatArray, Panel


@dataclass(frozen=True, slots=True, eq=False)
class Instructions:
    """Signals come from us, accounting from who follows these.

    Prices and `bar` have shape (n_symbols, n_days) of the window; `open` is None where the fill needs none. `decisions` are
    indices of days; `targets` (n_symbols, n_decisions) are signed weights of equity at the close, NaN for a position that is
    left alone. `actions` names the corporate actions that the data carry in the window; `reasons` why fills happened that no
    decision caused.
    """

    symbols: tuple[str, ...]
    days: DayArray
    open: FloatArray | None
    close: FloatArray
    bar: BoolArray
    decisions: IntArray
    targets: FloatArray
    fill: str
    order: str
    costs: Costs
    exits: Exits
    account: Account
    actions: tuple[str, ...]
    reasons: tuple[str, ...]


def instructions(*, spec: RunnableSpecification, panel: Panel | Inputs, result: Result) -> Instructions:
    """What `spec` on `panel` told the portfolio to do, with the targets of its `result`, cut to the instruments that it ever
    held or wanted."""
    plan = plan_of(spec=spec, inputs=panel if isinstance(panel, Inputs) else Inputs(panel=panel))
    window = slice(plan.first, plan.last + 1)
    wanted = np.any(np.nan_to_num(result.weights) != 0.0, axis=1)
    wanted[result.orders.symbol] = True
    rows = np.flatnonzero(wanted)
    prices = plan.panel
    return Instructions(
        symbols=tuple(prices.symbols[row] for row in rows),
        days=prices.days[window],
        open=None if prices.open is None or plan.fill != "next_open" else prices.open[rows, window],
        close=prices.close[rows, window],
        bar=prices.bar[rows, window],
        decisions=np.searchsorted(prices.days[window], result.decision_days),
        targets=result.weights[rows],
        fill=plan.fill,
        order=spec.execution.order,
        costs=costs_of(plan.values),
        exits=exits_of(plan.values),
        account=account_of(plan),
        actions=tuple(name for name, still in _STILL.items() if _acts(plan.inputs, name, still, rows, window)),
        reasons=tuple(REASONS[code] for code in np.unique(result.orders.reason) if REASONS[code] != "decision"),
    )


_STILL = {"split": 1.0, "dividend": 0.0, "delisting_return": np.nan}  # the value of a day on which nothing happens


def _acts(inputs: Inputs, name: str, still: float, rows: IntArray, window: slice) -> bool:
    held = inputs.fields.get(name)
    if held is None:
        return False
    values = held[rows, window]
    return bool(np.any(np.isfinite(values) & (values != still) & ((values != 0.0) | (name == "delisting_return"))))
