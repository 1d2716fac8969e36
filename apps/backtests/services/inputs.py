"""The frozen data of a run, read back by the snapshots that its plan names."""

from __future__ import annotations

from typing import Any

from apps.domain.values.inputs import Inputs
from apps.marketdata import queries as marketdata


def inputs_of(plan: dict[str, Any], /) -> Inputs:
    """Bars, and the external series beside them. Raises DataSetNotFoundError."""
    series = {
        source: marketdata.series(source=source, snapshot_hash=snapshot)[0]
        for source, snapshot in plan.get("series", {}).items()
    }
    return Inputs(panel=marketdata.panel(key=plan["data_set"], snapshot_hash=plan["data_snapshot"]), series=series)
