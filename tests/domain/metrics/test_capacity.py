"""Capacity by hand, and as what it says: the capital at which the fills reach their part of the volume."""

from types import SimpleNamespace

import numpy as np
import pytest

from apps.domain import engine
from apps.domain.language import runnable
from apps.domain.metrics import CapacityError, capacity, measure
from apps.domain.values import Panel
from tests.domain.engine.build import gbm
from tests.domain.examples import CROSS_MOMENTUM

DAYS = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")


def run(fills, capital=1_000.0):
    """`fills`: (symbol, day, shares) in the order of the fills."""
    symbol, day, shares = zip(*fills, strict=True) if fills else ((), (), ())
    orders = SimpleNamespace(
        symbol=np.array(symbol, dtype=np.int64),
        day=DAYS[np.array(day, dtype=np.int64)],
        shares=np.array(shares, dtype=float),
    )
    return SimpleNamespace(symbols=("A", "B"), days=DAYS, capital=capital, orders=orders)


def volume(value=10_000.0):
    return np.full((2, 4), value)


def test_capacity_of_one_fill_is_where_it_reaches_the_participation():
    """10 of 10,000 shares are a thousandth: ten times the capital takes one per cent."""
    assert capacity(run([(0, 1, 10.0)]), volume()) == pytest.approx(10_000.0)
    assert capacity(run([(0, 1, 10.0)]), volume(), participation=0.1) == pytest.approx(100_000.0)


def test_capacity_forgives_the_few_fills_beyond_the_quantile():
    fills = [(s, d, 10.0) for s in (0, 1) for d in range(4)]
    fills[3] = (0, 3, 1_000.0)

    assert capacity(run(fills), volume(), quantile=0.875) == pytest.approx(10_000.0)
    assert capacity(run(fills), volume(), quantile=0.9) == pytest.approx(100.0)


def test_fills_of_one_instrument_on_one_bar_add_up():
    assert capacity(run([(1, 2, 4.0), (1, 2, 6.0)]), volume()) == pytest.approx(10_000.0)


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.95, 1.0])
def test_at_the_capacity_the_quantile_of_the_fills_stays_within_and_above_it_does_not(quantile):
    rng = np.random.default_rng(8)
    fills = [(int(rng.integers(2)), int(rng.integers(4)), float(rng.lognormal(2, 1))) for _ in range(40)]
    traded = rng.lognormal(9, 1, (2, 4))

    found = capacity(run(fills), traded, quantile=quantile)

    def within(capital):
        bars = {}
        for symbol, day, shares in fills:
            bars[symbol, day] = bars.get((symbol, day), 0.0) + shares * capital / 1_000.0
        return np.mean([bars[s, d] <= 0.01 * traded[s, d] for s, d, _ in fills])

    assert within(found * (1 - 1e-9)) >= quantile > within(found * (1 + 1e-9))


def test_bar_without_volume_has_no_capacity_and_unknown_volume_is_left_out():
    holed = volume()
    holed[0, 1] = 0.0
    unknown = volume()
    unknown[0, 1] = np.nan

    assert capacity(run([(0, 1, 10.0)]), holed) == 0.0
    assert capacity(run([(0, 1, 10.0)]), unknown) is None
    assert capacity(run([(0, 1, 10.0), (1, 1, 10.0)]), unknown) == pytest.approx(10_000.0)
    assert capacity(run([]), volume()) is None


@pytest.mark.parametrize(
    "wrong", [{"participation": 0.0}, {"participation": 1.1}, {"quantile": 0.0}, {"quantile": 1.5}]
)
def test_capacity_at_a_fraction_out_of_range_is_refused(wrong):
    with pytest.raises(CapacityError):
        capacity(run([(0, 1, 10.0)]), volume(), **wrong)


def test_volumes_of_another_shape_are_refused():
    with pytest.raises(CapacityError):
        capacity(run([(0, 1, 10.0)]), np.ones((2, 3)))


def test_capacity_of_a_run_of_the_engine_is_reached_by_its_fills():
    strategy = runnable(CROSS_MOMENTUM)
    symbols = strategy.parameters[strategy.universe.symbols].value or tuple("ABCDEF")
    paths = gbm(n_symbols=len(symbols), n_days=2_000, start="2005-01-03")
    panel = Panel(days=paths.days, symbols=tuple(symbols), close=paths.close, open=paths.open)
    result = engine.run(spec=strategy, panel=panel)
    traded = np.random.default_rng(2).lognormal(13, 1, (len(result.symbols), len(result.days)))

    found = capacity(result, traded)

    orders = result.orders
    parts = orders.shares * found / result.capital / traded[orders.symbol, np.searchsorted(result.days, orders.day)]
    assert len(orders) > 50
    assert np.mean(parts <= 0.01 * (1 + 1e-9)) >= 0.95 > np.mean(parts <= 0.01 * (1 - 1e-9))
    assert all(value is None or np.isfinite(value) for value in measure(result).values())
