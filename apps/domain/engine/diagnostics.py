"""What a reader of a result should be told before looking at its numbers."""

from __future__ import annotations

import numpy as np

from apps.domain.engine.accounting import REASONS, Accounts
from apps.domain.engine.result import BoolArray, Diagnostic, OrderTable
from apps.domain.engine.selection import Choice
from apps.domain.values.panel import DayArray, FloatArray

TINY = 1e-9
RECENT_DAYS = 10
"""A position whose last bar is older than this at the end of the window is called stale."""


def diagnose(
    accounts: Accounts, choice: Choice, days: DayArray, bar: BoolArray, n_decisions: int
) -> tuple[Diagnostic, ...]:
    """Sentences about a run that stayed out, warmed up late, met halts, was ruined or ended on stale marks."""
    return (
        *_ruin(accounts.orders),
        *_inactivity(accounts.exposure, choice, n_decisions),
        *_late_start(accounts.orders, choice, days),
        *(() if bar.all() else (*_halts(accounts.orders, accounts.waiting, days), *_stale(accounts.orders, bar))),
    )


def _ruin(orders: OrderTable) -> tuple[Diagnostic, ...]:
    ruined = orders.day[orders.reason == REASONS.index("ruin")]
    if not len(ruined):
        return ()
    sentence = f"Equity was used up on {ruined[0]}: every position was closed and trading stopped."
    return (Diagnostic("ruined", "warn", sentence),)


def _inactivity(exposure: FloatArray, selection: Choice, n_decisions: int) -> tuple[Diagnostic, ...]:
    if np.any(exposure > 0.0):
        return ()
    if n_decisions == 0:
        why = "the window holds no decision day"
    elif selection.n_defined == 0:
        why = "the rule was never defined: its windows are longer than the history"
    elif selection.n_fired == 0:
        why = "the entry never fired"
    else:
        why = "no order was filled before the window ended"
    return (Diagnostic("never_invested", "warn", f"Days in the market: 0 %. Reason: {why}."),)


def _late_start(orders: OrderTable, selection: Choice, days: DayArray) -> tuple[Diagnostic, ...]:
    if not len(orders) or selection.n_defined == 0:
        return ()
    wait = int(np.searchsorted(days, orders.day[0]))
    if wait <= len(days) // 10:
        return ()
    sentence = f"The first order was filled on {orders.day[0]}, {wait} trading days into the window of {len(days)}."
    return (Diagnostic("late_start", "info", sentence),)


def _halts(orders: OrderTable, waiting: int, days: DayArray) -> tuple[Diagnostic, ...]:
    gaps = np.searchsorted(days, orders.day) - np.searchsorted(days, orders.decided)
    delayed = int(np.sum(gaps > 1))
    found = []
    if delayed:
        sentence = (
            f"{delayed} of {len(orders)} orders waited for a halted instrument, the longest {int(gaps.max())} days."
        )
        found.append(Diagnostic("halted_orders", "info", sentence))
    if waiting:
        sentence = f"{waiting} {'order was' if waiting == 1 else 'orders were'} still waiting when the window ended."
        found.append(Diagnostic("waiting_orders", "info", sentence))
    return tuple(found)


def _stale(orders: OrderTable, bar: BoolArray) -> tuple[Diagnostic, ...]:
    silent = ~bar[:, -RECENT_DAYS:].any(axis=1)
    net = np.bincount(orders.symbol, weights=orders.side * orders.shares, minlength=len(bar))
    stale = int(np.sum(silent & (np.abs(net) > TINY)))
    if not stale:
        return ()
    subject = "position is" if stale == 1 else "positions are"
    sentence = f"{stale} open {subject} marked at a price more than {RECENT_DAYS} trading days old."
    return (Diagnostic("stale_marks", "warn", sentence),)
