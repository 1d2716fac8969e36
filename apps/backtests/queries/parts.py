"""The parts of a tear sheet that take time: each computed by the core from the stored files when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

import numpy as np

from apps.backtests.models import Backtest
from apps.backtests.queries.figures_trades import most_traded
from apps.backtests.queries.marks import marks_of
from apps.backtests.queries.stored import StoredRun, stored_run
from apps.domain.errors import DomainError
from apps.domain.metrics import (
    METRICS,
    FactorRegression,
    capacity,
    cost_bridge,
    factor_regression,
    regimes,
    simple_returns,
)
from apps.domain.metrics import month_ends as ends_of
from apps.marketdata import queries as marketdata

FACTORS = {
    "MKT-RF": "Market",
    "SMB": "Size",
    "HML": "Value",
    "MOM": "Momentum",
    "RMW": "Profitability",
    "CMA": "Investment",
}
PARTICIPATIONS = (0.01, 0.05, 0.10)
_FACTOR_SET, _RISK_FREE = "fama-french", "RF"
_LEAST_MONTHS = 24


class PartNotFoundError(DomainError):
    """A tear sheet has no part of that name."""

    code = "part_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its title, its template, and what makes its figures."""

    title: str
    template: str
    make: Callable[[StoredRun], dict[str, Any]]
    beside: Callable[[], dict[str, str]] = dict
    """What the part reads beside the run's own files, so that it is made again when that changes."""


def part(name: str) -> Part:
    """A part by its name; raises PartNotFoundError."""
    if name not in PARTS:
        raise PartNotFoundError(f"A tear sheet has no part “{name}”. It has: {', '.join(PARTS)}.", part=name)
    return PARTS[name]


def part_context(run: Backtest, /, *, name: str) -> dict[str, Any]:
    """What the template of a part shows. Raises PartNotFoundError, NotFinishedError."""
    return part(name).make(stored_run(run))


def seed_of(run: Backtest) -> int:
    """The seed of whatever is drawn at random for a run: from its fingerprint, so that it is the same each time."""
    return int(run.fingerprint[:12], 16)


def bridge(run: StoredRun) -> dict[str, Any]:
    """From prices to net, and the cost at which nothing would be left."""
    found = cost_bridge(run)
    gross, net = found.gross, found.net
    rows = [
        ("bridge.prices", "Prices", found.prices, ""),
        ("bridge.dividends", "Dividends in cash", found.dividends, ""),
        ("bridge.financing", "Interest less borrowing", found.financing, ""),
        ("bridge.gross", "Gross", gross, "total"),
        ("bridge.slippage", "Spread and impact", found.slippage, ""),
        ("bridge.fees", "Fees", found.fees, ""),
        ("bridge.net", "Net", net, "total"),
    ]
    kept = [row for row in rows if row[2] or row[3] or row[0] == "bridge.prices"]
    break_even = run.run.metrics.get("break_even_cost")
    return {
        "rows": [(*row, _share(row[2], gross)) for row in kept],
        "paid_bps": _bps(found.per_value),
        "break_even_bps": _bps(break_even),
        "margin": _ratio(break_even, found.per_value),
        "traded": found.traded,
    }


def attribution(run: StoredRun) -> dict[str, Any]:
    """How much of the return the benchmark explains, and how much common factors do; what is missing, in words."""
    context: dict[str, Any] = {"benchmark": run.benchmark_name, "market": None, "factors": None, "missing": []}
    if run.benchmark_equity is None:
        context["missing"].append("The specification names no benchmark, so there is no beta and no alpha to it.")
    else:
        found = factor_regression(
            simple_returns(run.equity), {run.benchmark_name: simple_returns(run.benchmark_equity)}
        )
        context["market"] = _regression_rows(found)
        context["regression"] = found
    found, words = _on_factors(run)
    if found is None:
        context["missing"].append(words)
    else:
        context["factors"], context["factor_regression"] = _regression_rows(found), found
        context["factor_words"] = words
    return context


def bootstrap(run: StoredRun) -> dict[str, Any]:
    """Intervals of the headline figures."""
    from apps.domain.overfitting import headline_intervals  # noqa: PLC0415 -- slow import

    found = headline_intervals(equity=run.equity, benchmark=run.benchmark_equity, seed=seed_of(run.run))
    labels = {"excess_return": ("Annual return above the benchmark", "fraction")}
    rows = [
        (row, *labels.get(row.measure, (METRICS[row.measure].label if row.measure in METRICS else "", "")))
        for row in (found.rows if found else ())
    ]
    return {
        "intervals": found,
        "seed": seed_of(run.run),
        "rows": [(row, label, unit or METRICS[row.measure].unit) for row, label, unit in rows],
    }


