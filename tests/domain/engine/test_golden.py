"""Runs on made-up paths end on the money of other engines. Their figures were printed by `make bench` (benchmarks/peers.py).

Where an engine differs by convention, docs/engine.md says which, and it is held only as far as the convention allows.
"""

import numpy as np
import pytest

from apps.domain.engine import run, sweep
from benchmarks import workloads

ONE_NAME = {"raptorbt 0.13.4": 1076624.0226222796, "vectorbt 1.2.0": 1076624.0226222828}
FIVE_HUNDRED_NAMES = {"raptorbt 0.13.4": 1339983869.5031838, "vectorbt 1.2.0": 1339983869.5031872}
PAIRS_OF_WINDOWS = {"raptorbt 0.13.4": 1300809875.0482516, "vectorbt 1.2.0": 1300809875.0482564}
AT_THE_OPEN = {"bt 1.4.1": 1076624.0226222808}
MINUTES = {"backtesting.py 0.6.6": 1015077.5963810425}
ROTATION = {"vectorbt 1.2.0": 5219260.561542}


def total(spec, panel, axes):
    return sum(member.equity[-1] for member in sweep(spec=spec, panel=panel, axes=axes))


@pytest.mark.parametrize("peer", ONE_NAME)
def test_crossing_averages_of_one_name(peer):
    result = run(spec=workloads.crossing(), panel=workloads.one_name())

    assert result.equity[-1] == pytest.approx(ONE_NAME[peer], rel=1e-9)


def test_crossing_averages_marked_at_the_last_open_as_bt_does():
    panel = workloads.one_name()
    result = run(spec=workloads.crossing(), panel=panel)

    shares = (result.equity[-1] - result.cash[-1]) / panel.close[0, -1]

    assert result.cash[-1] + shares * panel.open[0, -1] == pytest.approx(AT_THE_OPEN["bt 1.4.1"], rel=1e-9)


def test_crossing_averages_of_five_hundred_names():
    panel = workloads.five_hundred_names()

    ours = total(workloads.crossing(), panel, {"symbols": [[symbol] for symbol in panel.symbols]})

    for theirs in FIVE_HUNDRED_NAMES.values():
        assert ours == pytest.approx(theirs, rel=1e-9)


def test_sweep_of_a_thousand_pairs_of_windows():
    fast, slow = (sorted(set(column)) for column in zip(*workloads.PAIRS, strict=True))

    ours = total(workloads.crossing(), workloads.one_name(), {"fast": fast, "slow": slow})

    for theirs in PAIRS_OF_WINDOWS.values():
        assert ours == pytest.approx(theirs, rel=1e-9)


def test_reversal_on_minutes_with_stop_and_target():
    """backtesting.py trades with 0.9999999 of the cash: it takes whole orders below the equity only."""
    result = run(spec=workloads.reversal(), panel=workloads.minutes())

    assert int(np.sum(~result.trades.is_open)) == 795
    assert result.equity[-1] == pytest.approx(MINUTES["backtesting.py 0.6.6"], rel=1e-5)


def test_monthly_rotation():
    """vectorbt turns target weights into shares at the last close, we into money that buys at the open."""
    result = run(spec=workloads.momentum(50), panel=workloads.five_hundred_names())

    assert result.equity[-1] == pytest.approx(ROTATION["vectorbt 1.2.0"], rel=2e-3)
