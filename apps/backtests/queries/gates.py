"""Gates and figures of a stored verdict as pages show them; verdicts of every gate version are readable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.web.queries import formats

_LOOKS = {
    "pass": ("Passed", "ok", "check"),
    "warn": ("Doubt", "warn", "triangle-alert"),
    "fail": ("Failed", "bad", "x"),
}
_TALLIES = {"comparable_claims", "claims_within"}
_COLUMNS = ("document", "after", "our_costs")


def gates(reasons: Iterable[dict[str, Any]], /) -> tuple[dict[str, Any], ...]:
    """The reasons that hold a number to a threshold, with both in words, in the order in which they are judged."""
    return tuple(_gate(reason) for reason in reasons if reason.get("threshold") is not None)


def deciding(reasons: Iterable[dict[str, Any]], /) -> tuple[dict[str, Any], ...]:
    """What failed, what is open, remarks, and how many claims hold: the sentences that make the word, the worst first.

    What each claim comes to stands in its own table.
    """
    order = ("fail", "warn", "pass")
    found = [r for r in reasons if r["tone"] != "pass" and not str(r["code"]).startswith("claim_")]
    found += [r for r in reasons if r["tone"] == "pass" and r["code"] in _TALLIES]
    return tuple(sorted(found, key=lambda r: order.index(r["tone"])))


def band(value: float | None, unit: str, /) -> str:
    """A tolerance in its metric's unit: "±2.0 pp"."""
    return formats.MISSING if value is None else f"±{formats.metric_difference(value, unit).removeprefix('+')}"


def figures(comparison: dict[str, Any], gate_version: str, /) -> tuple[dict[str, Any], ...]:
    """The three figures of a stored comparison; one that earlier gates stored has the first alone."""
    stored = comparison.get("figures")
    if stored is not None:
        return tuple(stored)
    measured = comparison["measured"] if comparison["outcome"] != "not comparable" else None
    own = {"value": measured, "reason": comparison["reason"] if measured is None else ""}
    later = {"value": None, "reason": f"Rules {gate_version}, which judged this run, did not measure it."}
    return tuple({"column": column, **(own if column == "document" else later)} for column in _COLUMNS)


def _gate(reason: dict[str, Any]) -> dict[str, Any]:
    label, tone, icon = _LOOKS[reason["tone"]]
    shown = _distance if _is_distance(reason) else formats.metric_value
    return reason | {
        "state": label,
        "state_tone": tone,
        "icon": icon,
        "number_shown": shown(reason["number"], reason["unit"]),
        "threshold_shown": f"{reason['bound']} {shown(reason['threshold'], reason['unit'])}",
    }


def _is_distance(reason: dict[str, Any]) -> bool:
    return str(reason["code"]).startswith("claim_") and reason["bound"] == "at most"


def _distance(value: float | None, unit: str) -> str:
    return formats.metric_difference(value, unit).removeprefix("+")