def regime_table(run: StoredRun) -> dict[str, Any]:
    """The run by kinds of days."""
    marks = marks_of(run.run)
    windows: dict[str, Any] = {}
    if marks.sample:
        windows["The document's sample"] = marks.sample
        windows["After the sample"] = (marks.sample[1] + timedelta(days=1), None)
    if marks.published:
        windows["Before publication"] = (None, marks.published)
        windows["After publication"] = (marks.published + timedelta(days=1), None)
    rows = regimes(days=run.days, equity=run.equity, benchmark=run.benchmark_equity, windows=windows)
    return {
        "groups": [(name, tuple(found)) for name, found in groupby(rows, key=lambda row: row.group)],
        "benchmark": run.benchmark_name if run.benchmark_equity is not None else "",
    }


def capacity_table(run: StoredRun) -> dict[str, Any]:
    """How much money the fills could have moved, or what is missing to say so."""
    plan = run.run.plan
    try:
        info = marketdata.data_set(key=plan["data_set"], snapshot_hash=plan["data_snapshot"])
        panel = marketdata.panel(key=info.key, symbols=run.symbols, snapshot_hash=info.snapshot_hash)
    except DomainError as error:
        return {"rows": [], "missing": error.message}
    if panel.volume is None:
        return {
            "rows": [],
            "missing": f"“{info.title}” carries no volumes; load data with volumes to learn the capacity.",
        }
    if not run.symbols:
        return {"rows": [], "missing": "Nothing was traded."}
    at = np.searchsorted(panel.days, run.days)
    volume = np.ascontiguousarray(panel.volume[:, at])
    rows = [(share, capacity(run, volume, participation=share)) for share in PARTICIPATIONS]
    known = [(share, value) for share, value in rows if value is not None and np.isfinite(value)]
    missing = "" if known else "No fill has a known volume on its bar."
    is_index = any("index" in text.lower() for text in (info.adjustment, info.title))
    return {"rows": known, "missing": missing, "capital": run.capital, "currency": info.currency, "is_index": is_index}


def price_choices(run: StoredRun) -> dict[str, Any]:
    """The instruments that can be looked at, most traded first."""
    return {"symbols": most_traded(run)}


def _factors_loaded() -> dict[str, str]:
    try:
        return {"factors": marketdata.data_set(key=_FACTOR_SET).snapshot_hash}
    except DomainError:
        return {"factors": ""}


PARTS: dict[str, Part] = {
    "bridge": Part("Cost bridge, gross to net", "backtests/parts/bridge.html", bridge),
    "attribution": Part("Attribution", "backtests/parts/attribution.html", attribution, _factors_loaded),
    "bootstrap": Part("How sure the figures are", "backtests/parts/bootstrap.html", bootstrap),
    "regimes": Part("Regimes", "backtests/parts/regimes.html", regime_table),
    "capacity": Part("Capacity", "backtests/parts/capacity.html", capacity_table),
    "price": Part("Trades on price", "backtests/parts/price.html", price_choices),
}


def _on_factors(run: StoredRun) -> tuple[FactorRegression | None, str]:
    """The regression of monthly excess returns on the loaded factors, and a sentence on it or on what is missing."""
    try:
        panel = marketdata.panel(key=_FACTOR_SET)
    except DomainError:
        return (
            None,
            "No factor series are loaded (data set “fama-french”), so returns are not set against common factors.",
        )
    at = ends_of(run.days)
    months = run.days[at].astype("datetime64[M]")
    own = np.append(run.equity[0], run.equity[at])
    returns = own[1:] / own[:-1] - 1.0
    if not _begins_a_month(run):
        months, returns = months[1:], returns[1:]
    theirs = panel.days.astype("datetime64[M]")
    both, mine, other = np.intersect1d(months, theirs, return_indices=True)
    if len(both) < _LEAST_MONTHS:
        span = f"{theirs[0]} to {theirs[-1]}"
        return (
            None,
            f"The factor series ({span}) share {len(both)} months with this run; a regression needs {_LEAST_MONTHS}.",
        )
    series = {symbol: panel.close[row][other] / 100.0 for row, symbol in enumerate(panel.symbols)}
    free = series.pop(_RISK_FREE, np.zeros(len(both)))
    found = factor_regression(
        returns[mine] - free, {FACTORS.get(k, k): v for k, v in series.items()}, periods_per_year=12
    )
    if found is None:
        return None, "The factors do not determine the coefficients over these months."
    return found, f"Monthly returns above the bill rate, {both[0]} to {both[-1]}, {found.n} months."


def _begins_a_month(run: StoredRun) -> bool:
    """Whether the first month is whole: it begins within its first four days."""
    return bool(run.days[0].astype("datetime64[D]").item().day <= 4)


def _regression_rows(found: FactorRegression | None) -> list[tuple[str, float, float | None]]:
    if found is None:
        return []
    return [(name, value, found.t_statistics[name]) for name, value in found.betas.items()]


def _bps(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 10_000, 1)


def _ratio(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


def _share(value: float, gross: float) -> float | None:
    return value / gross if gross else None
