"""What a sweep is going to run: axes, members, pieces, and whether it is too much. No database: jobs, pages and the command
line share it."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from apps.backtests.enums import Objective, SweepKind
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification, Unit, Value, format_value, parse_value, references
from apps.domain.language.parameters import DURATIONS, ParameterBase
from apps.domain.values import canonical_json

MOST_AXES = 8
PIECE_MEMBERS = 1000
MOST_PIECES = 200
_SMALL = 50
_MOST_COMBINATIONS = 10**15  # of which members are drawn
_PIECE_CELLS = 6e9  # cells of arithmetic that one piece may take: some seconds on one core
_CELLS_A_SECOND = 2e9
_WHOLE = DURATIONS | {Unit.COUNT}
_ORDERED = _WHOLE | {Unit.FRACTION, Unit.BPS, Unit.NUMBER, Unit.CURRENCY}
_FIXED = ("/data", "/universe", "/evaluation/benchmark")
_WINDOW = ("/evaluation/start", "/evaluation/end")


class SweepRefusedError(DomainError):
    """A sweep that cannot be made as it was asked for; the message says what to change."""

    code = "sweep_refused"


class SweepTooLargeError(DomainError):
    """More members, or more work, than one sweep may have."""

    code = "sweep_too_large"


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter that differs between members, and the values that it takes."""

    name: str
    label: str
    unit: str
    values: tuple[Any, ...]

    @property
    def is_ordered(self) -> bool:
        """Whether neighbouring values are neighbours: numbers, not words."""
        return Unit(self.unit) in _ORDERED

    def shown(self, value: Any) -> str:
        """A value as people read it."""
        return format_value(value, Unit(self.unit))


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, before anything is resolved.

    `axes` gives values by parameter, as a list or as text ("5:50:5", "5, 10, 20"). `share` is the first part of the window,
    on which the best is chosen; days are trading days.
    """

    kind: SweepKind
    axes: Mapping[str, Any] = field(default_factory=dict)
    objective: Objective = Objective.SHARPE_RATIO
    number: int = 1000
    seed: int = 1
    share: float = 0.7
    train_days: int = 756
    test_days: int = 252
    is_anchored: bool = False
    folds: int = 6
    tested: int = 1
    embargo_days: int = 21


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The members of a sweep in their order: every combination of the axes, the last fastest, or those of `places`."""

    kind: SweepKind
    objective: Objective
    axes: tuple[Axis, ...]
    places: tuple[int, ...] | None
    options: dict[str, Any]

    @property
    def n_combinations(self) -> int:
        """How many combinations the axes have."""
        return math.prod(len(axis.values) for axis in self.axes)

    @property
    def n_members(self) -> int:
        """How many of them are run."""
        return self.n_combinations if self.places is None else len(self.places)

    def values_at(self, place: int) -> dict[str, Any]:
        """The values of the combination at a place of the grid."""
        values: dict[str, Any] = {}
        for axis in reversed(self.axes):
            place, at = divmod(place, len(axis.values))
            values[axis.name] = axis.values[at]
        return {axis.name: values[axis.name] for axis in self.axes}

    def members(self, first: int, count: int) -> list[int]:
        """The places of some members that follow one another."""
        return list(range(first, first + count)) if self.places is None else list(self.places[first : first + count])

    def as_json(self) -> dict[str, Any]:
        """The plan as it is stored."""
        return asdict(self) | {"kind": str(self.kind), "objective": str(self.objective)}


def plan_from(stored: Mapping[str, Any], /) -> SweepPlan:
    """A stored plan as it was."""
    return SweepPlan(
        kind=SweepKind(stored["kind"]),
        objective=Objective(stored["objective"]),
        axes=tuple(Axis(**{**axis, "values": tuple(axis["values"])}) for axis in stored["axes"]),
        places=None if stored["places"] is None else tuple(stored["places"]),
        options=dict(stored["options"]),
    )


