"""What a number of a tear sheet is: its convention, the function that makes it, and what that was given."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.backtests.models import Backtest
from apps.backtests.queries.definition_texts import OWN
from apps.backtests.queries.gates import gates
from apps.backtests.queries.rows import verdict_of
from apps.domain.errors import DomainError
from apps.domain.metrics import METRICS
from apps.web.queries import formats

_BENCHMARK = {
    "benchmark_annual_return": "annual_return",
    "benchmark_sharpe": "sharpe_ratio",
    "benchmark_max_drawdown": "max_drawdown",
}
_OF_TRADES = {
    "win_rate", "profit_factor", "n_trades", "payoff_ratio", "average_days_held", "expectancy", "average_worst_excursion",
    "average_best_excursion",
}  # fmt: skip
_OF_ORDERS = {"turnover", "cost_paid", "break_even_cost"}
_OF_EXPOSURE = {"time_in_market", "average_exposure"}
_OF_BOTH = {
    "beta",
    "alpha",
    "correlation",
    "tracking_error",
    "information_ratio",
    "treynor_ratio",
    "up_capture",
    "down_capture",
}


class NumberNotFoundError(DomainError):
    """There is no number of that name on a tear sheet."""

    code = "number_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Definition:
    """A number explained: what it is, how it is made and by what, its value in this run, and its inputs as label and text;
    an input with an address can be downloaded."""

    key: str
    label: str
    value: str
    convention: str
    how: str
    source: str
    inputs: tuple[tuple[str, str, str], ...]


def definition(run: Backtest, /, *, key: str) -> Definition:
    """The definition of a number by its key; raises NumberNotFoundError."""
    if key in METRICS:
        return _of_metric(run, key)
    if key in OWN:
        label, convention, function = OWN[key]
        kind = "trades" if key.startswith("trade.") else "curves"
        return Definition(key, label, "", convention, _words(function), _address(function), _inputs(run, kind))
    return _of_gate(run, key)


def _of_metric(run: Backtest, key: str) -> Definition:
    metric = METRICS[key]
    function = f"metrics.{_BENCHMARK.get(key, key)}"
    inputs = _inputs(run, "trades" if key in _OF_TRADES else "orders" if key in _OF_ORDERS else "curves")
    if key in _BENCHMARK or key in _OF_BOTH:
        inputs = (*inputs, ("Benchmark", f"{run.plan.get('benchmark')} of {run.plan.get('benchmark_set')}", ""))
    column = "benchmark" if key in _BENCHMARK else "exposure" if key in _OF_EXPOSURE else ""
    if column:
        inputs = (*inputs, ("Column", column, ""))
    return Definition(
        key=key,
        label=metric.label,
        value=formats.metric_value(run.metrics.get(key), metric.unit),
        convention=metric.convention,
        how=_words(function),
        source=_address(function),
        inputs=inputs,
    )


def _of_gate(run: Backtest, key: str) -> Definition:
    verdict = verdict_of(run)
    for gate in gates(verdict.reasons if verdict else []):
        if gate["code"] == key:
            shown = f"{gate['number_shown']}, held to {gate['threshold_shown']}: {gate['state'].lower()}"
            rules = f"Rules {verdict.gate_version if verdict else ''}"
            return Definition(
                key, gate["label"], shown, gate.get("definition", ""), gate["sentence"], "", (("Judged by", rules, ""),)
            )
    raise NumberNotFoundError(f"A tear sheet has no number “{key}”.", number=key)


def _inputs(run: Backtest, part: str) -> tuple[tuple[str, str, str], ...]:
    """What a figure was made of: label, text, address."""
    sha = run.files.get(part, "")
    window = f"{formats.day(run.start_date)} to {formats.day(run.end_date)}"
    return (
        ("File", f"{part}.parquet, SHA-256 {sha[:16]}…", reverse("backtests:file", args=[run.id, f"{part}.parquet"])),
        ("Window", window, ""),
        ("Data", f"{run.plan['data_set']}, snapshot {run.plan['data_snapshot'][:16]}…", ""),
        ("Rules", f"specification {run.plan['execution_hash'][:16]}…", ""),
        ("Engine", str(run.plan.get("engine_version", "")), ""),
    )


def _function(name: str) -> Any:
    if not name:
        return None
    from apps.domain import metrics, overfitting, verdict  # noqa: PLC0415 -- slow import

    room, function = name.split(".")
    return getattr({"metrics": metrics, "overfitting": overfitting, "verdict": verdict}[room], function, None)


def _words(name: str) -> str:
    return inspect.getdoc(_function(name)) or "" if _function(name) else ""


def _address(name: str) -> str:
    return f"apps.domain.{name}" if _function(name) else ""
