"""The example strategies of the language, run as they stand."""

import numpy as np
import pytest

from apps.domain.engine import look_ahead_proof, run
from apps.domain.language import runnable, warm_up
from apps.domain.values import Panel
from tests.domain.engine.build import gbm
from tests.domain.examples import EXAMPLES


def panel_for(strategy):
    symbols = strategy.parameters[strategy.universe.symbols].value or [f"S{i}" for i in range(6)]
    paths = gbm(n_symbols=len(symbols), n_days=8300, start="1990-01-02")
    return Panel(days=paths.days, symbols=tuple(symbols), close=paths.close, open=paths.open)


@pytest.mark.parametrize("draft", EXAMPLES, ids=lambda draft: draft.meta.name)
def test_example_strategy_trades_and_proves_itself(draft):
    strategy = runnable(draft)
    panel = panel_for(strategy)

    result, proof = run(spec=strategy, panel=panel), look_ahead_proof(strategy, panel, n_cuts=2)

    assert len(result.orders) > 10
    assert np.all(result.orders.decided < result.orders.day)
    assert proof.n_fills > 10


@pytest.mark.parametrize("draft", EXAMPLES, ids=lambda draft: draft.meta.name)
def test_example_strategy_decides_nothing_before_its_warm_up(draft):
    strategy = runnable(draft)
    panel = panel_for(strategy)

    result = run(spec=strategy, panel=panel)

    assert result.orders.decided[0] >= panel.days[warm_up(strategy)]
