"""What was asked for, resolved against a strategy and its data: the plan, what it costs, what stands in its way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.conf import settings

from apps.backtests.enums import SweepKind
from apps.backtests.queries.frozen import cells_of, frozen
from apps.backtests.queries.sweep_folds import splits_of
from apps.backtests.queries.sweep_plans import (
    Request,
    SweepPlan,
    SweepRefusedError,
    not_too_long,
    pieces_of,
    resolve,
    seconds_of,
    sweepable,
    typed,
)
from apps.domain.errors import DomainError
from apps.domain.language import DraftSpecification, RunnableSpecification, Status, format_value, runnable
from apps.domain.language.parameters import NUMERIC
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies
from apps.strategies.queries import Strategy, StrategyVersion


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sweep that can be made: `run` is the frozen plan of its base run, `cells` what one member takes, `left_out` what
    differs between readings and is not swept, in words."""

    version: StrategyVersion | None
    spec: RunnableSpecification
    plan: SweepPlan
    run: dict[str, Any]
    cells: float
    left_out: tuple[str, ...] = ()

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """(first, count) of every piece."""
        return list(pieces_of(self.plan, self.cells))

    @property
    def seconds(self) -> float:
        """About how long it takes when every worker for sweeps is free."""
        return seconds_of(self.plan.n_members, self.cells) / min(settings.SWEEP_WORKERS, len(self.pieces)) + 0.5


def prepared(strategy: Strategy, request: Request, *, version: StrategyVersion | None) -> Prepared:
    """Resolve a request. Readings may be of a draft (`version` None); everything else is of a version.

    Raises NotRunnable, SweepRefusedError, SweepTooLargeError, DataSetNotFoundError.
    """
    if request.kind is SweepKind.READINGS:
        spec, axes, left_out = readings_of(
            strategies.draft_of(strategy) if version is None else strategies.specification_of(version)
        )
        request = replace(request, axes=axes)
    elif version is None:
        raise SweepRefusedError("This strategy has not been approved. Review it and approve it; then sweep it.")
    else:
        spec, left_out = strategies.specification_of(version), ()
    plan = resolve(spec, request)
    run = frozen(spec)
    info = marketdata.data_set(key=run["data_set"], snapshot_hash=run["data_snapshot"])
    cells = cells_of(spec, info)
    not_too_long(plan, cells)
    if plan.kind in {SweepKind.WALK_FORWARD, SweepKind.CROSS_VALIDATION}:
        _folds_fit(spec, plan, info)
    return Prepared(version, spec, plan, run, cells, left_out)


def readings_of(
    draft: DraftSpecification | RunnableSpecification, /
) -> tuple[RunnableSpecification, dict[str, list[Any]], tuple[str, ...]]:
    """The base reading, the values of every ambiguous parameter, and what was left out, in words.

    A parameter that nobody has stated is read as its first alternative in the base. Beyond the most readings, parameters
    with the most alternatives are held at the base. Raises NotRunnable for a hole without an alternative,
    SweepRefusedError where nothing is ambiguous.
    """
    axes = _plausible(draft)
    spec = _filled(draft, axes)
    able, left_out = sweepable(spec, SweepKind.READINGS), []
    for name in list(axes):
        if name not in able:
            del axes[name]
            if name in spec.parameters:
                left_out.append(f"{spec.parameters[name].label}: other data make another sweep")
        elif able[name].unit in NUMERIC:
            axes[name] = sorted(axes[name])
    while axes and math.prod(len(values) for values in axes.values()) > settings.SWEEP_MAX_READINGS:
        name = max(axes, key=lambda name: len(axes[name]))
        held, parameter = axes.pop(name), spec.parameters[name]
        left_out.append(
            f"{parameter.label}: held at {format_value(parameter.value, parameter.unit)}, for its {len(held)} readings "
            f"would make more than {settings.SWEEP_MAX_READINGS} runs"
        )
    if not axes:
        raise SweepRefusedError(
            "Nothing in this strategy has another plausible reading that these data could show."
            + (f" Left out: {'; '.join(left_out)}." if left_out else "")
        )
    return spec, axes, tuple(left_out)


