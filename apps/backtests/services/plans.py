"""What a run needs, frozen: the specification with the snapshots it is resolved against, and what such a plan gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from apps.backtests.services.options import OptionRefusedError, Override, RunOptions, applied, window_of
from apps.backtests.services.presets import resolved
from apps.backtests.services.work import Judged, judge
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, RunnableSpecification, cost_of, execution_hash
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies

if TYPE_CHECKING:
    from apps.domain.engine import Result

_READINGS = 4  # a run, to the end of the data, without costs, with the house's: what one job may come to


class RunTooLargeError(DomainError):
    """A run that would take longer than a run may."""

    code = "run_too_large"


def plan_of(spec: RunnableSpecification) -> dict[str, Any]:
    """Everything that the run needs, resolved against the current snapshots. Raises NotRunnable, DataSetNotFoundError."""
    stops = strategies.blocking(strategies.open_findings(spec))
    if stops:
        raise NotRunnable(stops)
    info = marketdata.data_set(key=str(spec.parameters[spec.data.dataset].value))
    cells = _cells(spec, info)
    symbol = spec.parameters[spec.evaluation.benchmark].value if spec.evaluation.benchmark else None
    held = _benchmark_set(str(symbol), info) if symbol else None
    series = _series_of(spec)
    again = cells * _READINGS <= settings.RUN_MAX_CELLS
    snapshots = [info.snapshot_hash, held.snapshot_hash if held else "", *(f"{s}={h}" for s, h in series.items())]
    return {
        "specification": spec.model_dump(mode="json"),
        "execution_hash": execution_hash(spec),
        "data_set": info.key,
        "data_snapshot": info.snapshot_hash,
        "benchmark": symbol if held else None,
        "benchmark_set": held.key if held else None,
        "benchmark_snapshot": held.snapshot_hash if held else None,
        "series": series,
        "again": again,
        "cells": cells * (_n_readings(spec, info) if again else 1),
        "snapshot_hash": hashlib.sha256("\n".join(snapshots).encode()).hexdigest(),
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan before it is a run: what it freezes, what names it, its options with days, and how it differs from the version."""

    plan: dict[str, Any]
    fingerprint: str
    options: RunOptions
    overrides: tuple[Override, ...]


def asked_plan(strategy: strategies.Strategy, version: strategies.StrategyVersion, options: RunOptions, /) -> Asked:
    """What a version asked for with options freezes. Raises OptionRefusedError and what `plan_of` raises."""
    from apps.domain.engine import ENGINE_VERSION, fingerprint  # noqa: PLC0415 -- slow import

    own = strategies.specification_of(version)
    options = resolved(strategy, own, options)
    spec, overrides = applied(own, options)
    plan = plan_of(spec)
    if options.benchmark and plan["benchmark"] is None:
        raise OptionRefusedError(f"No data set has {options.benchmark}. Choose a benchmark of the list, or none.")
    plan |= {"engine_version": ENGINE_VERSION, "overrides": [override.as_dict() for override in overrides]}
    digest = fingerprint(
        execution_hash=plan["execution_hash"], snapshot_hash=plan["snapshot_hash"], engine_version=ENGINE_VERSION
    )
    return Asked(plan, digest, options, overrides)


@dataclass(frozen=True, slots=True)
class Given:
    """The frozen data of a run: bars with external series beside them, and the benchmark."""

    inputs: Inputs
    benchmark: Panel | None


def given_of(plan: dict[str, Any], /) -> Given:
    """The data that a plan names, from the store. Raises DataSetNotFoundError, UnknownSymbolError."""
    symbol = plan["benchmark"]
    benchmark = (
        marketdata.panel(key=plan["benchmark_set"], symbols=[symbol], snapshot_hash=plan["benchmark_snapshot"])
        if symbol
        else None
    )
    return Given(_inputs(plan), benchmark)


def made(
    plan: dict[str, Any],
    given: Given,
    /,
    *,
    progress: Callable[[float], None] | None = None,
    seen: Callable[[Result], None] | None = None,
) -> Judged:
    """What a frozen plan gives on its data: the same every time. Raises the engine's errors. `progress` and `seen` are
    those of `judge`."""
    return judge(
        spec=RunnableSpecification.model_validate(plan["specification"]),
        panel=given.inputs,
        benchmark=given.benchmark,
        n_trials=plan["n_trials"],
        again=plan.get("again", True),
        progress=progress,
        seen=seen,
    )


def _cells(spec: RunnableSpecification, info: marketdata.DataSetInfo) -> float:
    """A run is costed before it is queued; raises RunTooLargeError."""
    named = spec.parameters[spec.universe.symbols].value
    n_symbols = len(named) if isinstance(named, list) and named else len(info.symbols)
    cells = cost_of(spec, n_symbols=n_symbols, n_days=info.n_days)
    if cells > settings.RUN_MAX_CELLS:
        raise RunTooLargeError(
            f"This run would take about {cells / settings.RUN_MAX_CELLS:.1f} times what one run may. Use fewer instruments, a "
            "shorter history or shorter windows.",
            cells=cells,
        )
    return cells


def _n_readings(spec: RunnableSpecification, info: marketdata.DataSetInfo) -> int:
    """How often the rules run within one job: once, and once more for each further reading of the claims."""
    from apps.domain.verdict import readings_to_make  # noqa: PLC0415 -- slow import

    stated = window_of(spec)
    window = (max(stated.start or info.first_day, info.first_day), min(stated.end or info.last_day, info.last_day))
    return 1 + len(readings_to_make(spec=spec, window=window, data_window=(info.first_day, info.last_day)))


def _series_of(spec: RunnableSpecification) -> dict[str, str]:
    """The external series that the rules read, with the snapshot of each."""
    named = {str(spec.parameters[given.source].value) for given in spec.data.inputs.values() if given.kind == "series"}
    return {source: marketdata.series(source=source)[1].snapshot_hash for source in sorted(named)}


def _inputs(plan: dict[str, Any]) -> Inputs:
    """The frozen data of a run: bars, and the external series beside them."""
    series = {
        source: marketdata.series(source=source, snapshot_hash=snapshot)[0]
        for source, snapshot in plan.get("series", {}).items()
    }
    return Inputs(panel=marketdata.panel(key=plan["data_set"], snapshot_hash=plan["data_snapshot"]), series=series)


def _benchmark_set(symbol: str, data: marketdata.DataSetInfo) -> marketdata.DataSetInfo | None:
    """The data set with that instrument that covers most of the strategy's own."""
    holding = [info for info in marketdata.catalogue() if symbol in info.symbols]
    return max(
        holding,
        key=lambda info: (min(info.last_day, data.last_day) - max(info.first_day, data.first_day)).days,
        default=None,
    )
