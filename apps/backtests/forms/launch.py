"""What the launch page sends."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.backtests.services import NO_BENCHMARK, RunOptions, RunWindow

SAME = "as-the-version"
NONE = "none"
_WINDOWS = [(key, key) for key in ("version", "paper", "after", "full", "custom")]
_COSTS = [(key, key) for key in ("version", "house", "none", "custom")]
_MOST_BPS = 1000


class LaunchForm(forms.Form):
    """A version, a window, a benchmark and costs; what is left out is as the version says."""

    version = forms.UUIDField(required=False)
    window = forms.ChoiceField(choices=_WINDOWS, required=False)
    start = forms.DateField(required=False, label="First day")
    end = forms.DateField(required=False, label="Last day")
    benchmark = forms.CharField(required=False, max_length=20)
    costs = forms.ChoiceField(choices=_COSTS, required=False)
    cost_bps = forms.FloatField(required=False, min_value=0, max_value=_MOST_BPS, label="Cost of a fill")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if given.get("window") == "custom" and start and end and start >= end:
            self.add_error("end", "The window ends before it begins. Choose a later day.")
        if given.get("costs") == "custom" and given.get("cost_bps") is None and "cost_bps" not in self.errors:
            self.add_error("cost_bps", "Type what a fill costs, in basis points of its value.")
        return given

    def options(self) -> RunOptions:
        """The options of a valid form."""
        given = self.cleaned_data
        days = RunWindow(given["start"], given["end"]) if given["window"] == "custom" else None
        benchmark = given["benchmark"] or SAME
        return RunOptions(
            window=days or given["window"] or None,
            benchmark={SAME: None, NONE: NO_BENCHMARK}.get(benchmark, benchmark),
            cost_bps={"house": "house", "none": 0.0, "custom": given["cost_bps"]}.get(given["costs"]),
        )
