"""Load what the first visitor would otherwise wait for, after the server has begun to answer."""

from __future__ import annotations

import threading
from importlib import import_module

_HEAVY = (
    "pandas",
    "pyarrow.parquet",
    "plotly.graph_objects",
    "apps.domain.engine",
    "apps.domain.metrics",
    "apps.backtests.queries.tearsheet",
)


def warm_in_background() -> None:
    """Import the slow libraries of the pages in a thread; pages that need one meanwhile wait for the import as usual."""
    threading.Thread(target=_import_all, name="warm", daemon=True).start()


def _import_all() -> None:
    for name in _HEAVY:
        import_module(name)
