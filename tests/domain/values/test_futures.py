"""Continuous futures: what is held, how it is chained, and that later contracts change nothing before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.values.futures import Contract, ContractError, continuous

DAYS = np.busday_offset("2020-01-01", np.arange(60), roll="forward")


def contract(last, close, volume=None, interest=None):
    at = np.arange(60)
    close = np.where(at <= last, np.broadcast_to(np.asarray(close, dtype=float), 60), np.nan)
    series = {"volume": volume, "open_interest": interest}
    more = {
        n: None if v is None else np.where(at <= last, np.broadcast_to(np.asarray(v, dtype=float), 60), np.nan)
        for n, v in series.items()
    }
    return Contract(expiry=DAYS[last], close=close, **more)


def test_contract_is_left_the_stated_days_before_it_expires():
    made = continuous(
        [contract(20, 100), contract(40, 110), contract(59, 121)], DAYS, rule="days_before_expiry", days_before=5
    )

    assert list(made.held[[14, 15, 34, 35]]) == [0, 1, 1, 2]


def test_contract_is_held_to_its_last_day_where_nothing_is_stated():
    made = continuous([contract(20, 100), contract(59, 110)], DAYS, rule="days_before_expiry")

    assert list(made.held[[20, 21]]) == [0, 1]


def test_series_is_scaled_forward_and_the_first_contract_stands_as_it_traded():
    made = continuous(
        [contract(20, 100), contract(40, 110), contract(59, 55)], DAYS, rule="days_before_expiry", days_before=0
    )

    np.testing.assert_allclose(made.prices["close"], 100.0)


def test_roll_by_volume_is_on_the_day_after_and_never_back():
    at = np.arange(60)
    back = np.where(at < 10, 1.0, np.where(at < 15, 9.0, 2.0))
    chain = [contract(30, 100, volume=5.0), contract(59, 100, volume=back)]

    made = continuous(chain, DAYS, rule="volume")

    assert list(made.held[[9, 10, 11, 20]]) == [0, 0, 1, 1]
    np.testing.assert_array_equal(made.volume[[10, 11]], [5.0, 9.0])


def test_roll_by_open_interest_waits_for_the_expiry_at_the_latest():
    chain = [contract(30, 100, interest=5.0), contract(59, 100, interest=1.0)]

    made = continuous(chain, DAYS, rule="open_interest")

    assert list(made.held[[30, 31]]) == [0, 1]


def test_curve_is_the_two_nearest_prices_that_trade():
    made = continuous([contract(20, 100), contract(40, 110), contract(59, 121)], DAYS, rule="days_before_expiry")

    assert (made.near[0], made.next[0]) == (100, 110)
    assert (made.near[30], made.next[30]) == (110, 121)
    assert made.near_days[0] == (DAYS[20] - DAYS[0]).astype(int)
    assert np.isnan(made.next[50])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 55), st.sampled_from(["days_before_expiry", "volume", "open_interest"]))
def test_cutting_the_future_away_changes_nothing_before(seed, cut, rule):
    rng = np.random.default_rng(seed)
    walk = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 60)))
    chain = [
        contract(last, walk * np.exp(rng.normal(0, 0.02)), rng.uniform(1, 9, 60), rng.uniform(1, 9, 60))
        for last in (15, 30, 45, 59)
    ]
    known = np.arange(60) <= cut

    full = continuous(chain, DAYS, rule=rule, days_before=2)
    again = continuous([c.blanked(known) for c in chain], DAYS, rule=rule, days_before=2)

    np.testing.assert_array_equal(full.prices["close"][: cut + 1], again.prices["close"][: cut + 1])
    np.testing.assert_array_equal(full.near[: cut + 1], again.near[: cut + 1])


@pytest.mark.parametrize(
    ("chain", "rule", "why"),
    [
        ([], "volume", "at least one"),
        ([contract(20, 100), contract(20, 101)], "days_before_expiry", "same day"),
        ([contract(20, 100), contract(40, 101)], "volume", "no volume"),
        ([Contract(DAYS[20], np.ones(3))], "volume", "one entry per day"),
    ],
)
def test_contracts_that_make_no_series_are_refused(chain, rule, why):
    with pytest.raises(ContractError, match=why):
        continuous(chain, DAYS, rule=rule)
