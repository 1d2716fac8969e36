"""Before a run: what it needs and what there is, which windows and benchmarks, how long it takes, whether it exists."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from uuid import UUID

from apps.backtests.enums import BacktestStatus
from apps.backtests.models import Backtest
from apps.backtests.queries.needs import Need, needs_of
from apps.backtests.queries.trials import trials_of
from apps.backtests.services.options import (
    AS_THE_VERSION,
    OptionRefusedError,
    Override,
    RunOptions,
    applied,
    benchmark_of,
)
from apps.backtests.services.plans import Asked, asked_plan
from apps.backtests.services.presets import Preset, presets_of, resolved
from apps.backtests.services.runs import RUN_JOB, SMALL_CELLS, same_run, version_to_run
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification
from apps.jobs.queries import latest_jobs
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies

_CELLS_A_SECOND = (
    150e6  # one core of the machine that docs/benchmarks.md was measured on; used until a run was made here
)
_LATEST = 30


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how long a worker takes, waiting not counted, and what that rests on: how many runs of this desk."""

    seconds: float
    n_runs: int


@dataclass(frozen=True, slots=True)
class Launch:
    """All that is to be known before a run of `version` with `options`."""

    strategy: strategies.Strategy
    version: strategies.StrategyVersion
    versions: tuple[strategies.StrategyVersion, ...]
    options: RunOptions
    needs: tuple[Need, ...]
    presets: tuple[Preset, ...]
    benchmark: str
    benchmarks: tuple[tuple[str, tuple[str, ...]], ...]
    version_costs: str
    house_bps: float
    overrides: tuple[Override, ...]
    obstacle: str
    estimate: Estimate | None
    fingerprint: str
    existing: Backtest | None
    n_trials: int

    @property
    def is_complete(self) -> bool:
        """Whether a run can be made: nothing that it needs is missing."""
        return not self.obstacle

    @property
    def n_missing(self) -> int:
        return sum(need.state == "missing" for need in self.needs)


def launch_of(*, strategy_id: UUID, version_id: UUID | None = None, options: RunOptions = AS_THE_VERSION) -> Launch:
    """Check a run before it is asked for; nothing is changed.

    What stands in the way of the run is in `obstacle`, as a sentence. Raises StrategyNotFoundError, VersionNotFoundError,
    NotApprovedError, NotRunnable (a draft with open questions).
    """
    from apps.domain.verdict import HOUSE_COST_BPS, costs_of  # noqa: PLC0415 -- slow import

    strategy = strategies.strategy(strategy_id=strategy_id)
    version = version_to_run(strategy, version_id)
    own = strategies.specification_of(version)
    asked, obstacle = _asked(strategy, version, options)
    spec, overrides = applied(own, asked.options if asked else _resolvable(strategy, own, options))
    bars = marketdata.catalogue()
    return Launch(
        strategy=strategy,
        version=version,
        versions=tuple(strategies.versions(strategy_id=strategy_id)),
        options=options,
        needs=needs_of(spec),
        presets=presets_of(strategy, own),
        benchmark=benchmark_of(own),
        benchmarks=tuple((info.title, info.symbols) for info in sorted(bars, key=lambda info: len(info.symbols))),
        version_costs=costs_of(own),
        house_bps=HOUSE_COST_BPS,
        overrides=overrides,
        obstacle=obstacle,
        estimate=estimate_of(asked.plan["cells"]) if asked else None,
        fingerprint=asked.fingerprint if asked else "",
        existing=same_run(strategy_id=strategy_id, fingerprint=asked.fingerprint) if asked else None,
        n_trials=trials_of(strategy_id=strategy_id),
    )


def estimate_of(cells: float, /) -> Estimate:
    """How long that many cells of arithmetic take, by the pace of the desk's latest runs."""
    latest = Backtest.objects.filter(status=BacktestStatus.DONE, plan__has_key="cells").order_by("-created_at", "-id")
    sizes = dict(latest.values_list("id", "plan__cells")[:_LATEST])
    jobs = latest_jobs(subject_ids=sizes, kind=RUN_JOB)
    took = [
        (float(sizes[run_id]), (job.finished_at - job.started_at).total_seconds())
        for run_id, job in jobs.items()
        if job.started_at and job.finished_at
    ]
    floor = statistics.median([seconds for size, seconds in took if size < SMALL_CELLS] or [0.2])
    paces = [size / max(seconds - floor, 0.05) for size, seconds in took if size >= SMALL_CELLS]
    pace = statistics.median(paces) if paces else _CELLS_A_SECOND
    return Estimate(seconds=floor + cells / pace, n_runs=len(took))


def _asked(
    strategy: strategies.Strategy, version: strategies.StrategyVersion, options: RunOptions
) -> tuple[Asked | None, str]:
    try:
        return asked_plan(strategy, version, options), ""
    except DomainError as error:
        return None, error.message


def _resolvable(strategy: strategies.Strategy, spec: RunnableSpecification, options: RunOptions) -> RunOptions:
    """The options, or what of them can be applied, so that the needs of the rest are still shown."""
    try:
        return resolved(strategy, spec, options)
    except OptionRefusedError:
        return replace(options, window=None)
