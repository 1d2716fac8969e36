"""What a run needs, frozen: the specification with the snapshots it is resolved against, and what such a plan gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from apps.backtests.queries.frozen import Given, cells_of, frozen
from apps.backtests.services.options import OptionRefusedError, Override, RunOptions, applied, window_of
from apps.backtests.services.presets import resolved
from apps.backtests.services.work import Judged, judge
from apps.domain.language import RunnableSpecification
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies

if TYPE_CHECKING:
    from apps.domain.engine import Result


def plan_of(spec: RunnableSpecification) -> dict[str, Any]:
    """Everything that the run needs, and what it costs. Raises NotRunnable, RunTooLargeError, DataSetNotFoundError."""
    plan = frozen(spec)
    info = marketdata.data_set(key=plan["data_set"], snapshot_hash=plan["data_snapshot"])
    return plan | {"cells": cells_of(spec, info) * (_n_readings(spec, info) if plan["again"] else 1)}


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
    published = strategy.document.published_date if strategy.document else None
    plan |= {
        "engine_version": ENGINE_VERSION,
        "overrides": [override.as_dict() for override in overrides],
        "published": published.isoformat() if published else None,
    }
    digest = fingerprint(
        execution_hash=plan["execution_hash"], snapshot_hash=plan["snapshot_hash"], engine_version=ENGINE_VERSION
    )
    return Asked(plan, digest, options, overrides)


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
        published=date.fromisoformat(plan["published"]) if plan.get("published") else None,
        progress=progress,
        seen=seen,
    )


def _n_readings(spec: RunnableSpecification, info: marketdata.DataSetInfo) -> int:
    """How often the rules run within one job: once, and once more for each further reading of the claims."""
    from apps.domain.verdict import readings_to_make  # noqa: PLC0415 -- slow import

    stated = window_of(spec)
    window = (max(stated.start or info.first_day, info.first_day), min(stated.end or info.last_day, info.last_day))
    return 1 + len(readings_to_make(spec=spec, window=window, data_window=(info.first_day, info.last_day)))
