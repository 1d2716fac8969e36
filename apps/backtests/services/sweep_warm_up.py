"""Compile and load what a piece of a sweep needs, once in a worker's life."""

from __future__ import annotations

from typing import Any

from apps.backtests.enums import SweepKind
from apps.backtests.queries.sweep_plans import Request, resolve
from apps.backtests.services.files import parquet
from apps.backtests.services.sweep_gather import gather
from apps.backtests.services.sweep_work import walk_members


def warm_up() -> None:
    """A sweep of a few runs over made-up prices, from the first piece to the figures of all."""
    import numpy as np  # noqa: PLC0415 -- slow import

    from apps.domain.language import quick, runnable  # noqa: PLC0415 -- slow import
    from apps.domain.values import Panel  # noqa: PLC0415 -- slow import
    from apps.domain.values.inputs import Inputs  # noqa: PLC0415 -- slow import

    close = 100 + np.cumsum(np.sin(np.arange(900.0) / 7))[None, :]
    days = np.arange(900).astype("datetime64[D]")
    inputs = Inputs(panel=Panel(days=days, symbols=("A",), close=close, open=close))
    rules: dict[str, Any] = {"enter": "sma(close, fast) > sma(close, slow)", "fast": "5 days", "slow": "20 days"}
    spec = runnable(quick("per_asset", **rules))
    plan = resolve(spec, Request(kind=SweepKind.GRID, axes={"fast": [3, 5, 8], "slow": [20, 40]}))
    table = walk_members(spec=spec, inputs=inputs, plan=plan, first=0, count=plan.n_members)
    found = gather(spec=spec, inputs=inputs, plan=plan, pieces=[table], n_trials=plan.n_members)
    parquet(found.members)
