"""Runs beside each other: aligned, paired, and no winner where more than one thing differs."""

from __future__ import annotations

import json
from uuid import uuid4

import numpy as np
import pytest

from apps.backtests import queries
from apps.backtests.models import Backtest
from apps.backtests.queries.inputs import deciding, difference_in_words, inputs_of
from apps.domain import metrics
from tests.backtests.test_backtests import approved, start
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture
def make(alice, run_jobs):
    def made(*specs):
        runs = [start(approved(alice, spec), alice) for spec in specs]
        run_jobs()
        return [queries.backtest(backtest_id=run.id) for run in runs]

    return made


def address(*runs):
    return "/backtests/compare/?ids=" + ",".join(str(run.id) for run in runs)


DEARER = changed(TEN_MONTH_TIMING, "/parameters/cost/value", 60.0)


def test_one_changed_cost_is_the_one_input_and_the_dearer_run_is_behind(make):
    base, dearer = make(TEN_MONTH_TIMING, DEARER)
    found = queries.comparison(ids=[base.id, dearer.id])
    [differs] = deciding(found.inputs)

    assert (differs.kind, differs.label, differs.values) == ("Costs", "Trading cost", ("5 bps", "60 bps"))
    assert found.sentence == "One input differs: Trading cost (5 bps against 60 bps)."
    assert found.winner == base
    assert "Trading cost alone differs" in found.judgement
    row = next(row for row in found.rows if row.key == "sharpe_ratio")
    assert row.cells[1].difference < 0
    assert row.cells[1].low < row.cells[1].difference < row.cells[1].high < 0
    assert row.cells[1].excludes_zero


def test_measures_are_those_of_the_run_where_the_window_is_its_own(make):
    base, dearer = make(TEN_MONTH_TIMING, DEARER)
    found = queries.comparison(ids=[base.id, dearer.id])

    assert not found.is_shortened
    for row in found.rows:
        assert row.cells[0].value == pytest.approx(base.metrics[row.key], rel=1e-9)
        assert row.cells[1].value == pytest.approx(dearer.metrics[row.key], rel=1e-9)


def test_different_windows_are_cut_to_the_common_one(make):
    later = changed(TEN_MONTH_TIMING, "/parameters/start/value", "2005-01-03")
    base, cut = make(TEN_MONTH_TIMING, later)
    found = queries.comparison(ids=[base.id, cut.id])
    table = queries.frames_of(base).curves
    days, equity = table.column("day").to_numpy(), table.column("equity").to_numpy()
    kept = equity[days >= np.datetime64(found.first)]

    assert found.is_shortened
    assert (found.first, found.last) == (cut.start_date, cut.end_date)
    assert found.n_days == len(kept)
    [row] = [row for row in found.rows if row.key == "annual_return"]
    assert row.cells[0].value == pytest.approx(metrics.annual_return(kept))
    assert [one.label for one in deciding(found.inputs)] == ["First day"]


def test_two_changed_inputs_leave_no_winner_however_far_apart(make):
    both = changed(DEARER, "/parameters/rebalance/value", "weekly")
    base, other = make(TEN_MONTH_TIMING, both)
    found = queries.comparison(ids=[base.id, other.id])

    assert len(deciding(found.inputs)) == 2
    assert found.winner is None
    assert "2 inputs differ" in found.sentence
    assert "nobody can say which" in found.judgement


def test_small_change_is_not_called_a_win(make):
    near = changed(TEN_MONTH_TIMING, "/parameters/cost/value", 5.0)
    near = changed(near, "/parameters/rebalance/value", "weekly")
    base, other = make(TEN_MONTH_TIMING, near)
    found = queries.comparison(ids=[base.id, other.id])
    [row] = [row for row in found.rows if row.key == "sharpe_ratio"]

    assert (found.winner is None) == (not row.cells[1].excludes_zero)
    assert len(deciding(found.inputs)) == 1


def test_other_rules_are_named_by_their_section(make):
    base, other = make(TEN_MONTH_TIMING, CROSS_MOMENTUM)
    inputs = inputs_of([base, other])

    assert any(one.kind == "Rules" and one.label == "Selection" for one in deciding(inputs))
    assert "inputs differ" in difference_in_words(inputs)


