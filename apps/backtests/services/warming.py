"""Compile and load what a run needs, once in a process's life."""

from __future__ import annotations

from typing import Any

from channels.layers import get_channel_layer

from apps.backtests.services.files import parquet, tables_of
from apps.backtests.services.work import judge
from apps.domain.values.inputs import Inputs


def warm_up() -> None:
    """Compile and load what a run needs, once in a worker's life."""
    import numpy as np  # noqa: PLC0415 -- slow import

    from apps.domain.language import RunnableSpecification as Spec  # noqa: PLC0415 -- slow import
    from apps.domain.values import Panel  # noqa: PLC0415 -- slow import

    close = 100 + np.cumsum(np.sin(np.arange(400.0)))[None, :]
    days = np.arange(400).astype("datetime64[D]")
    one = Panel(days=days, symbols=("A",), close=close, open=close)
    two = Panel(days=days, symbols=("A", "B"), close=close.repeat(2, axis=0), open=close.repeat(2, axis=0))
    rule = {"kind": "per_asset", "enter": "close > sma(close, 20)"}
    ranks = {"kind": "top_n", "by": "trailing_return(close, 40, 5)", "count": "n"}
    for selection, panel in ((rule, one), (rule, two), (ranks, two)):
        spec = Spec.model_validate(_warm_up_content(selection))
        judged = judge(spec=spec, panel=Inputs(panel=panel), benchmark=one, n_trials=1)
        for table in tables_of(judged.result).values():
            parquet(table)
    get_channel_layer()


def _warm_up_content(selection: dict[str, Any]) -> dict[str, Any]:
    def row(value: object, unit: str) -> dict[str, Any]:
        return {"label": unit, "value": value, "unit": unit, "status": "assumed"}

    return {
        "meta": {"name": "Warm-up"},
        "data": {"dataset": "d"},
        "universe": {"symbols": "s"},
        "selection": selection,
        "schedule": {"rebalance": "r"},
        "execution": {"fill": "f", "cost": "c"},
        "evaluation": {"capital": "m"},
        "parameters": {
            "d": row("x", "dataset"),
            "s": row([], "symbols"),
            "r": row("monthly", "choice"),
            "f": row("next_open", "choice"),
            "c": row(5.0, "bps"),
            "m": row(1000.0, "currency"),
            "n": row(1, "count"),
        },
    }
