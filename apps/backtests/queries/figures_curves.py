"""Figures of curves: growth, years, rolling measures, distributions, exposure."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.backtests.queries.figure_tables import Table
from apps.backtests.queries.marks import marks_of
from apps.backtests.queries.stored import StoredRun
from apps.domain.metrics import (
    drawdown_curve,
    max_drawdown,
    month_ends,
    monthly_returns,
    rolling_beta,
    rolling_sharpe,
    rolling_volatility,
    simple_returns,
    value_at_risk_95,
    value_at_risk_95_normal,
)
from apps.web.queries import (
    Curve,
    bars_figure,
    bins,
    distribution_figure,
    equity_figure,
    formats,
    panels_figure,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROLLING_DAYS = 126
_DAY_BIN, _MONTH_BIN = 0.0025, 0.01
_NORMAL = NormalDist()
Asked = Mapping[str, str]


def equity(run: StoredRun, asked: Asked) -> go.Figure:
    """Growth of 100 and drawdown, linear or with `scale` log, with the document's sample and its publication."""
    marks = marks_of(run.run)
    first, last = run.days[0].astype("datetime64[D]").item(), run.days[-1].astype("datetime64[D]").item()
    events = {}
    if marks.sample and first < marks.sample[1] < last:
        events["Sample ends"] = marks.sample[1]
    if marks.published and first < marks.published < last:
        events["Published"] = marks.published
    sample = marks.sample
    shown = (max(sample[0], first), min(sample[1], last)) if sample and sample[0] < last and sample[1] > first else None
    if len(events) == 2 and abs((events["Published"] - events["Sample ends"]).days) < (last - first).days * 0.08:
        events = {"Sample ends, published": events["Published"]} | {" ": events["Sample ends"]}
    return equity_figure(
        dates=run.dates(),
        strategy=run.equity,
        benchmark=run.benchmark_equity,
        benchmark_name=run.benchmark_name,
        log=asked.get("scale") == "log",
        window=shown,
        events=events,
    )


def equity_table(run: StoredRun, asked: Asked) -> Table:
    """Growth of 100 and drawdown at each month's end."""
    at = month_ends(run.days)
    wealth, fall = run.equity / run.equity[0] * 100, drawdown_curve(run.equity)
    columns = ["Month", "Strategy", "Drawdown"]
    series = [(formats.num, wealth), (formats.pct, fall)]
    other = run.benchmark_equity
    if other is not None:
        columns += [run.benchmark_name, f"{run.benchmark_name} drawdown"]
        series += [(formats.num, other / other[0] * 100), (formats.pct, drawdown_curve(other))]
    return Table(tuple(columns), _monthly_rows(run, at, series), "At the last close of each month.")


def years(run: StoredRun, asked: Asked) -> go.Figure:
    """Returns by calendar year, beside the benchmark's."""
    labels, own, other = _years(run)
    series = [Curve("Strategy", own)]
    if other is not None:
        series.append(Curve(run.benchmark_name, other, "benchmark"))
    return bars_figure(labels=labels, series=series)


def years_table(run: StoredRun, asked: Asked) -> Table:
    """Returns by calendar year and their difference."""
    labels, own, other = _years(run)
    if other is None:
        rows = [(str(y), formats.signed_pct(v)) for y, v in zip(labels, own, strict=True)]
        return Table(("Year", "Strategy"), tuple(rows), "First and last years may be partial.")
    triples = zip(labels, own, other, strict=True)
    rows_of_three = tuple(
        (str(y), formats.signed_pct(a), formats.signed_pct(b), formats.pp(a - b)) for y, a, b in triples
    )
    return Table(
        ("Year", "Strategy", run.benchmark_name, "Difference"), rows_of_three, "First and last years may be partial."
    )


def rolling(run: StoredRun, asked: Asked) -> go.Figure:
    """Sharpe ratio, volatility and, beside a benchmark, beta of the last 126 returns."""
    panels: dict[str, tuple[str, list[Curve]]] = {}
    for title, (number_format, own, other) in _rolled(run).items():
        curves = [Curve("Strategy", own)]
        if other is not None:
            curves.append(Curve(run.benchmark_name, other, "benchmark"))
        panels[title] = (number_format, curves)
    return panels_figure(dates=run.dates(), panels=panels)


def rolling_table(run: StoredRun, asked: Asked) -> Table:
    """Rolling measures at each month's end."""
    shown = {".1f": formats.num, ".0%": formats.pct, ".2f": formats.num}
    columns, series = ["Month"], []
    for title, (number_format, own, other) in _rolled(run).items():
        columns.append(title)
        series.append((shown[number_format], own))
        if other is not None:
            columns.append(f"{title}, {run.benchmark_name}")
            series.append((shown[number_format], other))
    at = month_ends(run.days)
    note = f"Over the last {ROLLING_DAYS} daily returns, at the last close of each month."
    return Table(tuple(columns), _monthly_rows(run, at[at >= ROLLING_DAYS], series), note)


def daily(run: StoredRun, asked: Asked) -> go.Figure:
    """Daily returns in bins of a quarter of a percent, what a normal distribution would give, and values at risk."""
    returns = simple_returns(run.equity)
    marks = {"VaR 95 %": value_at_risk_95(returns), "normal VaR": value_at_risk_95_normal(returns)}
    return distribution_figure(
        values=returns,
        width=_DAY_BIN,
        noun="days",
        expected=_normal_counts(returns, _DAY_BIN),
        marks={name: value for name, value in marks.items() if value is not None},
    )


def daily_table(run: StoredRun, asked: Asked) -> Table:
    """The bins of daily returns."""
    return _bins_table(simple_returns(run.equity), _DAY_BIN, "Days")


