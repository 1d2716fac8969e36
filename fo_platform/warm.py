"""Load what the first visitor would otherwise wait for, after the server has begun to answer.

Pages compile nothing: they read what workers made, and workers compile in their own warm-up. tests/platform/test_warm.py holds
both: no page of a result loads the compiler, and none loads a large library that is not named here.
"""

from __future__ import annotations

import threading
from importlib import import_module

_HEAVY = (
    "pandas",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "scipy.stats",
    "plotly.graph_objects",
    "apps.domain.engine",
    "apps.domain.metrics",
    "apps.domain.overfitting",
    "apps.domain.verdict",
    "apps.backtests.queries.comparing",
    "apps.backtests.queries.tearsheet",
)


def warm_in_background() -> None:
    """Import the slow libraries of the pages in a thread; pages that need one meanwhile wait for the import as usual."""
    threading.Thread(target=_import_all, name="warm", daemon=True).start()


def _import_all() -> None:
    for name in _HEAVY:
        import_module(name)
