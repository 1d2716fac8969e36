"""Launching: the check before a run, and options that the plan carries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.backtests import queries, services
from apps.backtests.models import Backtest
from apps.backtests.queries.needs import needs_of
from apps.backtests.services import NO_BENCHMARK, OptionRefusedError, RunOptions, RunWindow
from apps.backtests.services.options import applied, benchmark_of, window_of
from apps.documents.models import Document
from apps.domain.language import NotRunnable, execution_hash, runnable
from apps.strategies import services as strategies
from apps.strategies.models import Strategy
from tests.domain.examples import CROSS_MOMENTUM, RSI_REVERSION, TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
LATE = RunOptions(window=RunWindow(date(2005, 1, 3), None))
CLAIM = {
    "key": "sharpe",
    "label": "Sharpe ratio",
    "metric": "sharpe_ratio",
    "value": 0.55,
    "unit": "number",
    "window_start": "2001-01-02",
    "window_end": "2010-12-31",
}


def approved(actor, spec=TEN_MONTH_TIMING):
    strategy = strategies.create(
        specification=spec.model_dump(mode="json") | {"claims": [CLAIM]}, actor=actor, at=timezone.now()
    )
    strategies.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())
    return strategy


def start(strategy, actor, options=services.AS_THE_VERSION):
    return services.start(strategy_id=strategy.id, actor=actor, at=timezone.now(), options=options)


def check(strategy, options=services.AS_THE_VERSION):
    return services.launch_of(strategy_id=strategy.id, options=options)


# --- options ------------------------------------------------------------------------------------------------------


def test_options_that_say_what_the_version_says_change_nothing():
    spec = runnable(TEN_MONTH_TIMING)
    same = RunOptions(window=window_of(spec), benchmark=benchmark_of(spec), cost_bps=5.0)

    assert applied(spec, same) == (spec, ())


def test_option_has_the_hash_of_a_version_with_that_value():
    spec = runnable(TEN_MONTH_TIMING)

    other, _ = applied(spec, RunOptions(cost_bps=12.5))

    assert execution_hash(other) == execution_hash(changed(spec, "/parameters/cost/value", 12.5))
    assert execution_hash(other) != execution_hash(spec)


def test_window_of_all_days_takes_the_days_out_of_the_table():
    spec = runnable(TEN_MONTH_TIMING)

    other, [override] = applied(spec, RunOptions(window=RunWindow()))

    assert (other.evaluation.start, other.evaluation.end) == (None, None)
    assert {"start", "end"} & other.parameters.keys() == set()
    assert (override.name, override.run) == ("window", "all days of the data")


def test_cost_that_a_formula_reads_too_keeps_its_row():
    spec = changed(runnable(TEN_MONTH_TIMING), "/signals/trend", "sma(close, window) + cost")

    other, _ = applied(spec, RunOptions(cost_bps=1.0))

    assert (other.parameters["cost"].value, other.parameters[other.execution.cost].value) == (5.0, 1.0)


def test_one_cost_stands_for_every_cost_of_a_fill():
    content = TEN_MONTH_TIMING.model_dump(mode="json")
    content["execution"]["spread"] = "spread"
    content["parameters"]["spread"] = {"label": "Spread", "value": 4.0, "unit": "bps", "status": "stated"}
    spec = runnable(type(TEN_MONTH_TIMING).model_validate(content))

    other, [override] = applied(spec, RunOptions(cost_bps=0.0))

    assert (other.execution.spread, "spread" in other.parameters, override.run) == (None, False, "no costs")


# --- start --------------------------------------------------------------------------------------------------------


def test_run_with_options_freezes_them_and_is_another_trial(alice, run_jobs):
    strategy = approved(alice)
    plain, other = start(strategy, alice), start(strategy, alice, RunOptions(window=LATE.window, cost_bps="house"))
    run_jobs()
    other.refresh_from_db()

    assert other.fingerprint != plain.fingerprint
    assert other.plan["n_trials"] == plain.plan["n_trials"] + 1
    assert {o["name"] for o in other.plan["overrides"]} == {"window", "cost"}
    assert (other.status, other.start_date) == ("done", date(2005, 1, 3))
    assert queries.trials_beside(other).strategy == 2


def test_run_with_options_is_made_again_to_the_byte(alice, run_jobs):
    run = start(approved(alice), alice, RunOptions(cost_bps=25.0))
    run_jobs()
    services.rerun(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()

    assert queries.reruns(backtest_id=run.id).get().outcome == "identical"


def test_options_that_change_nothing_are_the_run_that_exists(alice):
    strategy = approved(alice)

    assert start(strategy, alice).id == start(strategy, alice, RunOptions(window="version", cost_bps=5.0)).id


def test_benchmark_is_chosen_or_left_out(alice, run_jobs):
    strategy = approved(alice)
    beside = start(strategy, alice, RunOptions(benchmark="SPX"))
    run_jobs()

    assert "benchmark" in queries.frames_of(queries.backtest(backtest_id=beside.id)).curves.column_names
    assert start(strategy, alice, RunOptions(benchmark=NO_BENCHMARK)).plan["overrides"] == []


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (RunOptions(window=RunWindow(date(1890, 1, 1), date(1899, 1, 1))), NotRunnable, "outside the data"),
        (RunOptions(window=RunWindow(date(2010, 1, 1), date(2001, 1, 1))), NotRunnable, "ends"),
        (RunOptions(benchmark="NOSUCH"), OptionRefusedError, "NOSUCH"),
        (RunOptions(window="after"), OptionRefusedError, "no document"),
        (RunOptions(cost_bps=-1.0), NotRunnable, "outside"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_words(alice, options, error, said):
    strategy = approved(alice)

    with pytest.raises(error) as refused:
        start(strategy, alice, options)

    assert said in refused.value.message
    assert check(strategy, options).obstacle == refused.value.message
    assert Backtest.objects.count() == 0


# --- the check ----------------------------------------------------------------------------------------------------


def test_check_says_what_is_there(alice):
    found = check(approved(alice))

    assert [need.what for need in found.needs] == ["Data set", "Instruments", "Fields", "Window"]
    assert {need.state for need in found.needs} == {"covered"}
    assert (found.obstacle, found.existing, found.overrides) == ("", None, ())
    assert found.estimate.seconds < 5


def test_need_that_another_data_set_covers_says_which():
    spec = changed(runnable(CROSS_MOMENTUM), "/parameters/fill/value", "next_open")

    fields = next(need for need in needs_of(spec) if need.what == "Fields")

    assert fields.state == "missing"
    assert "Choose that in the review" in fields.remedy


def test_instrument_of_another_data_set_is_found_there():
    spec = changed(runnable(RSI_REVERSION), "/parameters/symbols/value", ["AAPL", "SPX"])

    instruments = next(need for need in needs_of(spec) if need.what == "Instruments")

    assert (instruments.state, instruments.text.endswith("has no SPX.")) == ("missing", True)
    assert instruments.remedy.startswith("SPX is in")


def test_window_beyond_the_data_is_partly_covered():
    spec = changed(runnable(TEN_MONTH_TIMING), "/parameters/end/value", "2099-12-31")

    assert [need.state for need in needs_of(spec) if need.what == "Window"] == ["partly"]


def test_presets_take_the_papers_window_from_its_claims_and_its_day_from_the_document(alice):
    strategy = approved(alice)
    document = Document.objects.create(
        tenant_id=alice.tenant_id, title="Paper", file_name="p.pdf", sha256="0" * 64, media_type="application/pdf",
        n_bytes=1, created_by_id=alice.person_id, created_at=timezone.now(), published_date=date(2006, 5, 31),
    )  # fmt: skip
    Strategy.objects.filter(id=strategy.id).update(document=document)

    windows = {preset.key: preset.window for preset in check(strategy).presets}

    assert windows["paper"] == RunWindow(date(2001, 1, 2), date(2010, 12, 31))
    assert windows["after"] == RunWindow(date(2006, 6, 1), None)
    assert windows["full"] == RunWindow()
    assert start(strategy, alice, RunOptions(window="after")).plan["overrides"][0]["name"] == "window"


def test_estimate_rests_on_the_desks_own_runs(alice, run_jobs):
    strategy = approved(alice)
    run = start(strategy, alice)
    run_jobs()

    assert run.plan["cells"] > 0
    assert check(strategy).estimate.n_runs == 1
    assert check(strategy).existing.id == run.id


# --- doors --------------------------------------------------------------------------------------------------------


def test_page_starts_a_run_with_what_was_chosen(alice, client_of, run_jobs):
    strategy = approved(alice)
    address = reverse("backtests:launch", args=[strategy.id])
    client = client_of(alice)

    shown = client.get(address).content.decode()
    answer = client.post(address, {"action": "start", "window": "full", "costs": "custom", "cost_bps": "7.5"})
    run = Backtest.objects.get()
    run_jobs()
    page = client.get(f"/backtests/{run.id}/").content.decode()

    assert "Nothing is missing" in shown
    assert answer["Location"] == f"/backtests/{run.id}/"
    assert "other costs and other window" in page


def test_check_by_post_starts_nothing(alice, client_of):
    strategy = approved(alice)
    address = reverse("backtests:launch", args=[strategy.id])

    answer = client_of(alice).post(
        address, {"action": "check", "window": "full", "costs": "none"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert "all days of the data" in answer.content.decode()
    assert Backtest.objects.count() == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"window": "custom", "start": "2012-01-01", "end": "2001-01-01"},
        {"window": "custom", "start": "yesterday"},
        {"window": "never"},
        {"costs": "custom"},
        {"costs": "custom", "cost_bps": "nan"},
        {"costs": "custom", "cost_bps": "-3"},
        {"version": "x"},
        {"benchmark": "NOSUCH"},
        {"window": "after"},
    ],
)
def test_page_refuses_what_it_cannot_read_and_shows_itself(alice, client_of, sent):
    strategy = approved(alice)

    answer = client_of(alice).post(reverse("backtests:launch", args=[strategy.id]), {"action": "start", **sent})

    assert answer.status_code == 422
    assert "Launch a backtest" in answer.content.decode()
    assert Backtest.objects.count() == 0


def test_draft_cannot_be_launched_and_goes_to_its_review(alice, client_of):
    strategy = strategies.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())

    answer = client_of(alice).get(reverse("backtests:launch", args=[strategy.id]))

    assert (answer.status_code, answer["Location"]) == (302, reverse("strategies:review", args=[strategy.id]))


def test_viewer_sees_the_check_but_starts_nothing(alice, viewer, client_of):
    strategy = approved(alice)
    client, address = client_of(viewer), reverse("backtests:launch", args=[strategy.id])

    assert 'data-testid="launch"' not in client.get(address).content.decode()
    assert client.post(address, {"action": "start"}).status_code == 403
    with pytest.raises(NotAllowedError):
        start(strategy, viewer, LATE)


def test_other_desk_finds_no_launch(alice, charlie, client_of):
    strategy = approved(alice)
    client = client_of(charlie)

    assert client.get(reverse("backtests:launch", args=[strategy.id])).status_code == 404
    assert client.post(reverse("backtests:launch", args=[strategy.id]), {"action": "start"}).status_code == 404
    assert client.get(f"/api/v1/strategies/{strategy.id}/launch").status_code == 404


def test_api_checks_and_starts_with_the_same_options(alice, client_of):
    strategy, client = approved(alice), client_of(alice)

    found = client.get(f"/api/v1/strategies/{strategy.id}/launch").json()
    answer = client.post(
        "/api/v1/backtests",
        {"strategy_id": str(strategy.id), "options": {"window": "paper", "cost_bps": "house", "benchmark": "SPX"}},
        content_type="application/json",
    )

    assert {preset["key"]: preset["window"] for preset in found["presets"]}["after"] is None
    assert (found["obstacle"], found["existing_id"]) == ("", None)
    assert answer.status_code == 202
    assert {o["name"] for o in Backtest.objects.get().plan["overrides"]} == {"window", "cost", "benchmark"}


def test_launch_takes_the_same_number_of_queries_after_one_run_and_after_six(alice, client_of, run_jobs):
    strategy, client, counts = approved(alice), client_of(alice), []
    for n in (1, 6):
        while Backtest.objects.count() < n:
            start(strategy, alice, RunOptions(cost_bps=float(Backtest.objects.count())))
        run_jobs()
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("backtests:launch", args=[strategy.id]))
        counts.append(len(captured))

    assert counts[0] == counts[1]