def _plausible(draft: DraftSpecification | RunnableSpecification) -> dict[str, list[Any]]:
    """The values of every parameter with alternatives, its own first."""
    found: dict[str, list[Any]] = {}
    for name, parameter in draft.parameters.items():
        values = [value for value in [parameter.value, *(a.value for a in parameter.alternatives)] if value is not None]
        distinct: list[Any] = []
        for value in values:
            if value not in distinct:
                distinct.append(value)
        if len(distinct) > 1 or (parameter.value is None and distinct):
            found[name] = distinct
    return found


def _filled(draft: DraftSpecification | RunnableSpecification, axes: Mapping[str, list[Any]]) -> RunnableSpecification:
    if isinstance(draft, RunnableSpecification):
        return draft
    holes = {
        name: parameter.model_copy(update={"value": axes[name][0], "status": Status.ASSUMED, "question": ""})
        for name, parameter in draft.parameters.items()
        if parameter.value is None and name in axes
    }
    whole = draft.model_copy(update={"parameters": {**draft.parameters, **holes}})
    return runnable(whole, **strategies.data_facts(whole))


def _folds_fit(spec: RunnableSpecification, plan: SweepPlan, info: marketdata.DataSetInfo) -> None:
    days = marketdata.panel(key=info.key, symbols=info.symbols[:1], snapshot_hash=info.snapshot_hash).days
    bounds = [spec.evaluation.start, spec.evaluation.end]
    first, last = (str(spec.parameters[name].value) if name else None for name in bounds)
    day = days.astype("datetime64[D]")
    inside = np.ones(len(day), dtype=np.bool_)
    if first:
        inside &= day >= np.datetime64(first)
    if last:
        inside &= day <= np.datetime64(last)
    splits_of(plan, int(inside.sum()))


def proposed(spec: RunnableSpecification, kind: SweepKind, /) -> dict[str, str]:
    """What a form offers to begin with: the range of each parameter that has one, as a person would type it."""
    found = {}
    for name, parameter in sweepable(spec, kind).items():
        if parameter.range is not None:
            found[name] = ":".join(
                _short(part) for part in (parameter.range.low, parameter.range.high, parameter.range.step)
            )
    return found


def _short(number: float) -> str:
    return typed(round(number) if number == int(number) else number)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: (name, label, value now, hint) of every parameter that may differ, what it proposes, and what
    stands in the way of a sweep altogether."""

    rows: tuple[tuple[str, str, str, str], ...]
    proposed: dict[str, str]
    refusal: str = ""


def asked_axes(strategy: Strategy, kind: SweepKind, /) -> Asked:
    """The axes that a form offers for the newest version; for readings none, they come from the alternatives."""
    version = strategies.current_version(strategy_id=strategy.id)
    if kind is SweepKind.READINGS:
        return Asked((), {})
    if version is None:
        return Asked((), {}, "This strategy has not been approved. Review it and approve it; then sweep it.")
    spec = strategies.specification_of(version)
    ranges = proposed(spec, kind)
    able = sweepable(spec, kind)
    order = sorted(able, key=lambda name: (name not in ranges, list(able).index(name)))
    rows = tuple(
        (
            name,
            able[name].label,
            format_value(spec.parameters[name].value, able[name].unit),
            ", ".join(able[name].choices),
        )
        for name in order
    )
    return Asked(rows, ranges)


def estimate(strategy: Strategy, request: Request, /) -> dict[str, Any]:
    """How many runs a request comes to and how long they take, or `refusal`."""
    is_draft = request.kind is SweepKind.READINGS and strategy.status == "draft"
    version = None if is_draft else strategies.current_version(strategy_id=strategy.id)
    try:
        made = prepared(strategy, request, version=version)
    except DomainError as error:
        return {"refusal": error.message}
    told = made.plan.axes if request.kind is SweepKind.READINGS else ()
    axes = [(axis.label, ", ".join(axis.shown(value) for value in axis.values)) for axis in told]
    return {
        "n_members": made.plan.n_members, "n_combinations": made.plan.n_combinations, "n_pieces": len(made.pieces),
        "seconds": made.seconds, "left_out": made.left_out, "axes": axes,
    }  # fmt: skip
