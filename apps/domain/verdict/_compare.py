"""Holding a run's figures to the figures that its document claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from apps.domain.errors import DomainError
from apps.domain.language.schema import Claim
from apps.domain.metrics import METRICS
from apps.domain.verdict._readings import Reading, Readings, Window, is_gross

Column = Literal["document", "after", "our_costs"]
Obstacle = Literal["", "another_thing", "window_apart", "no_figure"]
Outcome = Literal["within tolerance", "same direction", "off", "not comparable"]

MIN_OVERLAP = 0.25
"""A claim of whose window the run covers less than this cannot be held against it."""
MIN_DAYS = 252
"""Fewer days than a year say too little, whatever they show."""
ROUNDING = 1e-12
"""Two decimals that differ by exactly the tolerance are within it, whatever binary makes of them."""


class WindowOrderError(DomainError):
    """A window that ends before it starts."""

    code = "window_order"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a measured figure may lie from the claimed one: `size` in the metric's unit, or as part of the claim."""

    kind: Literal["absolute", "relative"]
    size: float


DEFAULT_TOLERANCES: Mapping[str, Tolerance] = MappingProxyType(
    {
        "total_return": Tolerance("relative", 0.20),
        "annual_return": Tolerance("absolute", 0.02),
        "annual_volatility": Tolerance("relative", 0.20),
        "sharpe_ratio": Tolerance("absolute", 0.20),
        "max_drawdown": Tolerance("absolute", 0.08),
        "mean_monthly_return": Tolerance("absolute", 0.003),
        "win_rate": Tolerance("absolute", 0.05),
        "n_trades": Tolerance("relative", 0.20),
        "benchmark_annual_return": Tolerance("absolute", 0.02),
        "benchmark_max_drawdown": Tolerance("absolute", 0.08),
    }
)
DIRECTIONAL = frozenset(
    {"total_return", "annual_return", "sharpe_ratio", "mean_monthly_return", "benchmark_annual_return"}
)
"""Metrics whose sign says something; a volatility or a count of the same sign agrees with nothing."""
GROWING = frozenset({"total_return", "n_trades"})
"""Metrics that another length of the window changes by itself."""
NEVER_POSITIVE = frozenset({"max_drawdown", "benchmark_max_drawdown"})
"""Documents write drawdowns with either sign; ours are negative."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of a claim's metric, over one window and with the costs that `costs` names; without a value, why."""

    column: Column
    value: float | None
    start: date | None
    end: date | None
    costs: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One claim against one run. `measured` is the figure of the document's own window and costs, and what is judged;
    `difference` is measured minus claimed and `tolerance` absolute, both in the metric's unit; `rule` says where the
    tolerance comes from; `obstacle` is what keeps the claim from being compared, "" when nothing does; `window_overlap`
    is the part of the claim's window that the run covers, None when the claim states none. `figures` has one entry per
    column: the document's own, after publication, our costs."""

    claim: str
    label: str
    metric: str
    claimed: float
    measured: float | None
    difference: float | None
    tolerance: float
    rule: str
    outcome: Outcome
    obstacle: Obstacle
    reason: str
    window_overlap: float | None
    figures: tuple[Figure, ...]


def compare(
    *, claims: Sequence[Claim], readings: Readings, data_window: Window, published: date | None = None
) -> tuple[Comparison, ...]:
    """Hold each claim to the run, like for like, in the order of the claims.

    `data_window` is what the data would have allowed, its ends included; `published` the day on which the document came
    out, None where it is not known.
    """
    for name, (start, end) in (("run", readings.base.window), ("data", data_window)):
        if end < start:
            raise WindowOrderError(f"The window of the {name} ends on {end}, before it starts on {start}.")
    return tuple(_compared(claim, readings, data_window, published) for claim in claims)


def tolerance_of(claim: Claim) -> float:
    """The absolute tolerance of a claim: its own, or the default of its metric."""
    if claim.tolerance is not None:
        return claim.tolerance
    default = DEFAULT_TOLERANCES[claim.metric]
    return default.size * abs(claim.value) if default.kind == "relative" else default.size


def rule_of(claim: Claim) -> str:
    """Where the tolerance of a claim comes from, in words."""
    if claim.tolerance is not None:
        return "the claim's own tolerance"
    default = DEFAULT_TOLERANCES[claim.metric]
    if default.kind == "relative":
        return f"{default.size:.0%} of the claimed figure"
    return f"{formatted(claim.metric, default.size)} for every claim of this kind"


def overlap_of(claim: Claim, window: Window) -> float | None:
    """The part of the claim's days that the run covers, 0 to 1; None when the claim does not state its window."""
    if claim.window_start is None or claim.window_end is None:
        return None
    days = (claim.window_end - claim.window_start).days + 1
    shared = (min(claim.window_end, window[1]) - max(claim.window_start, window[0])).days + 1
    return max(shared, 0) / days if days > 0 else 0.0


