"""What a finished sweep says, in sentences."""

from __future__ import annotations

from typing import Any

from apps.backtests.enums import SweepKind
from apps.backtests.models import Sweep
from apps.backtests.queries.sweep_plans import SweepPlan
from apps.domain.metrics import METRICS, Metric
from apps.web.queries import formats

_PLATEAU = ((0.8, "It stands on a plateau"), (0.5, "It stands on a ridge"), (0.0, "It stands on a needle"))
_LUCKY = 0.5


def in_words(metric: Metric, /) -> str:
    """A measure in the middle of a sentence: names of people stay as they are."""
    return metric.label if metric.label.startswith(("Sharpe", "Sortino", "Calmar")) else metric.label.lower()


def axis_labels(plan: SweepPlan, /) -> list[tuple[str, str, str]]:
    """(name, label, the values in words) of every axis."""
    found = []
    for axis in plan.axes:
        n = len(axis.values)
        ends = f"{axis.shown(axis.values[0])} to {axis.shown(axis.values[-1])}, {n} values"
        words = ends if n > 6 else ", ".join(axis.shown(value) for value in axis.values)
        found.append((axis.name, axis.label, words))
    return found


def headline(sweep: Sweep, plan: SweepPlan, /) -> list[tuple[str, str, str]]:
    """(tone, title, sentence) of everything that the figures of a finished sweep come to."""
    summary, objective = sweep.summary, METRICS[sweep.objective]
    if not summary or "refusal" in summary:
        return []
    found: list[tuple[str, str, str]] = []
    best = summary.get("best")
    if best is not None:
        found += _best(summary, best, plan, objective)
    if (outside := summary.get("out_of_sample")) is not None:
        found.append(_folded(outside, summary, objective))
    stitched = summary.get("stitched")
    if stitched is not None:
        found.append(_chance(stitched.get("deflated_sharpe"), summary["n_trials"], "the joined curve"))
    if (searched := summary.get("overfitting")) is not None:
        found.append(_searched(searched))
    if plan.kind is SweepKind.READINGS and summary.get("spread"):
        found += _spread(summary["spread"], plan)
    return found


def _best(
    summary: dict[str, Any], best: dict[str, Any], plan: SweepPlan, objective: Metric
) -> list[tuple[str, str, str]]:
    before, after = best.get(f"i:{objective.key}"), best.get(f"o:{objective.key}")
    found = []
    if before is not None:
        rank = summary.get("in_sample_rank")
        words = f"Chosen on the first part of the window with {_said(before, objective)}, it had {_said(after, objective)} on the rest."
        if rank is not None:
            words += f" There it beat {formats.pct(rank, 0)} of all runs; half is what chance gives."
        found.append(
            ("ok" if after is not None and after > 0 and (rank or 0) >= _LUCKY else "warn", "After the choice", words)
        )
    score = summary.get("plateau")
    if score is not None:
        word = next(word for least, word in _PLATEAU if score >= least)
        words = f"{formats.pct(score, 0)} of its neighbours keep at least 80% of its {in_words(objective)}."
        found.append(("ok" if score >= _PLATEAU[0][0] else "warn" if score >= _PLATEAU[1][0] else "bad", word, words))
    elif plan.places is not None:
        found.append(
            ("info", "No plateau score", "Runs drawn at random have no neighbours; sweep the grid around the best.")
        )
    found.append(_chance(best.get("deflated_sharpe"), summary["n_trials"], "the best"))
    return found


def _chance(value: float | None, n_trials: int, what: str) -> tuple[str, str, str]:
    if value is None:
        return ("info", "No deflated Sharpe ratio", f"The returns of {what} do not vary.")
    words = (
        f"After {n_trials:,} runs of this strategy the chance that {what} has a true Sharpe ratio above what luck alone would "
        f"show is {formats.pct(value, 0)}."
    )
    return ("ok" if value >= 0.95 else "warn", "Counting the search", words)


def _searched(found: dict[str, Any]) -> tuple[str, str, str]:
    words = (
        f"In {formats.pct(found['probability'], 0)} of all ways to halve the window, the best of one half was below the median in "
        f"the other ({found['n_members']:,} runs, {found['n_months']} months in {found['n_blocks']} blocks)."
    )
    return (
        "ok" if found["probability"] < 0.2 else "warn" if found["probability"] < _LUCKY else "bad",
        "Overfitting",
        words,
    )


def _folded(outside: dict[str, Any], summary: dict[str, Any], objective: Metric) -> tuple[str, str, str]:
    n = sum(fold["out_of_sample"] is not None for fold in summary["folds"])
    words = (
        f"Out of sample the chosen runs had a median {in_words(objective)} of {_said(outside['median'], objective)}, between "
        f"{_said(outside['low'], objective)} and {_said(outside['high'], objective)}, above zero in "
        f"{formats.pct(outside['above_zero'], 0)} of {n} folds."
    )
    if outside.get("kept") is not None:
        words += f" That is {formats.pct(outside['kept'], 0)} of what they had when they were chosen."
    good = outside["above_zero"] >= 0.7 and (outside.get("kept") or 0) >= _LUCKY
    return ("ok" if good else "warn", "Out of sample", words)


def _spread(spread: dict[str, Any], plan: SweepPlan) -> list[tuple[str, str, str]]:
    labels = {axis.name: axis.label for axis in plan.axes}
    found = []
    for key in ("sharpe_ratio", "annual_return"):
        if key not in spread:
            continue
        one, metric = spread[key], METRICS[key]
        words = f"Between {formats.metric_value(one['low'], metric.unit)} and {formats.metric_value(one['high'], metric.unit)}."
        if one["moves"]:
            name = max(one["moves"], key=one["moves"].get)
            words += f" {labels[name]} moves it most, by {formats.metric_difference(one['moves'][name], metric.unit).lstrip('+')}."
        found.append(("info", metric.label, words))
    return found


def _said(value: float | None, metric: Metric) -> str:
    return formats.metric_value(value, metric.unit)
