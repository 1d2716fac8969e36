"""Where a specification names a parameter, and what each place wants of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.quantities import DURATIONS
from apps.domain.language.schema import PerAsset, Specification, TopN, Unit
from apps.domain.language.typecheck import names_of

REBALANCE_CHOICES = ("daily", "weekly", "monthly", "quarterly", "yearly")
FILL_CHOICES = ("next_open", "next_close")
FORMULA_UNITS = DURATIONS | {Unit.FRACTION, Unit.NUMBER, Unit.COUNT, Unit.BPS}
Spec = Specification[Any]
_PLACES = {
    "/data/dataset": "the data set",
    "/universe/symbols": "the universe",
    "/selection/count": "the number of holdings",
    "/selection/enter": "the entry rule",
    "/selection/exit": "the exit rule",
    "/selection/by": "the ranking rule",
    "/schedule/rebalance": "the rebalancing period",
    "/execution/fill": "the fill",
    "/execution/cost": "the trading cost",
    "/evaluation/start": "the first day",
    "/evaluation/end": "the last day",
    "/evaluation/capital": "the capital",
    "/evaluation/benchmark": "the benchmark",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a parameter."""

    pointer: str
    name: str
    units: frozenset[Unit]
    choices: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The place in words."""
        return _PLACES.get(self.pointer) or f"the formula of the signal “{self.pointer.removeprefix('/signals/')}”"


def formulas(spec: Spec) -> Iterator[tuple[str, str]]:
    """(JSON pointer, text) of every formula."""
    for name, text in spec.signals.items():
        yield f"/signals/{name}", text
    if isinstance(spec.selection, PerAsset):
        yield "/selection/enter", spec.selection.enter
        if spec.selection.exit is not None:
            yield "/selection/exit", spec.selection.exit
    else:
        yield "/selection/by", spec.selection.by


def references(spec: Spec) -> list[Reference]:
    """Every place that names a parameter, formulas included; formulas that cannot be read name none."""
    return [*_section_references(spec), *_formula_references(spec)]


def _section_references(spec: Spec) -> Iterator[Reference]:
    def place(pointer: str, name: str | None, *units: Unit, choices: tuple[str, ...] = ()) -> Iterator[Reference]:
        if name is not None:
            yield Reference(pointer, name, frozenset(units), choices)

    yield from place("/data/dataset", spec.data.dataset, Unit.DATASET)
    yield from place("/universe/symbols", spec.universe.symbols, Unit.SYMBOLS)
    if isinstance(spec.selection, TopN):
        yield from place("/selection/count", spec.selection.count, Unit.COUNT)
    yield from place("/schedule/rebalance", spec.schedule.rebalance, Unit.CHOICE, choices=REBALANCE_CHOICES)
    yield from place("/execution/fill", spec.execution.fill, Unit.CHOICE, choices=FILL_CHOICES)
    yield from place("/execution/cost", spec.execution.cost, Unit.BPS)
    yield from place("/evaluation/start", spec.evaluation.start, Unit.DATE)
    yield from place("/evaluation/end", spec.evaluation.end, Unit.DATE)
    yield from place("/evaluation/capital", spec.evaluation.capital, Unit.CURRENCY)
    yield from place("/evaluation/benchmark", spec.evaluation.benchmark, Unit.SYMBOL)


def _formula_references(spec: Spec) -> Iterator[Reference]:
    for pointer, text in formulas(spec):
        try:
            names = names_of(parse(text))
        except FormulaError:
            continue
        for name in sorted(names & spec.parameters.keys()):
            yield Reference(pointer, name, FORMULA_UNITS)


def circular_signals(spec: Spec) -> frozenset[str]:
    """The signals that are defined, through others or directly, by themselves."""
    uses = _signal_uses(spec)
    try:
        TopologicalSorter(uses).prepare()
    except CycleError:
        return frozenset(name for name in uses if name in _reached(uses, name))
    return frozenset()


def signals_in_order(spec: Spec) -> list[str]:
    """The signals, each after those that it uses; circular ones are left out."""
    circular = circular_signals(spec)
    uses = {name: used - circular for name, used in _signal_uses(spec).items() if name not in circular}
    return list(TopologicalSorter(uses).static_order())


def _signal_uses(spec: Spec) -> dict[str, frozenset[str]]:
    uses: dict[str, frozenset[str]] = {}
    for name, text in spec.signals.items():
        try:
            uses[name] = names_of(parse(text)) & spec.signals.keys()
        except FormulaError:
            uses[name] = frozenset()
    return uses


def _reached(uses: dict[str, frozenset[str]], name: str) -> set[str]:
    reached, todo = set[str](), set(uses[name])
    while todo:
        step = todo.pop()
        reached.add(step)
        todo |= uses[step] - reached
    return reached
