"""Specifications and panels for the tests of the engine."""

import numpy as np

from apps.domain.language.schema import RunnableSpecification
from apps.domain.values import Panel


def parameter(value, unit="number", label="A parameter"):
    return {"label": label, "unit": unit, "status": "stated", "value": value}


def spec(selection, *, parameters=None, signals=None, period="daily", on="last", fill="next_open", cost=5.0,
         symbols=(), over="selected", start=None, end=None, capital=1_000_000.0, benchmark=None):  # fmt: skip
    table = {
        "dataset": parameter("test", "dataset"),
        "symbols": parameter(list(symbols), "symbols"),
        "rebalance": parameter(period, "choice"),
        "fill": parameter(fill, "choice"),
        "cost": parameter(cost, "bps"),
        "capital": parameter(capital, "currency"),
        **(parameters or {}),
    }
    evaluation = {"capital": "capital"}
    for name, value, unit in (("start", start, "date"), ("end", end, "date"), ("benchmark", benchmark, "symbol")):
        if value is not None:
            table[name] = parameter(value, unit)
            evaluation[name] = name
    return RunnableSpecification.model_validate(
        {
            "meta": {"name": "A test"},
            "data": {"dataset": "dataset"},
            "universe": {"symbols": "symbols"},
            "signals": signals or {},
            "selection": selection,
            "weights": {"over": over},
            "schedule": {"rebalance": "rebalance", "on": on},
            "execution": {"fill": "fill", "cost": "cost"},
            "evaluation": evaluation,
            "parameters": table,
        }
    )


def crossing(fast=20, slow=50, **settings):
    return spec(
        {"kind": "per_asset", "enter": "crosses_above(quick, calm)", "exit": "crosses_below(quick, calm)"},
        signals={"quick": "sma(close, fast)", "calm": "sma(close, slow)"},
        parameters={"fast": parameter(fast, "days"), "slow": parameter(slow, "days")},
        **settings,
    )


def momentum(lookback=252, skip=21, count=5, side="top", **settings):
    return spec(
        {"kind": "top_n", "by": "trailing_return(close, lookback, skip)", "count": "count", "side": side},
        parameters={
            "lookback": parameter(lookback, "days"),
            "skip": parameter(skip, "days"),
            "count": parameter(count, "count"),
        },
        **settings,
    )


def always(**settings):
    return spec({"kind": "per_asset", "enter": "close > 0"}, **settings)


def weekdays(start, n):
    days = np.arange(np.datetime64(start, "D"), np.datetime64(start, "D") + 2 * n + 10)
    return days[np.is_busday(days)][:n]


def gbm(*, n_symbols=1, n_days=5033, seed=7, start="2000-01-03", missing=0.0):
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, (n_symbols, n_days)), axis=1))
    opening = np.empty_like(close)
    opening[:, 0] = 100.0
    opening[:, 1:] = close[:, :-1] * np.exp(rng.normal(0.0, 0.004, (n_symbols, n_days - 1)))
    gone = rng.random(close.shape) < missing
    close[gone] = np.nan
    opening[gone] = np.nan
    return Panel(
        days=weekdays(start, n_days), symbols=tuple(f"S{i:03d}" for i in range(n_symbols)), close=close, open=opening
    )


def panel_of(rows, *, start="2024-01-01", opens=None, symbols=None):
    close = np.array(rows, dtype=np.float64)
    return Panel(
        days=weekdays(start, close.shape[1]),
        symbols=symbols or tuple("ABCDEFGH"[: len(close)]),
        close=close,
        open=np.array(opens if opens is not None else rows, dtype=np.float64),
    )
