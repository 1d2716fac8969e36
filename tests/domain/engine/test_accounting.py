"""The accounts: every amount is explained, and each rule of docs/engine.md does what its sentence says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.domain.engine.accounting import REASONS, Account, Costs, Exits, Orders, Signals, account
from apps.domain.values import Panel
from apps.domain.values.inputs import Inputs

NAN = np.nan


def panel_of(close, open_=None, high=None, low=None, volume=None, start="2020-01-06"):
    close = np.atleast_2d(np.asarray(close, dtype=float))
    rest = {"open": open_, "high": high, "low": low, "volume": volume}
    fields = {name: np.atleast_2d(np.asarray(v, dtype=float)) for name, v in rest.items() if v is not None}
    days = np.busday_offset(start, np.arange(close.shape[1]))
    return Panel(days=days, symbols=tuple(f"S{n}" for n in range(len(close))), close=close, **fields)


def walk(panel, targets, decisions, *, fields=None, signals=None, fill="next_close", costs=None, exits=None, orders=None,
         **rules):  # fmt: skip
    return account(
        panel=panel,
        inputs=Inputs(panel=panel, fields=fields or {}),
        first=0,
        decisions=np.asarray(decisions),
        targets=np.atleast_2d(np.asarray(targets, dtype=float)),
        signals=signals,
        bar=np.isfinite(panel.close),
        fill=fill,
        costs=costs or Costs(),
        exits=exits or Exits(),
        orders=orders or Orders(),
        rules=Account(capital=rules.pop("capital", 1000.0), **rules),
    )


def reasons(accounts):
    return [REASONS[code] for code in accounts.orders.reason]


# --- identities -----------------------------------------------------------------------------------------------------


def market(seed, n_symbols, n_days, gaps):
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.03, (n_symbols, n_days)), axis=1))
    open_ = close * np.exp(rng.normal(0, 0.01, close.shape))
    high, low = np.maximum(open_, close) * 1.01, np.minimum(open_, close) * 0.99
    volume = rng.uniform(1e3, 1e6, close.shape)
    hole = rng.random(close.shape) < gaps
    arrays = [np.where(hole, NAN, x) for x in (close, open_, high, low, volume)]
    return panel_of(*arrays), rng


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(["next_open", "next_close", "same_close"]),
    st.booleans(), st.booleans(), st.booleans(), st.sampled_from([0.0, 0.1]), st.sampled_from([None, 0.05]),
)  # fmt: skip
def test_every_amount_is_explained_on_every_day(seed, n_symbols, fill, shorts, stops, whole, gaps, participation):
    panel, rng = market(seed, n_symbols, 60, gaps)
    decisions = np.arange(0, 60, int(rng.integers(1, 9)))
    targets = rng.uniform(-1.0 if shorts else 0.0, 1.0, (n_symbols, len(decisions))) / n_symbols
    targets[rng.random(targets.shape) < 0.2] = 0.0
    targets[rng.random(targets.shape) < 0.1] = NAN
    dividends = np.where(rng.random(panel.close.shape) < 0.03, 0.5, 0.0)
    costs = Costs(0.001, 0.01, 0.5, 0.0005, 0.01, participation, 0.03, 0.05, 0.02)
    exits = Exits(0.05, 0.08, 0.06, 7) if stops else Exits()

    made = walk(
        panel, targets, decisions, fields={"dividend": dividends}, fill=fill, costs=costs, exits=exits,
        whole_shares=whole, capital=1e5,
    )  # fmt: skip

    shares = np.zeros((n_symbols, 60))
    flows = np.zeros(60)
    for place in range(len(made.orders)):
        day = int(np.searchsorted(panel.days, made.orders.day[place]))
        row, side = made.orders.symbol[place], made.orders.side[place]
        shares[row, day:] += side * made.orders.shares[place]
        flows[day] -= side * made.orders.value[place] + made.orders.cost[place]
    last = np.array([[row[: t + 1][np.isfinite(row[: t + 1])][-1:].sum() for t in range(60)] for row in panel.close])
    before = np.concatenate([np.zeros((n_symbols, 1)), shares[:, :-1]], axis=1)
    cash = 1e5 + np.cumsum(flows + made.financing + (before * dividends).sum(axis=0))

    np.testing.assert_allclose(made.cash, cash, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(made.equity, cash + (shares * last).sum(axis=0), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(made.dividends, (before * dividends).sum(axis=0), atol=1e-8)
    gained = made.trades.pnl.sum() + made.financing.sum() + made.dividends.sum()
    np.testing.assert_allclose(made.equity[-1] - 1e5, gained, rtol=1e-8, atol=1e-5)
    assert (made.orders.cost >= made.orders.slippage).all()
    assert (made.orders.shares > 0).all()
    if whole:
        np.testing.assert_allclose(made.orders.shares, np.round(made.orders.shares), atol=1e-9)
    if not shorts and gaps == 0.0:
        assert (made.cash > -1e-6 - np.abs(made.financing).sum()).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 55), st.booleans())
def test_cutting_later_days_away_changes_nothing_before(seed, cut, stops):
    panel, rng = market(seed, 3, 60, 0.05)
    decisions = np.arange(0, 60, 3)
    targets = rng.uniform(-0.5, 0.5, (3, len(decisions)))
    exits = Exits(0.04, 0.05, 0.04, 5) if stops else Exits()
    short = Panel(
        days=panel.days[: cut + 1], symbols=panel.symbols, **{n: panel.field(n)[:, : cut + 1] for n in panel.fields}
    )
    upto = decisions[decisions <= cut]

    full = walk(panel, targets, decisions, fill="next_open", exits=exits, costs=Costs(rate=0.001, borrow=0.02))
    again = walk(
        short, targets[:, : len(upto)], upto, fill="next_open", exits=exits, costs=Costs(rate=0.001, borrow=0.02)
    )

    np.testing.assert_array_equal(full.equity[: cut + 1], again.equity)
    np.testing.assert_array_equal(full.cash[: cut + 1], again.cash)


# --- exits: what a bar leaves open is decided against us -------------------------------------------------------------

ENTER = [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]


def one_trade(bars, exits, side=1.0, fill="next_open"):
    """Enter after the first bar; `bars` are (open, high, low, close)."""
    o, h, l, c = (list(column) for column in zip(*bars, strict=True))  # noqa: E741
    return walk(
        panel_of([c], [o], [h], [l]), [[side] + [NAN] * (len(bars) - 1)], range(len(bars)), fill=fill, exits=exits
    )


FLAT = (100, 100, 100, 100)


@pytest.mark.parametrize(
    ("bars", "exits", "price", "reason"),
    [
        ([FLAT, FLAT, (100, 101, 94, 96)], Exits(stop_loss=0.05), 95, "stop loss"),
        ([FLAT, FLAT, (90, 101, 89, 96)], Exits(stop_loss=0.05), 90, "stop loss"),
        ([FLAT, FLAT, (100, 111, 99, 105)], Exits(take_profit=0.1), 110, "target"),
        ([FLAT, FLAT, (115, 116, 114, 115)], Exits(take_profit=0.1), 115, "target"),
        ([FLAT, FLAT, (100, 120, 90, 110)], Exits(stop_loss=0.05, take_profit=0.1), 95, "stop loss"),
        ([FLAT, (100, 120, 90, 110)], Exits(stop_loss=0.05, take_profit=0.1), 95, "stop loss"),
        ([FLAT, FLAT, (100, 120, 100, 119), (119, 119, 107, 108)], Exits(trailing_stop=0.1), 108, "trailing stop"),
        ([FLAT, FLAT, (100, 120, 99, 119)], Exits(trailing_stop=0.1), None, None),
        ([FLAT, FLAT, FLAT, (101, 101, 101, 101), (102, 102, 102, 102)], Exits(time_stop=2), 101, "time stop"),
    ],
    ids=["stop", "gap through the stop", "target", "gap through the target", "both: the stop", "on the bar of the entry",
         "trailing", "the high of the same bar does not trail", "time"],
)  # fmt: skip
def test_exit_is_the_worst_that_the_bar_allows(bars, exits, price, reason):
    made = one_trade(bars, exits)

    if price is None:
        assert len(made.orders) == 1
    else:
        assert made.orders.price[1] == pytest.approx(price)
        assert reasons(made)[1] == reason


def test_short_exits_mirror_long_ones():
    made = one_trade([FLAT, FLAT, (100, 106, 99, 101)], Exits(stop_loss=0.05), side=-1.0)

    assert list(made.orders.side) == [-1, 1]
    assert made.orders.price[1] == pytest.approx(105)
    assert made.trades.pnl[0] == pytest.approx(-50)
    assert made.trades.side[0] == -1


def test_position_filled_at_a_close_is_watched_from_the_next_bar():
    made = one_trade([FLAT, (100, 100, 50, 100), FLAT], Exits(stop_loss=0.05), fill="next_close")

    assert len(made.orders) == 1


def test_entry_rule_may_enter_again_after_a_stop():
    close = [100, 100, 94, 94, 94]
    enter = np.array([[1.0, 0.0, 1.0, 0.0, 0.0]])
    leave = np.zeros((1, 5))
    signals = Signals(enter, leave, None, None, np.ones((1, 5), bool), "selected", np.ones(5))

    made = walk(
        panel_of([close], [close]), np.ones((1, 5)), range(5), signals=signals, fill="next_open", exits=Exits(0.05)
    )

    assert reasons(made) == ["decision", "stop loss", "decision"]
    assert [str(day) for day in made.orders.day] == ["2020-01-07", "2020-01-08", "2020-01-09"]


# --- orders with a price --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "limit", "stop", "bar", "price"),
    [
        ("limit", 98, None, (100, 101, 97, 99), 98),
        ("limit", 98, None, (96, 99, 95, 97), 96),
        ("limit", 98, None, (100, 101, 98.5, 99), None),
        ("stop", None, 103, (100, 104, 99, 103), 103),
        ("stop", None, 103, (105, 106, 104, 105), 105),
        ("stop", None, 103, (100, 102, 99, 101), None),
        ("stop_limit", 104, 103, (100, 105, 99, 104), 103),
        ("stop_limit", 104, 103, (106, 107, 105, 106), None),
    ],
)
def test_priced_order_fills_as_the_page_says(kind, limit, stop, bar, price):
    o, h, l, c = ([100.0, value] for value in bar)  # noqa: E741
    orders = Orders(
        kind, *(None if level is None else np.array([[level, NAN]], dtype=float) for level in (limit, stop))
    )

    made = walk(panel_of([c], [o], [h], [l]), [[1.0, NAN]], [0, 1], fill="next_open", orders=orders)

    assert list(made.orders.price) == ([] if price is None else [pytest.approx(price)])


def test_triggered_stop_limit_waits_as_a_limit():
    bars = [(100, 100, 100, 100), (106, 107, 105, 106), (105, 105, 103.5, 104)]
    o, h, l, c = (list(column) for column in zip(*bars, strict=True))  # noqa: E741
    orders = Orders("stop_limit", np.array([[104.0]]), np.array([[103.0]]))

    made = walk(panel_of([c], [o], [h], [l]), [[1.0]], [0], fill="next_open", orders=orders)

    assert list(made.orders.price) == [104.0]


# --- costs, time and corporate actions --------------------------------------------------------------------------------


def test_costs_are_the_sum_of_their_parts():
    costs = Costs(rate=0.001, per_share=0.01, minimum=0.0, half_spread=0.0005, impact=0.1)

    made = walk(panel_of([[10, 10, 10]], volume=[[1e6] * 3]), [[0.5]], [0], costs=costs, capital=1e5)

    shares = 5000.0
    slippage = shares * 10 * (0.0005 + 0.1 * np.sqrt(shares / 1e6))
    assert made.orders.slippage[0] == pytest.approx(slippage)
    assert made.orders.cost[0] == pytest.approx(shares * 10 * 0.001 + shares * 0.01 + slippage)


def test_minimum_cost_of_an_order_is_charged():
    made = walk(panel_of([[10, 10]]), [[0.01]], [0], costs=Costs(rate=0.001, minimum=3.0))

    assert made.orders.cost[0] == 3.0


def test_no_more_than_a_share_of_the_volume_fills_and_the_rest_waits():
    panel = panel_of([[10] * 5], volume=[[100] * 5])

    made = walk(panel, [[1.0]], [0], costs=Costs(max_participation=0.2))

    assert list(made.orders.shares) == [20.0] * 4
    assert made.waiting == 1


def test_whole_shares_are_rounded_towards_zero():
    made = walk(panel_of([[30, 30]]), [[1.0]], [0], whole_shares=True)

    assert list(made.orders.shares) == [33.0]
    assert made.cash[-1] == pytest.approx(10.0)


def test_shorts_pay_borrow_and_free_cash_earns_for_calendar_days():
    made = walk(panel_of([[100, 100, 100]]), [[-1.0]], [0], costs=Costs(borrow=0.0365, cash_interest=0.073))

    # cash of 1,000 earns to Tuesday, when 1,000 is sold short; then free cash of 1,000.20 earns and the short pays
    assert made.financing[1] == pytest.approx(1000 * 0.073 / 365)
    assert made.financing[2] == pytest.approx(1000.2 * 0.073 / 365 - 1000 * 0.0365 / 365)


def test_borrowed_cash_pays_financing_over_a_weekend():
    panel = panel_of([[100, 100, 100]], start="2020-01-09")  # Thursday, Friday, Monday

    made = walk(panel, [[2.0]], [0], costs=Costs(financing=0.0365), max_long=2.0)

    assert made.cash[1] == pytest.approx(-1000)
    assert made.financing[2] == pytest.approx(-1000 * 0.0365 * 3 / 365)


def test_split_changes_shares_and_not_value():
    made = walk(panel_of([[100, 100, 50, 50]]), [[1.0]], [0], fields={"split": [[0, 0, 2, 0]]})

    np.testing.assert_allclose(made.equity, 1000)
    assert made.trades.shares[0] == pytest.approx(20)
    assert made.trades.pnl[0] == pytest.approx(0)


def test_dividend_goes_to_longs_and_is_paid_by_shorts():
    panel = panel_of([[100, 100, 99, 99], [100, 100, 99, 99]])

    made = walk(panel, [[0.5], [-0.5]], [0], fields={"dividend": [[0, 0, 1, 0]] * 2})

    np.testing.assert_allclose(made.equity, 1000)
    assert made.dividends[2] == pytest.approx(0.0)


def test_delisted_position_becomes_cash_at_its_last_close_and_the_delisting_return():
    made = walk(panel_of([[100, 100, NAN, NAN], [1, 1, 1, 1]]), [[1.0], [0.0]], [0],
                fields={"delisting_return": [[NAN, NAN, -0.3, NAN], [NAN] * 4]})  # fmt: skip

    assert made.cash[-1] == pytest.approx(700)
    assert reasons(made) == ["decision", "delisting"]


def test_position_through_zero_is_two_lines_and_two_trips():
    made = walk(panel_of([[100, 100, 110, 110]]), [[1.0, -1.0, NAN, NAN]], range(4))

    assert list(made.orders.side) == [1, -1, -1]
    assert list(made.trades.side) == [1, -1]
    assert made.trades.pnl[0] == pytest.approx(100)


def test_overnight_positions_are_sold_at_the_open_and_intraday_ones_at_the_close():
    panel = panel_of([[10, 10, 10, 10]], open_=[[11, 11, 11, 11]])

    night = walk(panel, [[1.0] * 4], range(4), fill="same_close", session="overnight")
    day = walk(panel, [[1.0] * 4], range(4), fill="next_open", session="intraday")

    np.testing.assert_allclose(night.equity, 1000 * 1.1 ** np.arange(4))
    np.testing.assert_allclose(day.equity, 1000 * (10 / 11) ** np.arange(4))
    assert (day.exposure == 0).all()


def test_drawdown_stop_closes_everything_pauses_and_starts_again():
    close = [100, 100, 85, 85, 85, 85, 85]

    made = walk(panel_of([close]), [[1.0] * 7], range(7), drawdown_stop=0.1, drawdown_wait=1)

    assert reasons(made) == ["decision", "drawdown stop", "decision"]
    assert [str(day) for day in made.orders.day] == ["2020-01-07", "2020-01-09", "2020-01-13"]


def test_ruined_account_is_closed_and_stays_in_cash():
    made = walk(panel_of([[100, 100, 250, 50, 50]]), [[-1.0] * 5], range(5))

    assert reasons(made)[-1] == "ruin"
    assert made.equity[-1] == made.equity[2] < 0
    assert (made.exposure[2:] == 0).all()


def test_targets_left_alone_drift():
    made = walk(panel_of([[100, 100, 200, 200], [100, 100, 100, 100]]), [[0.5, NAN, NAN], [0.5, NAN, NAN]], [0, 1, 2])

    assert len(made.orders) == 2
    assert made.equity[-1] == pytest.approx(1500)
