"""A finished backtest as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.backtests.models import Backtest, Verdict
from apps.backtests.queries.data_notes import DataNote, data_notes
from apps.backtests.queries.figures_curves import sentence
from apps.backtests.queries.gates import band, deciding, figures, gates
from apps.backtests.queries.marks import Marks, marks_of
from apps.backtests.queries.rows import verdict_of
from apps.backtests.queries.stored import StoredRun, stored_run
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification, explain, format_value
from apps.domain.metrics import METRICS
from apps.marketdata import queries as marketdata
from apps.web.queries import heat_years

_DRAWDOWNS_SHOWN = 10
_TILES = ("annual_return", "sharpe_ratio", "max_drawdown", "annual_volatility", "time_in_market", "n_trades")
_GROUPS = (
    (
        "Return",
        (
            "total_return",
            "annual_return",
            "mean_monthly_return",
            "best_month",
            "worst_month",
            "winning_days",
            "winning_months",
            "win_rate",
            "profit_factor",
        ),
    ),
    (
        "Risk",
        (
            "annual_volatility",
            "max_drawdown",
            "max_drawdown_days",
            "value_at_risk_95",
            "value_at_risk_95_normal",
            "value_at_risk_95_modified",
            "expected_shortfall_95",
            "expected_shortfall_95_normal",
            "expected_shortfall_95_modified",
            "ulcer_index",
            "pain_index",
            "skewness",
            "sample_skewness",
            "excess_kurtosis",
            "sample_excess_kurtosis",
        ),
    ),
    (
        "Return for risk",
        ("sharpe_ratio", "sharpe_standard_error", "sortino_ratio", "calmar_ratio", "omega_ratio", "tail_ratio"),
    ),
    (
        "Against the benchmark",
        (
            "benchmark_annual_return",
            "benchmark_sharpe",
            "benchmark_max_drawdown",
            "beta",
            "alpha",
            "correlation",
            "tracking_error",
            "information_ratio",
            "treynor_ratio",
            "up_capture",
            "down_capture",
        ),
    ),
    (
        "Trading",
        (
            "n_trades",
            "turnover",
            "time_in_market",
            "average_exposure",
            "average_days_held",
            "expectancy",
            "payoff_ratio",
            "average_worst_excursion",
            "average_best_excursion",
            "cost_paid",
            "break_even_cost",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure with its words and its convention."""

    key: str
    label: str
    value: float | None
    unit: str
    convention: str
    claimed: float | None


@dataclass(frozen=True, slots=True)
class TearSheet:
    """Everything that the page shows."""

    verdict: Verdict | None
    reasons: tuple[dict[str, Any], ...]
    gates: tuple[dict[str, Any], ...]
    tiles: tuple[Measure, ...]
    groups: tuple[tuple[str, tuple[Measure, ...]], ...]
    explanation: tuple[str, ...]
    parameters: tuple[dict[str, Any], ...]
    comparisons: tuple[dict[str, Any], ...]
    years: list[Any]
    drawdowns: tuple[Any, ...]
    n_trades: int
    sentence: str
    marks: Marks
    notes: tuple[DataNote, ...]
    data: marketdata.DataSetInfo | None
    first: date
    last: date


def tear_sheet(run: Backtest, /) -> TearSheet:
    """The page of a finished backtest."""
    stored = stored_run(run)
    spec = RunnableSpecification.model_validate(run.plan["specification"])
    verdict = verdict_of(run)
    compared = [_comparison(c, spec, verdict.gate_version) for c in verdict.comparisons] if verdict else []
    comparisons = tuple(sorted(compared, key=lambda c: c["outcome"] == "not comparable"))
    claimed = {
        c["metric"]: c["claimed"] for c in reversed(comparisons) if c["measured"] == run.metrics.get(c["metric"])
    }
    years, falls = _tables(stored)
    return TearSheet(
        verdict=verdict,
        reasons=deciding(verdict.reasons if verdict else []),
        gates=gates(verdict.reasons if verdict else []),
        tiles=tuple(_measure(run, key, claimed) for key in _TILES),
        groups=tuple(
            (name, tuple(_measure(run, key, claimed) for key in keys if key in run.metrics and key in METRICS))
            for name, keys in _GROUPS
        ),
        explanation=tuple(explain(spec)),
        parameters=tuple(_parameters(spec)),
        comparisons=comparisons,
        years=years,
        drawdowns=falls,
        n_trades=stored.frames.trades.num_rows,
        sentence=sentence(stored),
        marks=marks_of(run),
        notes=data_notes(run),
        data=_data(run),
        first=run.start_date or date.min,
        last=run.end_date or date.max,
    )


def _measure(run: Backtest, key: str, claimed: dict[str, float]) -> Measure:
    metric = METRICS[key]
    return Measure(key, metric.label, run.metrics.get(key), metric.unit, metric.convention, claimed.get(key))


def _comparison(stored: dict[str, Any], spec: RunnableSpecification, gate_version: str) -> dict[str, Any]:
    claim = next((c for c in spec.claims if c.key == stored["claim"]), None)
    metric = METRICS.get(stored["metric"])
    unit = metric.unit if metric else "number"
    return stored | {
        "citation": claim.citation if claim else None,
        "basis": claim.basis if claim else "",
        "unit": unit,
        "band": band(stored["tolerance"], unit),
        "figures": figures(stored, gate_version),
    }


def _parameters(spec: RunnableSpecification) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": p.label,
            "value": format_value(p.value, p.unit),
            "status": p.status.value,
            "note": p.note,
            "citation": p.citation,
        }
        for name, p in spec.parameters.items()
    ]


def _tables(stored: StoredRun) -> tuple[list[Any], tuple[Any, ...]]:
    from apps.domain.metrics import drawdowns, monthly_returns  # noqa: PLC0415 -- slow import

    months, returns = [], []
    for row in monthly_returns(stored):
        for month, value in enumerate(row.months, start=1):
            if value is not None:
                months.append(date(row.year, month, 1))
                returns.append(value)
    return heat_years(months=months, returns=returns), drawdowns(stored, _DRAWDOWNS_SHOWN)


def _data(run: Backtest) -> marketdata.DataSetInfo | None:
    try:
        return marketdata.data_set(key=run.plan["data_set"], snapshot_hash=run.plan["data_snapshot"])
    except DomainError:
        return None