def formatted(metric: str, value: float) -> str:
    """A figure as sentences write it: percent for fractions, two decimals for ratios, whole counts."""
    unit = METRICS[metric].unit
    if unit == "fraction":
        return f"{value * 100:.2f} %".replace("-", "\N{MINUS SIGN}")
    return f"{value:.0f}" if unit in {"count", "days"} else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _compared(claim: Claim, readings: Readings, data_window: Window, published: date | None) -> Comparison:
    claimed = -abs(claim.value) if claim.metric in NEVER_POSITIVE else claim.value
    tolerance, overlap = tolerance_of(claim), overlap_of(claim, readings.base.window)
    own = _own(claim, readings, data_window)
    difference = None if own.value is None else own.value - claimed
    outcome: Outcome = "not comparable"
    reason = own.reason
    if own.value is not None:
        outcome = _outcome(claim.metric, claimed, own.value, tolerance)
        reason = _reason(claim.metric, claimed, own.value, tolerance, outcome)
    return Comparison(
        claim=claim.key,
        label=claim.label,
        metric=claim.metric,
        claimed=claimed,
        measured=own.value,
        difference=difference,
        tolerance=tolerance,
        rule=rule_of(claim),
        outcome=outcome,
        obstacle="" if own.value is not None else _obstacle(claim, overlap),
        reason=reason,
        window_overlap=overlap,
        figures=(own, _after(claim, readings, published), _ours(claim, readings, own)),
    )


def _obstacle(claim: Claim, overlap: float | None) -> Obstacle:
    if not claim.comparable:
        return "another_thing"
    return "window_apart" if overlap is not None and overlap < MIN_OVERLAP else "no_figure"


def _own(claim: Claim, readings: Readings, data_window: Window) -> Figure:
    """The figure over the document's window, with its costs: none where it says that the claim is before costs."""
    label, base = METRICS[claim.metric].label, readings.base
    overlap = overlap_of(claim, base.window)
    if not claim.comparable:
        return _empty("document", f"{label}: our run cannot measure the same thing. {claim.basis}".strip())
    if overlap is not None and overlap < MIN_OVERLAP:
        return _empty(
            "document",
            f"{label}: the claim covers {claim.window_start} to {claim.window_end}, the run {base.window[0]} to "
            f"{base.window[1]} ({overlap:.0%}); the data reach from {data_window[0]} to {data_window[1]}.",
        )
    reading = readings.gross if is_gross(claim) else base
    if isinstance(reading, str):
        return _empty("document", f"{label}: the claim is before costs; this run has {base.costs}. {reading}")
    return _figure("document", claim, reading, _shared(claim, base.window))


def _after(claim: Claim, readings: Readings, published: date | None) -> Figure:
    """The figure from the day after the publication to the end of the data, with the document's costs.

    Where the day of publication is not known, or lies within the claimed window, that window's end stands for it.
    """
    if not claim.comparable:
        return _empty("after", "Our run cannot measure the same thing.")
    if claim.metric in GROWING:
        return _empty("after", "Grows with the length of the window, so another window says nothing about it.")
    known = [day for day in (claim.window_end, published) if day is not None]
    if not known:
        return _empty("after", "Neither the document's publication day nor the window that it measured is known.")
    reading = readings.gross if is_gross(claim) else readings.longer
    if isinstance(reading, str):
        return _empty("after", reading)
    seen = max(known)
    start, end = seen + timedelta(days=1), reading.window[1]
    n_days = reading.days_in((start, end)) if start <= end else 0
    if n_days < MIN_DAYS:
        held = "no trading day" if n_days == 0 else f"{n_days} trading day{'' if n_days == 1 else 's'}"
        return _empty("after", f"The data have {held} after {seen}; a figure needs {MIN_DAYS}.")
    return _figure("after", claim, reading, (max(start, reading.window[0]), end))


def _ours(claim: Claim, readings: Readings, own: Figure) -> Figure:
    """The figure over the document's window, with what the desk pays."""
    if claim.metric.startswith("benchmark_"):
        return _empty("our_costs", "The benchmark is held without costs.")
    if own.start is None or own.end is None:
        return _empty("our_costs", "Nothing to hold it to: the first figure is empty.")
    if isinstance(readings.ours, str):
        return _empty("our_costs", readings.ours)
    return _figure("our_costs", claim, readings.ours, (own.start, own.end))


def _figure(column: Column, claim: Claim, reading: Reading, window: Window) -> Figure:
    value = reading.measured(window).get(claim.metric)
    if value is None or not math.isfinite(value):
        return _empty(column, f"{METRICS[claim.metric].label}: the run gives no such figure.")
    return Figure(column, value, *window, reading.costs, "")


def _empty(column: Column, reason: str) -> Figure:
    return Figure(column, None, None, None, "", reason)


def _shared(claim: Claim, window: Window) -> Window:
    """The part of the claim's window that the run covers; all of the run when the claim states none."""
    if claim.window_start is None or claim.window_end is None:
        return window
    return max(claim.window_start, window[0]), min(claim.window_end, window[1])


def _outcome(metric: str, claimed: float, measured: float, tolerance: float) -> Outcome:
    if abs(measured - claimed) <= tolerance + ROUNDING:
        return "within tolerance"
    return "same direction" if metric in DIRECTIONAL and measured * claimed > 0.0 else "off"


def _reason(metric: str, claimed: float, measured: float, tolerance: float, outcome: Outcome) -> str:
    band = f"±{formatted(metric, tolerance)}"
    ending = {
        "within tolerance": f"within {band}",
        "same direction": f"outside {band}, same direction",
        "off": f"outside {band}",
    }[outcome]
    label, ours, theirs = METRICS[metric].label, formatted(metric, measured), formatted(metric, claimed)
    return f"{label} {ours} against the claimed {theirs}: {ending}."