def test_engine_snapshot_and_same_rules_count_as_they_should(make):
    [base] = make(TEN_MONTH_TIMING)
    other = Backtest(plan=json.loads(json.dumps(base.plan)), start_date=base.start_date, end_date=base.end_date)
    assert deciding(inputs_of([base, other])) == ()
    other.plan["engine_version"] = "9.9.9"
    assert [one.label for one in deciding(inputs_of([base, other]))] == ["Engine version"]
    other.plan["data_snapshot"] = "0" * 64
    assert {one.label for one in deciding(inputs_of([base, other]))} == {"Engine version", "Data snapshot"}


def test_three_runs_have_wider_intervals_that_hold_together(make):
    runs = make(TEN_MONTH_TIMING, DEARER, changed(TEN_MONTH_TIMING, "/parameters/cost/value", 30.0))
    two = queries.comparison(ids=[run.id for run in runs[:2]])
    three = queries.comparison(ids=[run.id for run in runs])
    width = [
        next(row.cells[1].high - row.cells[1].low for row in one.rows if row.key == "sharpe_ratio")
        for one in (two, three)
    ]

    assert three.level == pytest.approx(0.975)
    assert width[1] > width[0]
    assert three.winner == runs[0]


def test_page_shows_inputs_intervals_and_the_reason(make, alice, client_of):
    base, dearer = make(TEN_MONTH_TIMING, DEARER)
    client = client_of(alice)
    page = client.get(address(base, dearer)).content.decode()
    figure = client.get(address(base, dearer).replace("/?", "/figure.json?"))

    for said in ("One input differs", "60 bps", "alone differs", "seed 1", "mean block 21", "version 1"):
        assert said in page
    data = figure.json()["data"]
    assert len(data) == 4
    assert [trace["line"]["dash"] for trace in data] == ["solid", "8px,4px"] * 2
    assert len({trace["meta"]["role"] for trace in data}) == 2
    assert "color" not in json.dumps(data)


def test_one_run_offers_others_and_unfit_choices_are_said_in_words(make, alice, client_of):
    [base, other] = make(TEN_MONTH_TIMING, CROSS_MOMENTUM)
    waiting = start(approved(alice, DEARER), alice)
    client = client_of(alice)

    alone = client.get(address(base))
    assert alone.status_code == 200
    assert str(other.id) in alone.content.decode()
    assert client.get("/backtests/compare/").status_code == 200
    refused = client.get(address(base, waiting))
    assert refused.status_code == 409
    assert "no result" in refused.content.decode()
    assert client.get(address(*[base] * 1) + "," + ",".join(str(uuid4()) for _ in range(8))).status_code == 404


def test_api_tells_the_same(make, alice, client_of):
    base, dearer = make(TEN_MONTH_TIMING, DEARER)
    told = client_of(alice).get("/api/v1/backtests/compare", {"ids": f"{base.id},{dearer.id}"}).json()

    assert told["winner"] == str(base.id)
    assert told["difference"].startswith("One input differs")
    assert (told["bootstrap_samples"], told["seed"], told["mean_block"]) == (1000, 1, 21)
    cell = next(row for row in told["measures"] if row["key"] == "sharpe_ratio")["cells"][1]
    assert cell["low"] < cell["difference"] < cell["high"]
    assert told["runs"][1]["sharpe_p"] < 0.05
    assert client_of(alice).get("/api/v1/backtests/compare", {"ids": str(base.id)}).status_code == 409


@pytest.mark.parametrize("path", ["/backtests/compare/", "/backtests/compare/figure.json", "/api/v1/backtests/compare"])
def test_other_desks_runs_look_like_none(make, alice, charlie, client_of, stranger, path):
    base, other = make(TEN_MONTH_TIMING, DEARER)
    theirs = client_of(charlie)
    known, unknown = (theirs.get(path, {"ids": ids}) for ids in (f"{base.id},{other.id}", f"{uuid4()},{uuid4()}"))

    assert (known.status_code, unknown.status_code) == (404, 404)
    assert theirs.get(path, {"ids": "no-id"}).status_code == 404
    assert stranger.get(path, {"ids": f"{base.id},{other.id}"}).status_code in {302, 401}
    assert client_of(alice).get(path, {"ids": f"{base.id},{other.id}"}).status_code == 200
