"""Holding a run's figures to the figures that its document claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from apps.domain.errors import DomainError
from apps.domain.language.schema import Claim
from apps.domain.metrics import METRICS

Window = tuple[date, date]
Outcome = Literal["within tolerance", "same direction", "off", "not comparable"]

MIN_OVERLAP = 0.25
"""A claim of whose window the run covers less than this cannot be held against it."""
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
NEVER_POSITIVE = frozenset({"max_drawdown", "benchmark_max_drawdown"})
"""Documents write drawdowns with either sign; ours are negative."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One claim against one run. `difference` is measured minus claimed and `tolerance` absolute, both in the metric's
    unit; `window_overlap` is the part of the claim's window that the run covers, None when the claim states none."""

    claim: str
    label: str
    metric: str
    claimed: float
    measured: float | None
    difference: float | None
    tolerance: float
    outcome: Outcome
    reason: str
    window_overlap: float | None


def compare(
    *, claims: Sequence[Claim], measured: Mapping[str, float | None], window: Window, data_window: Window
) -> tuple[Comparison, ...]:
    """Hold each claim to `measured`, in the order of the claims.

    `window` is what the run covered, `data_window` what the data would have allowed, both with their ends included.
    """
    for name, (start, end) in (("run", window), ("data", data_window)):
        if end < start:
            raise WindowOrderError(f"The window of the {name} ends on {end}, before it starts on {start}.")
    return tuple(_compared(claim, measured.get(claim.metric), window, data_window) for claim in claims)


def tolerance_of(claim: Claim) -> float:
    """The absolute tolerance of a claim: its own, or the default of its metric."""
    if claim.tolerance is not None:
        return claim.tolerance
    default = DEFAULT_TOLERANCES[claim.metric]
    return default.size * abs(claim.value) if default.kind == "relative" else default.size


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


def _compared(claim: Claim, measured: float | None, window: Window, data_window: Window) -> Comparison:
    claimed = -abs(claim.value) if claim.metric in NEVER_POSITIVE else claim.value
    tolerance, overlap = tolerance_of(claim), overlap_of(claim, window)
    obstacle = _obstacle(claim, measured, overlap, window, data_window)
    if obstacle is not None or measured is None:
        return Comparison(
            claim.key,
            claim.label,
            claim.metric,
            claimed,
            measured,
            None,
            tolerance,
            "not comparable",
            obstacle or "",
            overlap,
        )
    difference = measured - claimed
    outcome = _outcome(claim.metric, claimed, measured, tolerance)
    reason = _reason(claim.metric, claimed, measured, tolerance, outcome)
    return Comparison(
        claim.key, claim.label, claim.metric, claimed, measured, difference, tolerance, outcome, reason, overlap
    )


def _obstacle(
    claim: Claim, measured: float | None, overlap: float | None, window: Window, data_window: Window
) -> str | None:
    label = METRICS[claim.metric].label
    if not claim.comparable:
        return f"{label}: our run cannot measure the same thing. {claim.basis}".strip()
    if measured is None or not math.isfinite(measured):
        return f"{label}: the run gives no such figure."
    if overlap is not None and overlap < MIN_OVERLAP:
        return (
            f"{label}: the claim covers {claim.window_start} to {claim.window_end}, the run {window[0]} to {window[1]}"
            f" ({overlap:.0%}); the data reach from {data_window[0]} to {data_window[1]}."
        )
    return None


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
