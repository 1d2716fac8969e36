"""A draft from a few words, for notebooks and scripts."""

from __future__ import annotations

from typing import Any, cast

from apps.domain.language.parameters import DURATIONS, Status, Unit
from apps.domain.language.quantities import ValueRefused, parse_value
from apps.domain.language.schema import DraftSpecification
from apps.domain.language.sections import FILL_CHOICES, REBALANCE_CHOICES, Execution, Overlay, PerAsset, Schedule, TopN

_SELECTIONS: dict[str, type[PerAsset] | type[TopN]] = {"per_asset": PerAsset, "top_n": TopN}
_DEFAULTS: dict[str, tuple[Any, Unit]] = {
    "dataset": ("notebook", Unit.DATASET),
    "symbols": ([], Unit.SYMBOLS),
    "rebalance": ("daily", Unit.CHOICE),
    "fill": ("next_open", Unit.CHOICE),
    "cost": (0.0, Unit.BPS),
    "capital": (1_000_000.0, Unit.CURRENCY),
}
_SECTIONS: dict[str, type[Schedule] | type[Overlay] | type[Execution]] = {
    "schedule": Schedule, "overlay": Overlay, "execution": Execution,
}  # fmt: skip
_CHOICES = {"rebalance": list(REBALANCE_CHOICES), "fill": list(FILL_CHOICES)}


def quick(kind: str, /, *, signals: dict[str, str] | None = None, **given: Any) -> DraftSpecification:
    """A draft with a selection of `kind` ("per_asset" or "top_n").

    Keywords are the formulas of the selection, the terms of schedule, overlay and execution by their names (`hold`,
    `stop_loss`, `spread` ...), and parameters as a person would type them ("12 months", "5%", 10, a list of symbols).
    Sections that are not named stand at plain defaults, whose parameters are marked as assumed. Raises
    ValueRefused for a value that cannot be read.
    """
    model = _SELECTIONS[kind]
    rules = {name: given.pop(name) for name in model.model_fields if name in given and name != "count"}
    if "count" in given:
        rules["count"] = "count"
    terms = {
        section: {name: name for name in given if name in model.model_fields and _units(name)}
        for section, model in _SECTIONS.items()
    }
    table = {name: _row(name, value, unit, Status.ASSUMED) for name, (value, unit) in _DEFAULTS.items()}
    for name, value in given.items():
        unit = _DEFAULTS[name][1] if name in _DEFAULTS else _unit(name, value)
        read = (
            value if isinstance(value, list | int | float) else parse_value(value, unit, tuple(_CHOICES.get(name, ())))
        )
        table[name] = _row(name, read, unit, Status.ANALYST)
    return DraftSpecification.model_validate(
        {
            "meta": {"name": "Notebook"},
            "data": {"dataset": "dataset"},
            "universe": {"kind": "fixed", "symbols": "symbols"},
            "signals": signals or {},
            "selection": {"kind": kind, **rules},
            "schedule": {"rebalance": "rebalance", **terms["schedule"]},
            "overlay": terms["overlay"],
            "execution": {"fill": "fill", "cost": "cost", **terms["execution"]},
            "evaluation": {
                "capital": "capital",
                **{name: name for name in ("start", "end", "benchmark") if name in given},
            },
            "parameters": table,
        }
    )


def _units(name: str) -> list[str]:
    """The units that a term of the sections may have; none for what is no term."""
    for model in _SECTIONS.values():
        extra = model.model_fields[name].json_schema_extra if name in model.model_fields else None
        if isinstance(extra, dict) and extra.get("names") == "parameter":
            return [str(unit) for unit in cast("list[str]", extra["units"])]
    return []


def _row(name: str, value: Any, unit: Unit, status: Status) -> dict[str, Any]:
    label = name.replace("_", " ").capitalize()
    return {"label": label, "value": value, "unit": unit, "status": status, "choices": _CHOICES.get(name, [])}


def _unit(name: str, value: Any) -> Unit:
    """The unit that a typed value shows: its word, its sign, or what it is."""
    if isinstance(value, list):
        return Unit.SYMBOLS
    if isinstance(value, int) and name == "count":
        return Unit.COUNT
    if isinstance(value, int | float):
        return Unit(next((unit for unit in _units(name) if Unit(unit) not in DURATIONS), Unit.NUMBER))
    if name in {"start", "end"}:
        return Unit.DATE
    if name == "benchmark":
        return Unit.SYMBOL
    for unit in (*sorted(DURATIONS), Unit.BPS):
        if unit.value.rstrip("s") in value:
            return unit
    if value.endswith("%"):
        return Unit.FRACTION
    raise ValueRefused(f"What “{value}” measures is not clear; say for example 12 months, 5%, 10 bps or a number.")
