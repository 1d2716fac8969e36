"""Many runs of one strategy over the values of some of its parameters, with the shared work done once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from apps.domain.engine.evaluate import Quantity
from apps.domain.engine.result import Result
from apps.domain.engine.run import run
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, RunnableSpecification, Severity, findings, references
from apps.domain.language.parameters import DURATIONS, Unit
from apps.domain.language.tree import Node
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import Panel

MOST_RUNS = 100_000
_WHOLE = DURATIONS | {Unit.COUNT}
_DATA = ("/data", "/universe", "/evaluation")


class SweepError(DomainError):
    """A sweep that cannot be made."""

    code = "sweep"


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One run of a sweep: its place in the plan, the values of the axes, and the result, or why there is none."""

    place: int
    values: Mapping[str, Any]
    result: Result | None
    refusal: str = ""


def axis_of(spec: RunnableSpecification, name: str) -> list[float]:
    """The values of a parameter's range, ends included. Raises SweepError when it has none."""
    parameter = spec.parameters.get(name)
    if parameter is None or parameter.range is None:
        raise SweepError(f"The parameter “{name}” has no range. Give it one, or state the values.", parameter=name)
    low, high, step = parameter.range.low, parameter.range.high, parameter.range.step
    count = int((high - low) / step + 1e-9) + 1
    values = [low + place * step for place in range(max(count, 0))]
    return [float(round(value)) for value in values] if parameter.unit in _WHOLE else values


def plan_sweep(
    spec: RunnableSpecification, axes: Mapping[str, Sequence[Any]], *, most: int = MOST_RUNS
) -> list[dict[str, Any]]:
    """Every combination of the axes, the last axis fastest. Raises SweepError for an unknown parameter, an empty axis, or
    more than `most` combinations."""
    for name, values in axes.items():
        if name not in spec.parameters:
            raise SweepError(f"There is no parameter “{name}” to sweep.", parameter=name)
        if not len(values):
            raise SweepError(f"The axis “{name}” has no value.", parameter=name)
    n_runs = 1
    for values in axes.values():
        n_runs *= len(values)
    if n_runs > most:
        raise SweepError(
            f"{n_runs:,} combinations are more than {most:,}. Take wider steps, or sweep fewer parameters.", runs=n_runs
        )
    return [dict(zip(axes, chosen, strict=True)) for chosen in product(*axes.values())]


def sweep(
    *, spec: RunnableSpecification, panel: Panel | Inputs, axes: Mapping[str, Sequence[Any]], most: int = MOST_RUNS
) -> Iterator[Member]:
    """Run every combination, in the order of the plan, each as it is done; stop by not asking for more.

    What two runs have in common (the same expression with the same values) is computed once. A combination whose rules
    contradict themselves (a fast average slower than the slow one is none; a skip beyond its lookback is) is a member with
    a refusal, never an exception.
    """
    inputs = panel if isinstance(panel, Inputs) else Inputs(panel=panel)
    shared: dict[Node, Quantity] | None = {}
    if axes.keys() & {r.name for r in references(spec) if r.pointer.startswith(_DATA)}:
        shared = None  # other bars or inputs, other values of the same expression
    for place, values in enumerate(plan_sweep(spec, axes, most=most)):
        changed = _with(spec, values)
        stops = [finding for finding in findings(changed) if finding.severity is not Severity.WARNING]
        if stops:
            yield Member(place, values, None, NotRunnable(stops).message)
            continue
        try:
            yield Member(place, values, run(spec=changed, panel=inputs, cache=shared))
        except DomainError as refusal:
            yield Member(place, values, None, refusal.message)


def _with(spec: RunnableSpecification, values: Mapping[str, Any]) -> RunnableSpecification:
    changed = {name: spec.parameters[name].model_copy(update={"value": value}) for name, value in values.items()}
    return spec.model_copy(update={"parameters": {**spec.parameters, **changed}})