def sweepable(spec: RunnableSpecification, kind: SweepKind, /) -> dict[str, ParameterBase]:
    """The parameters that members of a sweep may differ in. The data are one snapshot for all of them; the window too, but
    for readings, which are not compared day by day."""
    fixed = _FIXED if kind is SweepKind.READINGS else (*_FIXED, *_WINDOW)
    held = {r.name for r in references(spec) if r.pointer.startswith(fixed)}
    units = set(Unit) - {Unit.DATASET, Unit.SOURCE, Unit.SYMBOL, Unit.SYMBOLS}
    if kind is not SweepKind.READINGS:
        units -= {Unit.DATE}
    return {name: p for name, p in spec.parameters.items() if name not in held and p.unit in units}


def resolve(spec: RunnableSpecification, request: Request, /) -> SweepPlan:
    """The plan of what was asked for. Raises SweepRefusedError, SweepTooLargeError (with the number and a suggestion)."""
    axes = tuple(
        _axis(spec, request.kind, name, given) for name, given in request.axes.items() if given not in ("", None)
    )
    if not axes:
        raise SweepRefusedError(
            "Nothing would differ between the runs. Give at least one parameter two or more values."
        )
    if len(axes) > MOST_AXES:
        raise SweepRefusedError(f"{len(axes)} parameters are more than {MOST_AXES}. Hold some of them at one value.")
    plan = SweepPlan(request.kind, request.objective, axes, None, _options(request))
    if request.kind is SweepKind.RANDOM:
        return _drawn(plan, request)
    _not_too_many(plan, plan.n_members)
    return plan


def piece_size(n_members: int, cells: float, /) -> int:
    """How many members one piece has, when a member takes `cells` cells of arithmetic."""
    share = max(_SMALL, math.ceil(n_members / 8))  # a small sweep is shared by the workers too
    return max(1, min(PIECE_MEMBERS, share, int(_PIECE_CELLS / max(cells, 1.0))), math.ceil(n_members / MOST_PIECES))


def not_too_long(plan: SweepPlan, cells: float, /) -> None:
    """Refuse a sweep whose members take more work together than one sweep may. Raises SweepTooLargeError."""
    allowed = int(settings.SWEEP_MAX_CELLS / max(cells, 1.0))
    if plan.n_members > allowed:
        raise SweepTooLargeError(
            f"{plan.n_members:,} runs of this strategy would take about {seconds_of(plan.n_members, cells) / 3600:,.1f} hours; "
            f"up to {allowed:,} fit into one sweep. {_suggestion(plan, max(allowed, 1))}",
            members=plan.n_members,
            limit=allowed,
        )


def seconds_of(n_members: int, cells: float, /) -> float:
    """About how long some members take on one core."""
    return n_members * (0.0008 + cells / _CELLS_A_SECOND)


def axis_values(text: str, parameter: ParameterBase, /) -> list[Value]:
    """The values that a person typed for an axis: "5:50:5" (low, high, step, ends included) or a list with commas.

    Each is read as a value of the parameter ("10 %" is 0.1). Raises SweepRefusedError with what would be understood.
    """
    unit, example = parameter.unit, "for example 5:50:5, or 5, 10, 20"
    if ":" not in text:
        return _distinct([parse_value(part, unit, parameter.choices) for part in text.split(",") if part.strip()])
    parts = text.split(":")
    if len(parts) not in {2, 3} or unit not in _ORDERED:
        raise SweepRefusedError(f"“{text[:40]}” is not low:high:step; {example}.")
    low, high, step = (float(str(parse_value(part, unit))) for part in [*parts, "1"][:3])
    if not step > 0 or high < low:
        raise SweepRefusedError(f"“{text[:40]}” has no values: low comes first, and the step is above zero; {example}.")
    count = int((high - low) / step + 1e-9) + 1
    if count > settings.SWEEP_MAX_MEMBERS:
        raise SweepTooLargeError(
            f"“{text[:40]}” has {count:,} values; a sweep may have {settings.SWEEP_MAX_MEMBERS:,} runs. Take wider steps."
        )
    values = [round(low + at * step, 10) for at in range(count)]
    return _distinct([round(value) for value in values] if unit in _WHOLE else values)


def digest_of(plan: SweepPlan, *, execution_hash: str, snapshot_hash: str, engine_version: str) -> str:
    """What names a sweep: the same digest, the same members and the same figures."""
    named = {**plan.as_json(), "run": [execution_hash, snapshot_hash, engine_version]}
    for axis in named["axes"]:
        axis.pop("label")
    return hashlib.sha256(canonical_json(named).encode()).hexdigest()


