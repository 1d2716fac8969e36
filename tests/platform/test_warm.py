"""What the web process loads: nothing that compiles, and nothing large that the start has not loaded already."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PAGES = """
import json, sys
import django
django.setup()
from fo_platform.warm import _import_all
_import_all()
before = set(sys.modules)
import numpy as np
from apps.domain import metrics, overfitting, verdict
import apps.backtests.urls, apps.backtests.api
from apps.backtests.queries import comparing, figures_curves, figures_trades, parts, tearsheet
returns = np.random.default_rng(1).normal(0.0004, 0.01, (2, 700))
overfitting.headline_intervals(equity=np.cumprod(1.0 + returns[0]), benchmark=None, seed=1, n_samples=20)
overfitting.bootstrap_measures(returns, mean_block=10.0, n_samples=20)
overfitting.sharpe_difference_test(returns[0], returns[1])
roots = {name.split(".")[0] for name in set(sys.modules) - before}
print(json.dumps([sorted(roots & {"scipy", "pandas", "pyarrow", "plotly", "numba", "sklearn"}), "numba" in sys.modules]))
"""


def test_pages_of_results_load_no_compiler_and_nothing_large_after_the_start():
    done = subprocess.run(
        [sys.executable, "-c", PAGES], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [[], False]
