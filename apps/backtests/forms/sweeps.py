"""The form that asks for a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.backtests.enums import Objective, SweepKind
from apps.backtests.queries.sweep_plans import Request

AXIS = "axis-"
"""How the names of the fields of axes begin."""


_OF = {
    SweepKind.GRID: {"share"},
    SweepKind.RANDOM: {"share", "number", "seed"},
    SweepKind.WALK_FORWARD: {"train_days", "test_days", "is_anchored"},
    SweepKind.CROSS_VALIDATION: {"folds", "tested", "embargo_days"},
    SweepKind.READINGS: set(),
}


class SweepForm(forms.Form):
    """Everything about a sweep but its axes, which are as many as the strategy has parameters: the fields of its kind."""

    kind = forms.ChoiceField(label="Kind", choices=SweepKind.choices)
    objective = forms.ChoiceField(label="Best in", choices=Objective.choices)
    share = forms.IntegerField(
        label="Chosen on the first", min_value=10, max_value=100,
        help_text="The best is chosen on this part of the window and shown on the rest. 100 keeps nothing back.",
    )  # fmt: skip
    number = forms.IntegerField(label="Runs to draw", min_value=1)
    seed = forms.IntegerField(
        label="Seed", min_value=0, max_value=2**31, help_text="The same seed draws the same runs."
    )
    train_days = forms.IntegerField(label="Fit on", min_value=20, max_value=20_000)
    test_days = forms.IntegerField(label="Then test on", min_value=20, max_value=20_000)
    is_anchored = forms.BooleanField(label="Fit on everything so far, not on a moving window", required=False)
    folds = forms.IntegerField(label="Blocks", min_value=2, max_value=20)
    tested = forms.IntegerField(
        label="Blocks tested at once", min_value=1, max_value=10,
        help_text="One tests every day once; more give a distribution over every choice of blocks.",
    )  # fmt: skip
    embargo_days = forms.IntegerField(label="Left out after each tested block", min_value=0, max_value=2000)

    def __init__(self, *args: Any, of: SweepKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - _OF[of] - {"kind", "objective"}:
            del self.fields[name]


def initial_of(kind: SweepKind, /) -> dict[str, Any]:
    """What the form holds before anybody typed."""
    plain = Request(kind=kind)
    named = ("number", "seed", "train_days", "test_days", "is_anchored", "folds", "tested", "embargo_days")
    return {name: getattr(plain, name) for name in named} | {
        "kind": kind, "objective": plain.objective, "share": round(plain.share * 100)
    }  # fmt: skip


def request_of(form: SweepForm, data: Mapping[str, str], /) -> Request:
    """What a valid form asks for; empty fields are as in a new form, empty axes are not swept."""
    kind = SweepKind(form.cleaned_data["kind"])
    given = initial_of(kind) | {k: v for k, v in form.cleaned_data.items() if v not in (None, "")}
    axes = {key.removeprefix(AXIS): text.strip() for key, text in data.items() if key.startswith(AXIS) and text.strip()}
    return Request(
        **{
            **given,
            "kind": kind,
            "objective": Objective(given["objective"]),
            "share": given["share"] / 100,
            "axes": axes,
        }
    )
