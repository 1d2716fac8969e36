"""What went into runs, side by side: parameters, rules, data, costs, engine. Only what differs can explain a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.backtests.models import Backtest
from apps.domain.language import RunnableSpecification, executable_part, format_value, formula_places, references

NONE = "none"
_COSTS = {"cost", "per_share", "minimum", "spread", "impact", "participation", "borrow", "financing", "interest"}
_SECTIONS = ("data", "universe", "signals", "selection", "weights", "schedule", "overlay", "execution", "evaluation")
_MANY = 4


@dataclass(frozen=True, slots=True)
class Input:
    """One input with its value in each run. `decides` is False for what follows from other inputs or moves no curve."""

    kind: str
    label: str
    values: tuple[str, ...]
    differs: bool
    decides: bool = True


@dataclass(frozen=True, slots=True)
class _Made:
    """A run's executable part, taken apart. `slots` are the places that name one parameter each."""

    spec: RunnableSpecification
    content: dict[str, Any]
    slots: dict[str, str]
    in_formulas: frozenset[str]


def inputs_of(runs: Sequence[Backtest], /) -> tuple[Input, ...]:
    """Every input of the runs, those that differ first."""
    made = [_made(run.plan) for run in runs]
    found = [*_parameters(made), *_rules(made), *_data(runs), _engine(runs), _window(runs)]
    return tuple(sorted(found, key=lambda one: (not (one.differs and one.decides), not one.differs)))


def deciding(inputs: Sequence[Input], /) -> tuple[Input, ...]:
    """The inputs that differ and can explain a difference."""
    return tuple(one for one in inputs if one.differs and one.decides)


def difference_in_words(inputs: Sequence[Input], /) -> str:
    """One sentence: what differs."""
    found = deciding(inputs)
    if not found:
        return "No input differs: the same rules on the same data."
    if len(found) == 1:
        return f"One input differs: {found[0].label} ({' against '.join(dict.fromkeys(found[0].values))})."
    named = [one.label for one in found[:_MANY]]
    rest = len(found) - len(named)
    listed = ", ".join(named) + f" and {rest} more" if rest else " and ".join([", ".join(named[:-1]), named[-1]])
    return f"{len(found)} inputs differ: {listed}."


def _made(plan: dict[str, Any]) -> _Made:
    spec = RunnableSpecification.model_validate(plan["specification"])
    content = json.loads(json.dumps(executable_part(spec), default=str))
    formulas = {place.pointer for place in formula_places(spec)}
    named = references(spec)
    slots = {one.pointer: one.name for one in named if one.pointer not in formulas}
    return _Made(spec, content, slots, frozenset(one.name for one in named if one.pointer in formulas))


def _parameters(made: Sequence[_Made]) -> Iterator[Input]:
    """One input a parameter, however many places name it. Runs may call the parameter of one place by different names."""
    places: dict[tuple[str | None, ...], list[str]] = {}
    for pointer in dict.fromkeys(pointer for one in made for pointer in one.slots):
        places.setdefault(tuple(one.slots.get(pointer) for one in made), []).append(pointer)
    for name in dict.fromkeys(name for one in made for name in sorted(one.in_formulas)):
        if all(name in one.in_formulas for one in made):  # otherwise the formulas differ, and are shown
            places.setdefault((name,) * len(made), [])
    for names, pointers in places.items():
        held = [one.spec.parameters[name] if name else None for one, name in zip(made, names, strict=True)]
        first = next(parameter for parameter in held if parameter is not None)
        yield Input(
            _kind(pointers),
            first.label,
            tuple(format_value(p.value, p.unit) if p else NONE for p in held),
            differs=len({json.dumps([p.value, p.unit.value], default=str) if p else NONE for p in held}) > 1,
            decides=pointers != ["/evaluation/benchmark"],
        )


def _kind(pointers: Sequence[str]) -> str:
    for pointer in pointers:
        section, _, name = pointer.strip("/").partition("/")
        if section == "execution" and name in _COSTS:
            return "Costs"
        if section == "data" or pointer == "/universe/symbols":
            return "Data"
        if section == "evaluation" and name in {"start", "end"}:
            return "Window"
    return "Parameter"


def _rules(made: Sequence[_Made]) -> Iterator[Input]:
    """What the sections say beside parameters: formulas and choices of construct, leaf by leaf; another kind of section is
    one difference."""
    for section in _SECTIONS:
        parts = [_leaves(one.content.get(section, {}), f"/{section}", set(one.slots)) for one in made]
        kinds = [part.get(f"/{section}/kind", "") for part in parts]
        if len(set(kinds)) > 1:
            yield Input("Rules", section.capitalize(), tuple(_words(kind) for kind in kinds), differs=True)
            continue
        for pointer in dict.fromkeys(pointer for part in parts for pointer in part):
            values = tuple(part.get(pointer, NONE) for part in parts)
            label = _words(pointer.strip("/").replace("/", ": ", 1).replace("/", " "))
            yield Input("Rules", label, values, differs=len(set(values)) > 1)


def _leaves(part: Any, pointer: str, slots: set[str]) -> dict[str, str]:
    if pointer in slots:
        return {}
    if isinstance(part, dict):
        return {k: v for key, sub in part.items() for k, v in _leaves(sub, f"{pointer}/{key}", slots).items()}
    if isinstance(part, list):
        return {k: v for key, sub in enumerate(part) for k, v in _leaves(sub, f"{pointer}/{key}", slots).items()}
    return {} if part is None else {pointer: str(part)}


def _words(text: str) -> str:
    """A place or a kind of section in words: "signals: past_return" -> "Signals: past return"."""
    return (text[:1].upper() + text[1:]).replace("_", " ")


def _data(runs: Sequence[Backtest]) -> Iterator[Input]:
    """Snapshots. Another data set has another snapshot: that follows, and is counted once, as the parameter."""
    sets = [run.plan["data_set"] for run in runs]
    snapshots = [run.plan["data_snapshot"] for run in runs]
    yield Input(
        "Data", "Data snapshot", tuple(s[:12] for s in snapshots), len(set(snapshots)) > 1, decides=len(set(sets)) == 1
    )
    series = [run.plan.get("series", {}) for run in runs]
    for source in dict.fromkeys(source for held in series for source in held):
        hashes = [held.get(source, NONE) for held in series]
        yield Input(
            "Data",
            f"Snapshot of {source}",
            tuple(h[:12] for h in hashes),
            differs=len(set(hashes)) > 1,
            decides=NONE not in hashes,
        )


def _engine(runs: Sequence[Backtest]) -> Input:
    versions = tuple(str(run.plan.get("engine_version", NONE)) for run in runs)
    return Input("Engine", "Engine version", versions, differs=len(set(versions)) > 1)


def _window(runs: Sequence[Backtest]) -> Input:
    """Follows from first and last day, data and warm-up; figures stand on the common window anyway."""
    spans = tuple(f"{run.start_date} to {run.end_date}" for run in runs)
    return Input("Window", "Days that were run", spans, differs=len(set(spans)) > 1, decides=False)