def pieces_of(plan: SweepPlan, cells: float, /) -> Iterator[tuple[int, int]]:
    """(first, count) of every piece."""
    size = piece_size(plan.n_members, cells)
    for first in range(0, plan.n_members, size):
        yield first, min(size, plan.n_members - first)


def _axis(spec: RunnableSpecification, kind: SweepKind, name: str, given: Any) -> Axis:
    able = sweepable(spec, kind)
    if name not in spec.parameters:
        raise SweepRefusedError(f"There is no parameter “{name}”. Choose among {', '.join(able)}.", parameter=name)
    if name not in able:
        raise SweepRefusedError(
            f"“{spec.parameters[name].label}” is the same for every run of a sweep. Choose among {', '.join(able)}.",
            parameter=name,
        )
    parameter = able[name]
    try:
        values = axis_values(given, parameter) if isinstance(given, str) else _read(given, parameter)
    except DomainError as error:
        raise type(error)(f"{parameter.label}: {error.message}", parameter=name) from None
    if not values:
        raise SweepRefusedError(f"{parameter.label}: give at least one value.", parameter=name)
    return Axis(name, parameter.label, parameter.unit.value, tuple(values))


def _read(given: Sequence[Any], parameter: ParameterBase) -> list[Value]:
    """A list of values as programs give it: each must be one that a person could type."""
    return _distinct([parse_value(typed(value), parameter.unit, parameter.choices) for value in given])


def typed(value: Any, /) -> str:
    """A value as a person would type it. Raises SweepRefusedError for what nobody can type."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SweepRefusedError(f"{value!r:.40} is not a value. Give numbers or words.")
    return format(value, "f") if isinstance(value, float) and math.isfinite(value) else str(value)


def _distinct(values: Sequence[Value]) -> list[Value]:
    return list(dict.fromkeys(values))


def _options(request: Request) -> dict[str, Any]:
    """What is read from the members beside their measures."""
    if request.kind is SweepKind.WALK_FORWARD:
        return {"train": request.train_days, "test": request.test_days, "anchored": request.is_anchored}
    if request.kind is SweepKind.CROSS_VALIDATION:
        return {"folds": request.folds, "tested": request.tested, "embargo": request.embargo_days}
    if request.kind is SweepKind.READINGS:
        return {}
    if not 0.1 <= request.share <= 1.0:
        raise SweepRefusedError("The part on which the best is chosen lies between 10 % and all of the window.")
    drawn = {"number": request.number, "seed": request.seed} if request.kind is SweepKind.RANDOM else {}
    return {"share": request.share, **drawn}


def _drawn(plan: SweepPlan, request: Request) -> SweepPlan:
    if request.number < 1:
        raise SweepRefusedError("Draw at least one combination.")
    _not_too_many(plan, request.number)
    if plan.n_combinations > _MOST_COMBINATIONS:
        raise SweepTooLargeError(
            f"{plan.n_combinations:,} combinations are more than can be drawn from. Take wider steps.",
            members=plan.n_combinations,
        )
    number = min(request.number, plan.n_combinations)
    rng = random.Random(request.seed)  # noqa: S311 -- a draw that can be made again, not a secret
    places = tuple(sorted(rng.sample(range(plan.n_combinations), number)))
    return SweepPlan(plan.kind, plan.objective, plan.axes, places, plan.options)


def _not_too_many(plan: SweepPlan, n_members: int) -> None:
    most = settings.SWEEP_MAX_MEMBERS
    if n_members > most:
        raise SweepTooLargeError(
            f"{n_members:,} combinations are more than the {most:,} that one sweep may have. {_suggestion(plan, most)}",
            members=n_members,
            limit=most,
        )


def _suggestion(plan: SweepPlan, allowed: int) -> str:
    """What to ask for instead, with its number."""
    wider = 2
    while wider < 1000 and (n := math.prod(math.ceil(len(a.values) / wider) for a in plan.axes)) > allowed:
        wider += 1
    instead = "Take fewer values" if wider == 1000 else f"Steps {wider} times as wide give {n:,}"
    return f"{instead}, or draw {allowed:,} of them at random."
