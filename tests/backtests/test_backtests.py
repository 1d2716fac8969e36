"""Backtests: frozen, fingerprinted, judged, written once."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.backtests import queries, services
from apps.backtests.models import Backtest, Verdict
from apps.domain.language import NotRunnable
from apps.events.queries import history
from apps.jobs.models import Job
from apps.strategies import services as strategies
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
CLAIM = {
    "key": "sharpe",
    "label": "Sharpe ratio",
    "metric": "sharpe_ratio",
    "value": 0.55,
    "unit": "number",
    "window_start": "2000-01-03",
    "window_end": "2012-12-31",
}


def approved(actor, spec=TEN_MONTH_TIMING):
    strategy = strategies.create(
        specification=spec.model_dump(mode="json") | {"claims": [CLAIM]}, actor=actor, at=timezone.now()
    )
    strategies.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())
    return strategy


def start(strategy, actor):
    return services.start(strategy_id=strategy.id, actor=actor, at=timezone.now())


@pytest.fixture
def done(alice, run_jobs):
    run = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def test_run_is_measured_judged_and_kept(done):
    frames = queries.frames_of(done)
    verdict = queries.verdict_of(done)

    assert done.status == "done"
    assert frames.curves.num_rows == 3269
    assert frames.curves.column_names == ["day", "equity", "cash", "exposure", "financing", "dividends"]
    assert done.sharpe_ratio == pytest.approx(done.metrics["sharpe_ratio"])
    assert [c["claim"] for c in verdict.comparisons] == ["sharpe"]
    assert done.verdict_word == verdict.word
    assert len(verdict.reasons) > 0


def test_same_run_again_is_served_from_the_store(done, alice, client_of):
    again = start(done.strategy, alice)
    response = client_of(alice).post(
        "/api/v1/backtests", {"strategy_id": str(done.strategy_id)}, content_type="application/json"
    )

    assert again.id == done.id
    assert (response.status_code, response.json()["id"]) == (200, str(done.id))
    assert Backtest.objects.count() == 1


def test_same_fingerprint_gives_the_same_bytes(done, alice, bob, run_jobs):
    other = start(approved(bob), bob)
    run_jobs()
    other.refresh_from_db()

    assert other.id != done.id
    assert (other.fingerprint, other.files, other.order_hash) == (done.fingerprint, done.files, done.order_hash)


def test_another_version_is_another_run_and_another_trial(done, alice, run_jobs):
    strategies.reopen(strategy_id=done.strategy_id, actor=alice, at=timezone.now())
    strategies.answer(strategy_id=done.strategy_id, name="window", value="6", actor=alice, at=timezone.now())
    strategies.approve(strategy_id=done.strategy_id, actor=alice, at=timezone.now())

    second = start(done.strategy, alice)
    run_jobs()

    assert second.fingerprint != done.fingerprint
    assert Verdict.objects.get(backtest=second).n_trials == 2


def test_run_judged_differently_from_the_one_before_is_told_to_both_askers(done, alice, bob, run_jobs):
    strategies.reopen(strategy_id=done.strategy_id, actor=alice, at=timezone.now())
    strategies.answer(strategy_id=done.strategy_id, name="window", value="200", actor=alice, at=timezone.now())
    strategies.approve(strategy_id=done.strategy_id, actor=alice, at=timezone.now())

    second = start(done.strategy, bob)
    run_jobs()

    second.refresh_from_db()
    [change] = [e.data for e in history(subject_id=second.id) if e.type == "backtests.verdict_changed"]
    assert [e.type for e in history(subject_id=done.id)].count("backtests.verdict_changed") == 0
    assert (change.before, change.after) == (done.get_verdict_word_display(), second.get_verdict_word_display())
    assert change.concerned() == (bob.person_id, alice.person_id)
    assert change.earlier_id == done.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE backtests_backtest SET sharpe_ratio = 9",
        "DELETE FROM backtests_backtest",
        "UPDATE backtests_verdict SET word = 'reproduced'",
        "DELETE FROM backtests_verdict",
    ],
)
def test_finished_result_and_verdict_are_never_changed(done, statement):
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_rerun_of_the_job_after_a_crash_writes_one_result(alice, run_jobs):
    run = start(approved(alice), alice)
    Job.objects.filter(subject_id=run.id).update(attempt=1)
    run_jobs()
    Job.objects.filter(subject_id=run.id).update(status="queued", finished_at=None)

    run_jobs()

    assert Verdict.objects.filter(backtest=run).count() == 1


def test_cancelled_run_leaves_no_result_and_can_be_started_again(alice, run_jobs):
    strategy = approved(alice)
    run = start(strategy, alice)

    services.cancel(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()
    run.refresh_from_db()
    again = start(strategy, alice)
    run_jobs()

    assert (run.status, run.files, run.verdict_word) == ("cancelled", {}, "")
    assert queries.backtest(backtest_id=again.id).status == "done"


def test_draft_is_not_run(alice, client_of):
    clean = strategies.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())
    holed = strategies.create(
        specification=changed(TEN_MONTH_TIMING, "/parameters/cost/value", None).model_dump(mode="json"),
        actor=alice,
        at=timezone.now(),
    )
    client = client_of(alice)

    with pytest.raises(services.NotApprovedError):
        start(clean, alice)
    with pytest.raises(NotRunnable, match="Which value applies"):
        start(holed, alice)
    answers = [
        client.post("/api/v1/backtests", {"strategy_id": str(s.id)}, content_type="application/json")
        for s in (clean, holed)
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "not_approved"), (422, "not_runnable")]
    assert Backtest.objects.count() == Job.objects.count() == 0
    page = client.post(f"/backtests/of/{holed.id}/start/", follow=True).content.decode()
    assert "Which value applies?" in page


def test_approve_and_run_is_one_step_for_the_analyst(alice, client_of, run_jobs):
    strategy = strategies.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())
    client = client_of(alice)

    response = client.post(f"/backtests/of/{strategy.id}/approve-and-start/")
    waiting = client.get(response["Location"]).content.decode()
    run_jobs()
    result = client.get(response["Location"]).content.decode()

    assert 'data-testid="run-progress"' in waiting
    assert 'data-testid="comparisons"' in result


def test_result_page_says_everything(done, alice, client_of):
    page = client_of(alice).get(f"/backtests/{done.id}/").content.decode()

    assert "Claimed against reproduced" in page
    assert "times √252" in page
    assert done.plan["execution_hash"][:16] in page
    assert "price index, without dividends" in page


def test_progress_of_a_finished_run_reloads_the_page(done, alice, client_of):
    response = client_of(alice).get(f"/backtests/{done.id}/progress/")

    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_trades_come_as_csv_that_no_spreadsheet_runs(done, alice, client_of):
    rows = list(
        csv.DictReader(io.StringIO(client_of(alice).get(f"/backtests/{done.id}/files/trades.csv").content.decode()))
    )

    assert len(rows) == queries.frames_of(done).trades.num_rows
    assert {row["symbol"] for row in rows} == {"SPX"}
    from apps.backtests.services.exports import _safe

    assert [_safe("=1+1"), _safe("SPX"), _safe(-1.5)] == ["'=1+1", "SPX", -1.5]


def test_api_gives_metrics_with_conventions_and_the_curves(done, alice, client_of):
    client = client_of(alice)

    body = client.get(f"/api/v1/backtests/{done.id}").json()
    curves = client.get(f"/api/v1/backtests/{done.id}/equity").json()["items"]

    assert body["verdict"] == done.verdict_word
    assert {m["key"]: m["convention"] for m in body["metrics"]}[
        "sharpe_ratio"
    ] == "daily simple returns, ddof 1, times √252, risk-free rate 0"
    assert (len(curves), curves[0]["day"]) == (3269, "2000-01-03")


def test_result_asked_of_an_unfinished_run_is_a_conflict(alice, client_of):
    run = start(approved(alice), alice)

    response = client_of(alice).get(f"/api/v1/backtests/{run.id}/trades")

    assert (response.status_code, response.json()["code"]) == (409, "not_finished")


@pytest.mark.parametrize("part", ["", "figures/equity.json", "trades/", "files/curves.csv", "parts/bridge/"])
def test_part_of_an_unfinished_result_is_a_conflict_on_its_page_too(alice, client_of, part):
    run = start(approved(alice), alice)

    response = client_of(alice).get(f"/backtests/{run.id}/{part}")

    assert response.status_code == (409 if part else 200)


def test_run_asked_for_twice_at_once_is_one_run(alice, monkeypatch):
    """The second looks before the first has written, and then meets its row."""
    strategy = approved(alice)
    first = start(strategy, alice)
    monkeypatch.setattr("apps.backtests.services.runs.same_run", lambda **_: None)

    second = start(strategy, alice)

    assert second.id == first.id


def test_cancelled_run_was_no_trial(alice, run_jobs):
    strategy = approved(alice)
    run = start(strategy, alice)
    services.cancel(backtest_id=run.id, actor=alice, at=timezone.now())
    run_jobs()

    assert start(strategy, alice).plan["n_trials"] == 1


def test_run_that_would_take_too_long_is_refused_before_it_is_queued(alice, client_of, settings):
    strategy = approved(alice)
    settings.RUN_MAX_CELLS = 1e5

    response = client_of(alice).post(
        "/api/v1/backtests", {"strategy_id": str(strategy.id)}, content_type="application/json"
    )

    assert (response.status_code, response.json()["code"]) == (422, "run_too_large")
    assert not Backtest.objects.filter(strategy=strategy).exists()


def test_viewer_may_look_but_not_run(done, viewer, client_of):
    with pytest.raises(NotAllowedError):
        start(done.strategy, viewer)
    client = client_of(viewer)

    assert client.get(f"/backtests/{done.id}/").status_code == 200
    assert client.post(f"/backtests/of/{done.strategy_id}/start/").status_code == 403


def test_ranking_on_closes_only_runs_too(alice, run_jobs):
    run = start(approved(alice, CROSS_MOMENTUM), alice)
    run_jobs()
    run.refresh_from_db()

    assert (run.status, run.error_message) == ("done", "")


@pytest.mark.parametrize("path", ["/backtests/", "/api/v1/backtests"])
def test_list_takes_the_same_number_of_queries_for_one_row_and_for_fifty(alice, client_of, path):
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(alice), []
    for n in (1, 50):
        while Backtest.objects.count() < n:
            start(approved(alice), alice)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]
