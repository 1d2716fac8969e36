"""Sweeps: shared work in pieces, each a job; members are the backtests that they would be; trials are counted."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.backtests import services as backtests
from apps.backtests.models import Backtest, Sweep, SweepPiece, Verdict
from apps.backtests.queries import frames_of
from apps.backtests.queries.sweep_pages import member, order_of
from apps.backtests.queries.sweep_plans import SweepRefusedError, SweepTooLargeError
from apps.backtests.queries.sweeps import curves_of, members_of, progress_of
from apps.backtests.queries.trials import trials_of
from apps.backtests.services.sweep_choice import choose_member
from apps.backtests.services.sweeps import again, cancel_sweep
from apps.domain.language import NotRunnable
from apps.jobs.models import Job
from apps.jobs.services import JobFinishedError, run
from apps.strategies import queries as strategy_queries
from apps.strategies import services as strategies
from tests.backtests.sweeping import AMBIGUOUS, RANGED, approved, draft, swept
from tests.domain.examples import CROSS_MOMENTUM
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr("apps.backtests.queries.sweep_plans.PIECE_MEMBERS", 5)


@pytest.fixture
def done(alice, run_jobs, small_pieces):
    sweep = swept(approved(alice), alice)
    run_jobs()
    sweep.refresh_from_db()
    return sweep


def test_sweep_runs_every_combination_in_pieces_and_gathers_them(done):
    table = members_of(done)

    assert (done.status, done.error_message) == ("done", "")
    assert (done.n_members, done.n_pieces, done.n_pieces_done) == (18, 4, 4)
    assert table.column("place").to_pylist() == list(range(18))
    assert sorted(set(table.column("v:window").to_pylist())) == [2, 4, 6, 8, 10, 12]
    assert done.summary["window"] == ["2000-01-03", "2012-12-31"]
    assert 0.0 <= done.summary["overfitting"]["probability"] <= 1.0
    assert done.summary["plateau"] is None or 0.0 <= done.summary["plateau"] <= 1.0


@pytest.mark.parametrize("spec", [RANGED, CROSS_MOMENTUM], ids=["one instrument", "a ranking"])
def test_member_is_the_backtest_of_its_values_byte_for_byte(alice, run_jobs, small_pieces, spec):
    strategy = approved(alice, spec)
    sweep = swept(strategy, alice, axes={"window": "4, 8"} if spec is RANGED else {"lookback": "6, 12", "count": "3"})
    run_jobs()
    sweep.refresh_from_db()
    chosen = member(sweep, number=order_of(sweep, members_of(sweep))[0])
    choose_member(sweep_id=sweep.id, number=chosen.number, reason="The best", actor=alice, at=timezone.now())
    strategies.approve(strategy_id=strategy.id, actor=alice, at=timezone.now())
    single = backtests.start(strategy_id=strategy.id, actor=alice, at=timezone.now())
    run_jobs()
    single.refresh_from_db()

    measured = {key[2:]: value for key, value in chosen.figures.items() if key.startswith("m:")}
    curve = curves_of(sweep).column(f"e:{chosen.number}").to_numpy()

    assert single.status == "done"
    assert {key: single.metrics[key] for key in measured} == measured
    assert curve.tobytes() == frames_of(single).curves.column("equity").to_numpy().tobytes()


def test_best_is_chosen_on_the_first_part_and_shown_on_the_rest(done):
    best = done.summary["best"]
    inside = {row["place"]: row["i:sharpe_ratio"] for row in members_of(done).to_pylist()}

    assert best["place"] == max(inside, key=inside.get)
    assert best["i:sharpe_ratio"] == inside[best["place"]]
    assert best["o:sharpe_ratio"] != best["i:sharpe_ratio"]
    assert set(best["values"]) == {"window", "cost"}


def test_members_are_trials_of_the_strategy_and_deflate_each_other(done, alice, run_jobs):
    from apps.domain.verdict import deflated_sharpe

    strategy = done.strategy
    assert trials_of(strategy_id=strategy.id) == 18

    single = backtests.start(strategy_id=strategy.id, actor=alice, at=timezone.now())
    run_jobs()

    assert Verdict.objects.get(backtest=single).n_trials == 19
    assert done.summary["n_trials"] == 18
    row = members_of(done).to_pylist()[0]
    expected = deflated_sharpe(
        sharpe=row["m:sharpe_ratio"] / 252**0.5, n=3268, skewness=row["m:skewness"], kurtosis=row["m:excess_kurtosis"] + 3,
        n_trials=18,
    )  # fmt: skip
    assert row["deflated_sharpe"] == expected


def test_same_sweep_again_is_served_from_the_store(done, alice):
    assert swept(done.strategy, alice).id == done.id
    assert Sweep.objects.count() == 1


def test_finished_sweep_is_never_changed(done):
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE backtests_sweep SET n_members = 1")


def test_cancelled_sweep_stops_its_jobs_and_goes_on_from_there_when_asked_again(alice, run_jobs, small_pieces):
    sweep = swept(approved(alice), alice)
    first = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    run(tenant_id=alice.tenant_id, job_id=first.id)

    cancel_sweep(sweep_id=sweep.id, actor=alice, at=timezone.now())
    run_jobs()
    sweep.refresh_from_db()
    assert (sweep.status, sweep.n_pieces_done, sweep.files) == ("cancelled", 1, {})
    assert not Job.objects.filter(status__in=["queued", "running"]).exists()
    assert trials_of(strategy_id=sweep.strategy_id) == 0
    with pytest.raises(JobFinishedError):
        cancel_sweep(sweep_id=sweep.id, actor=alice, at=timezone.now())

    other = again(sweep_id=sweep.id, actor=alice, at=timezone.now())
    taken = SweepPiece.objects.filter(sweep=other).exclude(file="").count()
    run_jobs()
    other.refresh_from_db()

    assert (taken, other.status, other.fingerprint) == (1, "done", sweep.fingerprint)


def test_running_piece_hears_of_a_cancel_at_its_next_report(alice, small_pieces, monkeypatch):
    sweep = swept(approved(alice), alice)
    monkeypatch.setattr("apps.backtests.services.sweeps._TELL_EVERY", 0.0)
    job = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    from apps.backtests.services import sweeps as module

    walked, real = [], module.walk_members

    def cancelling(*, progress, **given):
        def tell(done):
            walked.append(done)
            if len(walked) == 1:
                cancel_sweep(sweep_id=sweep.id, actor=alice, at=timezone.now())
            progress(done)

        return real(progress=tell, **given)

    monkeypatch.setattr(module, "walk_members", cancelling)
    run(tenant_id=alice.tenant_id, job_id=job.id)
    job.refresh_from_db()
    sweep.refresh_from_db()

    assert (job.status, sweep.status, len(walked)) == ("cancelled", "cancelled", 1)
    assert not SweepPiece.objects.exclude(file="").exists()


def test_storage_that_is_away_fails_the_sweep_in_words_and_loses_no_piece(alice, run_jobs, small_pieces, monkeypatch):
    from django.core.files.storage import Storage

    sweep = swept(approved(alice), alice)
    real, saved = Storage.save, []

    def full(storage, name, content, **given):
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        saved.append(name)
        return real(storage, name, content, **given)

    monkeypatch.setattr(Storage, "save", full)
    run_jobs()
    sweep.refresh_from_db()
    assert (sweep.status, sweep.error_code) == ("failed", "not_stored")
    assert "start the sweep again" in sweep.error_message

    monkeypatch.setattr(Storage, "save", real)
    other = again(sweep_id=sweep.id, actor=alice, at=timezone.now())
    run_jobs()
    other.refresh_from_db()

    assert (other.status, other.n_pieces_done) == ("done", 4)


def test_piece_that_is_run_twice_is_counted_once(alice, run_jobs, small_pieces):
    """Its worker died after it had written, and another took the job up."""
    sweep = swept(approved(alice), alice)
    job = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    run(tenant_id=alice.tenant_id, job_id=job.id)
    Job.objects.filter(id=job.id).update(status="queued", finished_at=None)

    run_jobs()
    sweep.refresh_from_db()

    assert (sweep.status, sweep.n_pieces_done) == ("done", 4)


def test_piece_that_is_given_up_fails_the_sweep(alice, run_jobs, small_pieces):
    from datetime import timedelta
    from uuid import uuid4

    from apps.jobs.services import recover

    sweep = swept(approved(alice), alice)
    job = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    past = timezone.now() - timedelta(minutes=1)
    Job.objects.filter(id=job.id).update(status="running", attempt=3, lease_token=uuid4(), lease_until=past)

    recover(job, at=timezone.now())
    run_jobs()
    sweep.refresh_from_db()

    assert (sweep.status, sweep.error_code) == ("failed", "gave_up")


def test_sweep_of_ten_million_is_refused_with_the_number_and_a_suggestion(alice):
    strategy = approved(alice)

    with pytest.raises(SweepTooLargeError, match=r"10,000,000 combinations.*100,000.*draw 100,000 of them at random"):
        swept(strategy, alice, axes={"window": "1:1000:1", "cost": "0:9999:1"})
    assert Sweep.objects.count() == Job.objects.count() == 0


def test_sweep_that_would_take_hours_is_refused(alice, settings):
    settings.SWEEP_MAX_CELLS = 1e6

    with pytest.raises(SweepTooLargeError, match="hours"):
        swept(approved(alice), alice)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ({}, "Nothing would differ"),
        ({"windw": "1:2:1"}, "no parameter “windw”"),
        ({"dataset": "sp500"}, "the same for every run"),
        ({"start": "2000-01-03"}, "the same for every run"),
        ({"window": "9:1:1"}, "low comes first"),
        ({"window": "a, b"}, "not a number"),
        ({"window": "1.5"}, "whole number"),
        ({"window": [None]}, "not a value"),
        ({"window": []}, "at least one value"),
    ],
)
def test_axes_that_cannot_be_are_refused_in_words(alice, axes, words):
    with pytest.raises(Exception, match=words) as refused:
        swept(approved(alice), alice, axes=axes)

    assert refused.value.code in {"sweep_refused", "value_refused"}


def test_random_draw_is_the_same_for_the_same_seed(alice, run_jobs):
    strategy = approved(alice)
    axes = {"window": "1:24:1", "cost": "0:50:1"}
    one = swept(strategy, alice, "random", axes, number=20, seed=7)
    same = swept(strategy, alice, "random", axes, number=20, seed=7)
    other = swept(strategy, alice, "random", axes, number=20, seed=8)
    run_jobs()
    one.refresh_from_db()

    assert (one.id, one.status, one.n_members) == (same.id, "done", 20)
    assert other.fingerprint != one.fingerprint
    assert len(set(members_of(one).column("place").to_pylist())) == 20
    assert one.summary["plateau"] is None


def test_combination_that_contradicts_itself_is_a_member_with_a_refusal(alice, run_jobs):
    sweep = swept(approved(alice, CROSS_MOMENTUM), alice, axes={"lookback": "2, 6", "skip": "1, 3"})
    run_jobs()
    sweep.refresh_from_db()
    refused = [row for row in members_of(sweep).to_pylist() if row["refusal"]]

    assert (sweep.status, sweep.summary["n_refused"]) == ("done", 1)
    assert [(row["v:lookback"], row["v:skip"]) for row in refused] == [(2.0, 3.0)]
    with pytest.raises(SweepRefusedError, match="cannot be run"):
        choose_member(sweep_id=sweep.id, number=refused[0]["place"], reason="x", actor=alice, at=timezone.now())


def test_draft_is_not_swept_but_its_readings_are(alice, run_jobs):
    strategy = draft(alice, AMBIGUOUS)
    with pytest.raises(SweepRefusedError, match="not been approved"):
        swept(strategy, alice)

    fan = swept(strategy, alice, "readings", {})
    run_jobs()
    fan.refresh_from_db()
    spread = fan.summary["spread"]["sharpe_ratio"]

    assert (fan.status, fan.n_members, fan.version_id) == ("done", 6, None)
    assert spread["low"] < spread["middle"] < spread["high"]
    assert set(spread["moves"]) == {"window", "cost"}
    assert max(spread["moves"], key=spread["moves"].get) == "window"


def test_choice_of_a_reading_is_kept_with_name_and_reason(alice, run_jobs):
    from apps.events.queries import history

    strategy = draft(alice, AMBIGUOUS)
    fan = swept(strategy, alice, "readings", {})
    run_jobs()

    with pytest.raises(SweepRefusedError, match="Say why"):
        choose_member(sweep_id=fan.id, number=0, reason="  ", actor=alice, at=timezone.now())
    wanted = next(row["place"] for row in members_of(Sweep.objects.get(id=fan.id)).to_pylist()
                  if (row["v:window"], row["v:cost"]) == (12.0, 20.0))  # fmt: skip
    choose_member(sweep_id=fan.id, number=wanted, reason="Table 2 is the final one", actor=alice, at=timezone.now())

    parameters = strategy_queries.draft_of(strategy_queries.strategy(strategy_id=strategy.id)).parameters
    event = history(subject_id=fan.id)[-1]
    assert (parameters["window"].value, parameters["cost"].value) == (12, 20.0)
    assert parameters["window"].status == "analyst"
    assert "Table 2 is the final one" in parameters["window"].note
    assert (event.type, event.actor_id) == ("backtests.member_chosen", alice.person_id)
    assert event.data.reason == "Table 2 is the final one"


def test_readings_of_an_unambiguous_strategy_are_refused(alice):
    with pytest.raises(SweepRefusedError, match="Nothing in this strategy has another plausible reading"):
        swept(approved(alice), alice, "readings", {})


def test_readings_of_a_hole_without_alternatives_ask_for_it(alice):
    holed = changed(AMBIGUOUS, "/parameters/rebalance/value", None)

    with pytest.raises(NotRunnable, match="Which value applies"):
        swept(draft(alice, holed), alice, "readings", {})


def test_too_many_readings_say_what_was_left_out(alice, settings):
    settings.SWEEP_MAX_READINGS = 4

    fan = swept(draft(alice, AMBIGUOUS), alice, "readings", {})

    assert fan.n_members == 2
    assert [text.split(":")[0] for text in fan.plan["left_out"]] == ["Moving-average window"]


def test_walk_forward_stitches_what_each_choice_did_afterwards(alice, run_jobs):
    import numpy as np

    sweep = swept(approved(alice), alice, "walk_forward", {"window": "2:12:2"}, train_days=756, test_days=252)
    run_jobs()
    sweep.refresh_from_db()
    folds, curve = sweep.summary["folds"], curves_of(sweep)

    assert (sweep.status, len(folds)) == ("done", (3268 - 756) // 252)
    assert curve.num_rows == len(folds) * 252
    assert sorted(set(curve.column("fold").to_pylist())) == list(range(1, len(folds) + 1))
    days = curve.column("day").to_numpy()
    assert (np.diff(days.astype("datetime64[D]").astype(int)) > 0).all()
    assert all(fold["fit"][1] < fold["test"][0] for fold in folds)
    row = {row["place"]: row for row in members_of(sweep).to_pylist()}
    best = max(row.values(), key=lambda r: -9 if r["t:0"] is None else r["t:0"])
    assert folds[0]["place"] == best["place"]
    assert folds[0]["out_of_sample"] == pytest.approx(row[best["place"]]["x:0"])
    assert 0.0 <= sweep.summary["stitched"]["deflated_sharpe"] <= 1.0


def test_cross_validation_tests_every_day_once_or_gives_a_distribution(alice, run_jobs):
    strategy = approved(alice)
    once = swept(strategy, alice, "cross_validation", {"window": "2:12:2"}, folds=5)
    paths = swept(strategy, alice, "cross_validation", {"window": "2:12:2"}, folds=5, tested=2)
    run_jobs()
    once.refresh_from_db()
    paths.refresh_from_db()

    assert (len(once.summary["folds"]), curves_of(once).num_rows) == (5, 3268)
    assert (len(paths.summary["folds"]), curves_of(paths)) == (10, None)
    assert paths.summary["out_of_sample"]["low"] <= paths.summary["out_of_sample"]["median"]


def test_windows_that_the_data_do_not_hold_are_refused_before_anything_runs(alice):
    with pytest.raises(SweepRefusedError, match="hold no split"):
        swept(approved(alice), alice, "walk_forward", {"window": "2:12:2"}, train_days=9999)


def test_progress_counts_members_of_pieces_that_are_done(alice, small_pieces):
    sweep = swept(approved(alice), alice)
    job = Job.objects.filter(kind="backtests.sweep_piece").earliest("queued_at")
    before = progress_of(sweep, at=timezone.now())
    run(tenant_id=alice.tenant_id, job_id=job.id)

    after = progress_of(sweep, at=timezone.now())

    assert (before.n_done, after.n_done, after.n_members) == (0, 5, 18)
    assert members_of(sweep).num_rows == 5


def test_viewer_may_not_start_cancel_or_choose(alice, viewer, run_jobs):
    sweep = swept(approved(alice), alice)

    for deed in (
        lambda: swept(sweep.strategy, viewer, axes={"window": "3"}),
        lambda: cancel_sweep(sweep_id=sweep.id, actor=viewer, at=timezone.now()),
        lambda: choose_member(sweep_id=sweep.id, number=0, reason="x", actor=viewer, at=timezone.now()),
    ):
        with pytest.raises(NotAllowedError):
            deed()
    assert Backtest.objects.count() == 0
