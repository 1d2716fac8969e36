"""What a run needs, frozen: the specification with the snapshots it is resolved against, and what such a plan gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.backtests.services.work import Judged, judge
from apps.domain.errors import DomainError
from apps.domain.language import NotRunnable, RunnableSpecification, cost_of, execution_hash
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs
from apps.marketdata import queries as marketdata
from apps.strategies import queries as strategies

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
        "again": cells * _READINGS <= settings.RUN_MAX_CELLS,
        "snapshot_hash": hashlib.sha256("\n".join(snapshots).encode()).hexdigest(),
    }


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


def made(plan: dict[str, Any], given: Given, /, *, progress: Callable[[float], None] | None = None) -> Judged:
    """What a frozen plan gives on its data: the same every time. Raises the engine's errors."""
    return judge(
        spec=RunnableSpecification.model_validate(plan["specification"]),
        panel=given.inputs,
        benchmark=given.benchmark,
        n_trials=plan["n_trials"],
        again=plan.get("again", True),
        progress=progress,
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
