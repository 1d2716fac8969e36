"""The five workloads of the engine: made-up prices from fixed seeds, and the strategies that trade them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from apps.domain.language import RunnableSpecification
from apps.domain.values import Panel

CAPITAL = 1_000_000.0
PAIRS = tuple(product(range(5, 45), range(50, 200, 6)))
"""A thousand windows, fast and slow."""


def paths(*, n_symbols: int, n_days: int, start: str, seed: int) -> Panel:
    """Daily geometric paths."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, (n_symbols, n_days)), axis=1))
    opening = np.empty_like(close)
    opening[:, 0] = 100.0
    opening[:, 1:] = close[:, :-1] * np.exp(rng.normal(0.0, 0.004, (n_symbols, n_days - 1)))
    days = np.arange(np.datetime64(start, "D"), np.datetime64(start, "D") + 2 * n_days)
    symbols = tuple(f"S{i:03d}" for i in range(n_symbols))
    return Panel(days=days[np.is_busday(days)][:n_days], symbols=symbols, close=close, open=opening)


def one_name() -> Panel:
    """Twenty years of one name."""
    return paths(n_symbols=1, n_days=5033, start="2000-01-03", seed=7)


def five_hundred_names() -> Panel:
    """Twenty years of five hundred names."""
    return paths(n_symbols=500, n_days=5033, start="2000-01-03", seed=9)


def minutes(n_days: int = 500, seed: int = 10) -> Panel:
    """Minute bars of one name, in sessions of 390 minutes."""
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


def specification(
    selection: dict[str, str], numbers: dict[str, tuple[float, str]], period: str, **sections: dict[str, str]
) -> RunnableSpecification:
    """A strategy at the next open, 5 bps a fill unless `numbers` say otherwise."""
    values: dict[str, tuple[object, str]] = {
        "dataset": ("bench", "dataset"), "symbols": ([], "symbols"), "rebalance": (period, "choice"),
        "fill": ("next_open", "choice"), "cost": (5.0, "bps"), "capital": (CAPITAL, "currency"), **numbers,
    }  # fmt: skip
    content: dict[str, Any] = {
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
        **sections,
    }
    return RunnableSpecification.model_validate(content)


def crossing() -> RunnableSpecification:
    """In when the 20-day average crosses above the 50-day one, out when below."""
    quick, calm = "sma(close, fast)", "sma(close, slow)"
    rules = {
        "kind": "per_asset",
        "enter": f"crosses_above({quick}, {calm})",
        "exit": f"crosses_below({quick}, {calm})",
    }
    return specification(rules, {"fast": (20, "days"), "slow": (50, "days")}, "daily")


def momentum(count: int) -> RunnableSpecification:
    """The `count` best by 12-1 return, monthly, shared cash; two hundredths of it stay in cash, so that no purchase is cut."""
    rules = {"kind": "top_n", "by": "trailing_return(close, lookback, skip)", "count": "count"}
    numbers = {
        "lookback": (12, "months"),
        "skip": (1, "months"),
        "count": (count, "count"),
        "gross": (0.98, "fraction"),
    }
    return specification(rules, numbers, "monthly", weights={"kind": "equal", "gross_long": "gross"})


def reversal() -> RunnableSpecification:
    """RSI(14) below 30 to enter, above 70 to leave; stop 1 %, target 2 %, 1 bp."""
    rules = {
        "kind": "per_asset",
        "enter": "crosses_below(rsi(close, 14), below)",
        "exit": "crosses_above(rsi(close, 14), above)",
    }
    numbers = {
        "below": (30, "number"), "above": (70, "number"), "stop": (0.01, "fraction"), "goal": (0.02, "fraction"),
        "cost": (1.0, "bps"),
    }  # fmt: skip
    return specification(rules, numbers, "daily", overlay={"stop_loss": "stop", "take_profit": "goal"})
