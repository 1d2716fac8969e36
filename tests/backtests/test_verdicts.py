"""Verdicts as pages, the API and the database know them: gates, like for like, and runs that lacked data."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import get_args, get_type_hints

import pytest
from django.utils import timezone

from apps.backtests import queries, services
from apps.backtests.enums import VerdictWord
from apps.backtests.events import BacktestFailed
from apps.backtests.models import Backtest, Verdict
from apps.domain.language import NotRunnable, RunnableSpecification, cost_of
from apps.domain.verdict import GATE_VERSION, MISSING_DATA
from apps.domain.verdict import Verdict as Judgement
from apps.marketdata import queries as marketdata
from apps.strategies import services as strategies
from tests.backtests.test_backtests import approved, start
from tests.domain.examples import TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
GATES = {
    "trading_days",
    "days_in_market",
    "round_trips",
    "comparable_claims",
    "claim_sharpe",
    "claims_within",
    "claims_agreeing",
    "window_overlap",
    "unknown_window",
    "assumed_parameters",
    "deflated_sharpe",
}


def ran(strategy, actor, run_jobs):
    run = start(strategy, actor)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


@pytest.fixture
def done(alice, run_jobs):
    return ran(approved(alice), alice, run_jobs)


@pytest.fixture
def lacking(alice, run_jobs):
    """A run whose data went away between its plan and its work."""
    run = start(approved(alice), alice)
    plan = run.plan
    plan["specification"]["parameters"]["symbols"]["value"] = ["XYZ"]
    Backtest.objects.filter(id=run.id).update(plan=plan)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def page_of(client, run):
    return client.get(f"/backtests/{run.id}/").content.decode()


def test_every_gate_is_kept_with_number_threshold_and_definition(done):
    verdict = queries.verdict_of(done)

    gates = [r for r in verdict.reasons if r["threshold"] is not None]
    assert {g["code"] for g in gates} == GATES
    assert all(g["number"] is not None and g["bound"] and g["definition"] and g["label"] for g in gates)
    assert verdict.gate_version == GATE_VERSION


def test_result_page_shows_every_gate_with_its_definition(done, alice, client_of):
    page = page_of(client_of(alice), done)

    shown = re.findall(r'data-gate="(\w+)"', page)
    assert set(shown) == GATES
    assert "at least 252" in page
    assert "at most 0.20" in page
    assert "From flat to flat per instrument; those still open do not count." in page


def test_result_page_holds_the_claim_like_for_like(done, alice, client_of):
    page = page_of(client_of(alice), done)

    assert "After publication" in page
    assert "With our costs" in page
    assert "±0.20" in page
    assert "5 bps a fill" in page
    assert "10 bps a fill" in page


def test_figures_are_kept_for_the_documents_window_after_it_and_with_our_costs(done):
    (comparison,) = queries.verdict_of(done).comparisons
    own, after, ours = comparison["figures"]

    assert (own["start"], own["end"], own["costs"]) == ("2000-01-03", "2012-12-31", "5 bps a fill")
    assert own["value"] == pytest.approx(done.metrics["sharpe_ratio"])
    assert (after["start"], after["costs"]) == ("2013-01-01", "5 bps a fill")
    assert ours["costs"] == "10 bps a fill"
    assert ours["value"] < own["value"]


def test_run_that_is_large_already_is_not_made_again_and_says_so(alice, run_jobs, settings):
    info = marketdata.data_set(key="sp500")
    content = RunnableSpecification.model_validate(TEN_MONTH_TIMING.model_dump(mode="json"))
    settings.RUN_MAX_CELLS = 2 * cost_of(content, n_symbols=1, n_days=info.n_days)

    run = ran(approved(alice), alice, run_jobs)

    own, after, ours = queries.verdict_of(run).comparisons[0]["figures"]
    assert own["value"] is not None
    assert {after["reason"], ours["reason"]} == {"Not measured: this run is too large to be made again within one job."}


def test_run_with_too_few_days_is_insufficient_evidence(alice, client_of, run_jobs):
    short = changed(TEN_MONTH_TIMING, "/parameters/end/value", "2000-06-30")

    run = ran(approved(alice, short), alice, run_jobs)

    assert run.verdict_word == "insufficient_evidence"
    assert "Insufficient evidence" in page_of(client_of(alice), run)
    assert (
        'data-testid="backtest-row"'
        in client_of(alice).get("/backtests/?verdict=insufficient_evidence").content.decode()
    )


def test_run_that_lacks_data_is_judged_not_testable(lacking, alice, client_of):
    body = client_of(alice).get(f"/api/v1/backtests/{lacking.id}").json()

    assert (lacking.status, lacking.error_code, lacking.verdict_word) == ("failed", "unknown_symbol", "not_testable")
    assert (body["verdict"], body["gate_version"]) == ("not_testable", GATE_VERSION)
    assert [(r["code"], r["number"], r["threshold"]) for r in body["reasons"]] == [("data_missing", 1, 0)]
    assert body["reasons"][0]["sentence"].startswith("Data missing: ")


def test_page_of_a_run_that_lacks_data_says_what_is_missing(lacking, alice, client_of):
    page = page_of(client_of(alice), lacking)
    listed = client_of(alice).get("/backtests/?verdict=not_testable").content.decode()

    assert "Not testable: data missing" in page
    assert "XYZ" in page
    assert 'data-testid="backtest-row"' in listed


def test_run_that_lacked_data_can_be_started_again(lacking, alice, run_jobs):
    again = ran(lacking.strategy, alice, run_jobs)

    assert again.id != lacking.id
    assert again.status == "done"


def test_run_that_failed_otherwise_has_no_verdict(alice, client_of, run_jobs):
    run = start(approved(alice), alice)
    plan = run.plan
    plan["specification"]["parameters"]["start"]["value"] = "2012-12-31"
    Backtest.objects.filter(id=run.id).update(plan=plan)
    run_jobs()
    run.refresh_from_db()

    assert (run.status, run.verdict_word) == ("failed", "")
    assert "This run could not be finished" in page_of(client_of(alice), run)


def test_activity_says_that_data_were_missing():
    said = [BacktestFailed(title="A", code=code).sentence() for code in sorted({*MISSING_DATA, "timeout"})]

    assert said == [
        "could not test “A”: data missing",
        "could not finish the backtest of “A”",
        "could not test “A”: data missing",
    ]


def test_strategy_whose_data_are_not_loaded_is_not_testable_everywhere(alice, client_of):
    client = client_of(alice)
    strategy = strategies.start_from_library(slug="accrual-anomaly", actor=alice, at=timezone.now())

    with pytest.raises(NotRunnable, match="Data missing"):
        start(strategy, alice)
    body = client.get(f"/api/v1/strategies/{strategy.id}").json()
    detail = client.get(f"/strategies/{strategy.id}/").content.decode()
    review = client.get(f"/strategies/{strategy.id}/review/").content.decode()

    assert body["verdict"] == "not_testable"
    assert {r["code"] for r in body["reasons"]} == {"data_missing"}
    assert 'data-testid="not-testable"' in detail
    assert 'data-testid="not-testable"' in review
    assert body["reasons"][0]["sentence"].split(" (")[0] in detail


def test_strategy_whose_data_are_loaded_has_no_verdict_of_its_own(alice, client_of):
    strategy = approved(alice)

    body = client_of(alice).get(f"/api/v1/strategies/{strategy.id}").json()

    assert (body["verdict"], body["reasons"]) == ("", [])
    assert 'data-testid="not-testable"' not in client_of(alice).get(f"/strategies/{strategy.id}/").content.decode()


def test_verdict_of_an_earlier_gate_version_stays_readable(done, alice, client_of):
    old = Backtest.objects.get(id=done.id)
    old.id, old.fingerprint, old._state.adding = None, "0" * 64, True
    old.id = Backtest._meta.pk.get_default()
    old.created_at += timedelta(seconds=1)
    old.save(force_insert=True)
    comparison = {"claim": "sharpe", "label": "Sharpe ratio", "metric": "sharpe_ratio", "claimed": 0.55, "measured": 0.5,
                  "difference": -0.05, "tolerance": 0.2, "outcome": "within tolerance", "reason": "Within.",
                  "window_overlap": 1.0}  # fmt: skip
    Verdict.objects.create(
        tenant_id=old.tenant_id,
        backtest=old,
        word=VerdictWord.REPRODUCED,
        reasons=[{"code": "claim_sharpe", "tone": "pass", "sentence": "Within."}],
        comparisons=[comparison],
        gate_version="1.0.0",
        n_trials=1,
        graded_at=timezone.now(),
    )
    client = client_of(alice)

    page = page_of(client, old)
    body = client.get(f"/api/v1/backtests/{old.id}").json()

    assert "Rules 1.0.0, stored once" in page
    assert "Rules 1.0.0, which judged this run, did not measure it." in page
    assert body["reasons"][0]["number"] is None
    assert body["comparisons"][0]["figures"] == []


def test_api_gives_gates_and_figures_with_their_fields(done, alice, client_of):
    body = client_of(alice).get(f"/api/v1/backtests/{done.id}").json()

    days = next(r for r in body["reasons"] if r["code"] == "trading_days")
    assert (days["number"], days["threshold"], days["bound"], days["unit"]) == (3269, 252, "at least", "count")
    (comparison,) = body["comparisons"]
    assert comparison["rule"] == "0.20 for every claim of this kind"
    assert [f["column"] for f in comparison["figures"]] == ["document", "after", "our_costs"]
    assert all((f["value"] is None) == bool(f["reason"]) for f in comparison["figures"])


def test_trades_show_side_reason_and_excursions(done, alice, client_of):
    page = client_of(alice).get(f"/backtests/{done.id}/trades/").content.decode()
    rows = queries.frames_of(done).trades.to_pylist()

    table = page[page.index('data-testid="trades"') :]
    for header in ("Side", "Closed by", "Against", "For"):
        assert f">{header}<" in table
    assert "<td>Long</td>" in table
    assert f"<td>{rows[0]['reason'].capitalize()}</td>" in table


def test_words_are_those_of_the_core_and_fit_their_column():
    assert {word.label for word in VerdictWord} == set(get_args(get_type_hints(Judgement)["word"]))
    assert all(len(word) <= Verdict._meta.get_field("word").max_length for word in VerdictWord)


def test_progress_of_a_run_and_its_other_readings_only_grows(done):
    from apps.domain.values.inputs import Inputs

    told = []

    services.judge(
        spec=RunnableSpecification.model_validate(done.plan["specification"]),
        panel=Inputs(panel=marketdata.panel(key=done.plan["data_set"])),
        benchmark=None,
        n_trials=1,
        progress=told.append,
    )

    assert told == sorted(told)
    assert 0.0 <= told[0] < told[-1] == pytest.approx(1.0)
