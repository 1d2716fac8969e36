"""Sweeps from the tear sheet, and sensitivity started by a program."""

from __future__ import annotations

import pytest

from apps.backtests import queries, services
from apps.events.queries import history
from apps.jobs.models import Job
from apps.notifications.queries import notices_of
from tests.backtests.sweeping import approved, swept
from tests.backtests.test_backtests import start

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture
def done(alice, run_jobs):
    run = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def part(client, run):
    return client.get(f"/backtests/{run.id}/parts/sensitivity/").content.decode()


def test_tear_sheet_starts_every_kind_of_sweep_and_lists_those_that_exist(done, alice, client_of, run_jobs):
    client = client_of(alice)

    before = part(client, done)
    sweep = swept(done.strategy, alice)
    run_jobs()
    after = part(client, done)

    assert "None yet." in before
    for kind in ("grid", "random", "walk_forward", "cross_validation", "readings"):
        assert client.get(f"/sweeps/of/{done.strategy_id}/?kind={kind}").status_code == 200
        assert f'href="/sweeps/of/{done.strategy_id}/?kind={kind}"' in before
    assert f'href="/sweeps/{sweep.id}/"' in after
    assert "Grid, 18 runs" in after


def test_viewer_sees_sweeps_and_starts_none(done, alice, viewer, client_of):
    swept(done.strategy, alice)

    page = part(client_of(viewer), done)

    assert "Grid, 18 runs" in page
    assert "/sweeps/of/" not in page


def test_list_of_sweeps_is_narrowed_to_a_strategy_of_the_desk(done, alice, charlie, client_of):
    mine = swept(done.strategy, alice)
    other = swept(approved(alice), alice)
    client = client_of(alice)

    narrowed = client.get(f"/sweeps/?strategy={done.strategy_id}").content.decode()
    everything = client.get("/sweeps/?strategy=none").content.decode()

    assert str(mine.id) in narrowed
    assert str(other.id) not in narrowed
    assert str(other.id) in everything
    assert client_of(charlie).get(f"/sweeps/?strategy={done.strategy_id}").status_code == 404


def test_sensitivity_is_started_by_the_api_once(done, alice, viewer, charlie, client_of, run_jobs):
    address, client = f"/api/v1/backtests/{done.id}/sensitivity", client_of(alice)

    first, second = client.post(address), client.post(address)
    jobs = Job.objects.filter(subject_id=done.id, kind=services.SENSITIVITY_JOB).count()
    run_jobs()
    third = client.post(address)

    assert (first.status_code, first.json(), second.status_code, jobs) == (202, {"is_made": False}, 202, 1)
    assert (third.status_code, third.json()) == (200, {"is_made": True})
    assert len(client.get(address).json()["rows"]) > 5
    assert client_of(viewer).post(address).status_code == 403
    assert client_of(charlie).post(address).status_code == 404


def test_finished_sweep_is_told_to_who_asked(done, alice, bob, run_jobs):
    swept(done.strategy, alice)
    run_jobs()

    said = [(n.topic, n.sentence) for n in notices_of(person_id=alice.person_id)]

    assert ("sweep_finished", f"Finished the sweep of “{done.strategy.title}” over 18 runs") in said
    assert not notices_of(person_id=bob.person_id).exists()


def test_failed_sweep_is_told_and_a_cancelled_one_is_not(done, alice, run_jobs, monkeypatch):
    from apps.backtests.services import sweeps

    def broken(*args, **kwargs):
        raise sweeps.NotStoredError("Storage is full.")

    monkeypatch.setattr("apps.backtests.services.sweeps._stored", broken)
    failed = swept(done.strategy, alice)
    run_jobs()
    cancelled = swept(done.strategy, alice, axes={"window": "2, 4"})
    sweeps.cancel_sweep(sweep_id=cancelled.id, actor=alice, at=failed.created_at)
    run_jobs()

    topics = [n.topic for n in notices_of(person_id=alice.person_id)]
    assert topics.count("sweep_failed") == 1
    assert history(subject_id=cancelled.id)[-1].data.concerned() == ()
