"""Many runs of one strategy over the values of some of its parameters, with the shared work done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from apps.domain.engine.evaluate import Quantity
from apps.domain.engine.lanes import Chunk, Lanes, together, with_values
from apps.domain.engine.result import Result
from apps.domain.engine.run import run
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, RunnableSpecification, Severity, findings, references
from apps.domain.language.parameters import DURATIONS, Unit
from apps.domain.language.tree import Node
from apps.domain.metrics import measure
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import FloatArray, Panel

MOST_RUNS = 100_000
_WHOLE = DURATIONS | {Unit.COUNT}
_DATA = ("/data", "/universe", "/evaluation")


class SweepError(DomainError):
    """A sweep that cannot be made."""

    code = "sweep"


class Member:
    """One run of a sweep: its place in the plan, the values of the axes, and the result, or why there is none.

    The tables of the result are made when somebody looks, and so are the names of its measures.
    """

    __slots__ = ("_lane", "_result", "place", "refusal", "values")

    def __init__(
        self,
        place: int,
        values: Mapping[str, Any],
        *,
        result: Result | None = None,
        lane: tuple[Lanes, Chunk, int] | None = None,
        refusal: str = "",
    ) -> None:
        self.place = place
        self.values = values
        self.refusal = refusal
        self._result = result
        self._lane = lane

    @property
    def result(self) -> Result | None:
        """The run; None when it was refused."""
        if self._result is None and self._lane is not None:
            lanes, chunk, lane = self._lane
            self._result = lanes.result(chunk, lane)
        return self._result

    @property
    def equity(self) -> FloatArray | None:
        """The equity curve of the run; None when it was refused."""
        if self._lane is not None:
            _, chunk, lane = self._lane
            return chunk.walked.equity(lane)
        return None if self._result is None else self._result.equity

    def measures(self) -> dict[str, float | None]:
        """Every measure of the run by name, as `metrics.measure` gives them; nothing when it was refused."""
        if self._lane is not None:
            lanes, chunk, lane = self._lane
            return lanes.measures(chunk, lane)
        return {} if self._result is None else measure(self._result)


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
    *,
    spec: RunnableSpecification,
    panel: Panel | Inputs,
    axes: Mapping[str, Sequence[Any]],
    most: int = MOST_RUNS,
    threads: int = 1,
) -> Iterator[Member]:
    """Run every combination, in the order of the plan, each as it is done; stop by not asking for more.

    What two runs have in common (the same expression with the same values) is computed once, and members that each trade
    one instrument by itself are walked many at a time, on `threads` threads; neither changes a byte of any member. A
    combination whose rules contradict themselves (a skip beyond its lookback) is a member with a refusal, never an
    exception.
    """
    yield from _members(spec, panel, plan_sweep(spec, axes, most=most), axes, threads)


def sweep_members(
    *,
    spec: RunnableSpecification,
    panel: Panel | Inputs,
    members: Sequence[Mapping[str, Any]],
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Member]:
    """Run some combinations, any that give the same parameters values: a piece of a grid, a draw, readings. As `sweep` does
    it, byte for byte; `place` counts within `members`. `progress` is called while a member that is run by itself is on its
    way, and may raise to stop. Raises SweepError for an unknown parameter."""
    for name in members[0] if members else ():
        if name not in spec.parameters:
            raise SweepError(f"There is no parameter “{name}” to sweep.", parameter=name)
    if members:
        yield from _members(spec, panel, members, None, threads, progress)


def _members(
    spec: RunnableSpecification, panel: Panel | Inputs, members: Sequence[Mapping[str, Any]],
    axes: Mapping[str, Sequence[Any]] | None, threads: int, progress: Callable[[float], None] | None = None,
) -> Iterator[Member]:  # fmt: skip
    inputs = panel if isinstance(panel, Inputs) else Inputs(panel=panel)
    quick = together(spec=spec, inputs=inputs, members=members, axes=axes)
    if quick is not None:
        yield from _in_lanes(quick, spec, inputs, members, threads)
        return
    shared: dict[Node, Quantity] | None = {}
    if members[0].keys() & {r.name for r in references(spec) if r.pointer.startswith(_DATA)}:
        shared = None  # other bars or inputs, other values of the same expression
    for place, values in enumerate(members):
        yield _alone(spec, inputs, place, values, shared, progress)


def _alone(
    spec: RunnableSpecification, inputs: Inputs, place: int, values: Mapping[str, Any],
    shared: dict[Node, Quantity] | None = None, progress: Callable[[float], None] | None = None,
) -> Member:  # fmt: skip
    changed = with_values(spec, values)
    stops = [finding for finding in findings(changed, firing=False) if finding.severity is not Severity.WARNING]
    if stops:
        return Member(place, values, refusal=NotRunnable(stops).message)
    try:
        result = run(spec=changed, panel=inputs, cache=shared, progress=_through(progress) if progress else None)
    except _Stopped as stopped:
        raise stopped.reason from None
    except DomainError as refusal:
        return Member(place, values, refusal=refusal.message)
    return Member(place, values, result=result)


class _Stopped(Exception):  # noqa: N818 -- an outcome, not a fault
    """What `progress` raised to stop: never a refusal of the member that was on its way."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _through(progress: Callable[[float], None]) -> Callable[[float], None]:
    def tell(done: float) -> None:
        try:
            progress(done)
        except Exception as reason:
            raise _Stopped(reason) from reason

    return tell


def _in_lanes(
    lanes: Lanes, spec: RunnableSpecification, inputs: Inputs, members: Sequence[Mapping[str, Any]], threads: int
) -> Iterator[Member]:
    able = np.flatnonzero(~lanes.suspicious)
    walked = ((chunk, lane) for chunk in lanes.chunks(able, threads=threads) for lane in range(len(chunk.members)))
    for place, values in enumerate(members):
        if lanes.suspicious[place]:
            yield _alone(spec, inputs, place, values)
            continue
        chunk, lane = next(walked)
        if chunk.walked.done[lane]:
            yield Member(place, values, lane=(lanes, chunk, lane))
        else:
            yield _alone(spec, inputs, place, values)