def monthly(run: StoredRun, asked: Asked) -> go.Figure:
    """Calendar-month returns in bins of one percent, what a normal distribution would give, and their 5 % quantile."""
    returns = _months(run)
    marks = {"5 % quantile": float(np.quantile(returns, 0.05))} if len(returns) else {}
    return distribution_figure(
        values=returns, width=_MONTH_BIN, noun="months", expected=_normal_counts(returns, _MONTH_BIN), marks=marks
    )


def monthly_table(run: StoredRun, asked: Asked) -> Table:
    """The bins of monthly returns."""
    return _bins_table(_months(run), _MONTH_BIN, "Months")


def exposure(run: StoredRun, asked: Asked) -> go.Figure:
    """Gross exposure each day, turnover and costs by month."""
    labels = run.dates()
    turned, paid = _traded_by_day(run)
    panels = {
        "Gross exposure, of equity": (".0%", [Curve("Exposure", run.exposure)]),
        "One-way turnover over the last 252 days, of equity": (".0%", [Curve("Turnover", turned)]),
    }
    if paid[-1] > 0.0:
        panels["Costs paid so far, of the starting capital"] = (".1%", [Curve("Costs", paid, "s3")])
    return panels_figure(dates=labels, panels=panels)


def exposure_table(run: StoredRun, asked: Asked) -> Table:
    """Exposure, turnover and costs at each month's end."""
    turned, paid = _traded_by_day(run)
    series = [(formats.pct, run.exposure), (formats.pct, turned), (formats.pct, paid)]
    return Table(
        ("Month", "Exposure", "Turnover, 252 days", "Costs so far"), _monthly_rows(run, month_ends(run.days), series)
    )


def sentence(run: StoredRun) -> str:
    """The result of the growth figure in one sentence."""
    own = formats.num(run.equity[-1] / run.equity[0] * 100, 0)
    text = f"100 became {own}, with a deepest fall of {formats.pct(max_drawdown(run.equity))}"
    if run.benchmark_equity is None:
        return f"{text}."
    other = formats.num(run.benchmark_equity[-1] / run.benchmark_equity[0] * 100, 0)
    return f"{text}; {run.benchmark_name} became {other}."


def _monthly_rows(run: StoredRun, at: Any, series: list[Any]) -> tuple[tuple[str, ...], ...]:
    days = run.days[at].astype("datetime64[D]").astype(object)
    columns = [[write(float(v)) for v in values[at]] for write, values in series]
    return tuple(zip((formats.month(day) for day in days), *columns, strict=True))


def _years(run: StoredRun) -> tuple[list[int], list[float], list[float] | None]:
    own = monthly_returns(run)
    labels = [row.year for row in own]
    if run.benchmark_equity is None:
        return labels, [row.total for row in own], None
    other = {row.year: row.total for row in monthly_returns(_As(run.days, run.benchmark_equity))}  # type: ignore[arg-type]  # it reads these two only
    return labels, [row.total for row in own], [other[year] for year in labels]


class _As:
    """Another curve on the run's days, as the tables of the core read one."""

    def __init__(self, days: Any, equity: Any) -> None:
        self.days, self.equity = days, equity


def _rolled(run: StoredRun) -> dict[str, tuple[str, Any, Any]]:
    other = run.benchmark_equity
    found = {
        "Sharpe ratio": (
            ".1f",
            rolling_sharpe(run, ROLLING_DAYS),
            None if other is None else rolling_sharpe(_As(run.days, other), ROLLING_DAYS),  # type: ignore[arg-type]  # it reads equity only
        ),
        "Volatility": (
            ".0%",
            rolling_volatility(run.equity, ROLLING_DAYS),
            None if other is None else rolling_volatility(other, ROLLING_DAYS),
        ),
    }
    if other is not None:
        found[f"Beta to {run.benchmark_name}"] = (".2f", rolling_beta(run.equity, other, ROLLING_DAYS), None)
    return found


def _months(run: StoredRun) -> Any:
    return np.array([value for row in monthly_returns(run) for value in row.months if value is not None])


def _normal_counts(values: Any, width: float) -> list[float] | None:
    if len(values) < 2 or np.std(values) == 0.0:
        return None
    edges, _ = bins(values, width=width)
    fitted = NormalDist(float(np.mean(values)), float(np.std(values)))
    below = np.array([fitted.cdf(float(edge)) for edge in edges])
    below[0], below[-1] = 0.0, 1.0
    return [float(v) for v in np.diff(below) * len(values)]


def _bins_table(values: Any, width: float, noun: str) -> Table:
    edges, counts = bins(values, width=width)
    places = 1 if width >= _MONTH_BIN else 2
    rows = [
        (f"{formats.signed_pct(low, places)} to {formats.signed_pct(high, places)}", formats.count(int(n)))
        for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return Table(("Return", noun), tuple(rows), "The outer rows take what lies beyond them.")


def _traded_by_day(run: StoredRun) -> tuple[Any, Any]:
    """One-way turnover over the last 252 days, of the mean equity over them, and the costs so far."""
    at = np.searchsorted(run.days, run.orders.day) if len(run.orders) else np.zeros(0, dtype=np.int64)
    n = len(run.days)
    value = np.bincount(at, weights=run.orders.value, minlength=n)[:n]
    cost = np.bincount(at, weights=run.orders.cost, minlength=n)[:n]
    window = np.minimum(np.arange(1, n + 1), 252)
    summed, held = (np.cumsum(np.append(0.0, x)) for x in (value, run.equity))
    place = np.arange(1, n + 1)
    turned = (summed[place] - summed[place - window]) / 2 / ((held[place] - held[place - window]) / window)
    turned[: min(251, n)] = np.nan
    return turned, np.cumsum(cost) / run.capital
