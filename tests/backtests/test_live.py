"""A run while it waits and is made, and what happens to it when the world fails."""

from __future__ import annotations

import errno
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.backtests import queries, services
from apps.backtests.models import Backtest, Verdict
from apps.backtests.queries.live import live_of
from apps.backtests.services import RunOptions, running
from apps.events.models import Event
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.queries import jobs_to_recover, latest_job
from apps.tenancy.services import tenant_scope
from tests.backtests.test_launch import approved, start
from tests.conftest import in_new_context

pytestmark = pytest.mark.usefixtures("market_data")


class Killed(BaseException):
    """What a handler never catches: the process is gone."""


def job_of(run):
    return latest_job(subject_id=run.id, kind=services.RUN_JOB)


def work_on(run):
    job = job_of(run)
    in_new_context(jobs.run, tenant_id=job.tenant_id, job_id=job.id)
    run.refresh_from_db()
    return job_of(run)


def take_up_again(run, at=None):
    """What the reaper does once the lease of a dead worker has run out, or a message is old."""
    at = at or timezone.now() + timedelta(minutes=2)
    for job in jobs_to_recover(at=at):
        jobs.recover(job, at=at)
    return work_on(run)


def cancel(run, actor):
    """As a request of its own does."""
    with tenant_scope(run.tenant_id):
        services.cancel(backtest_id=run.id, actor=actor, at=timezone.now())


def happened(run):
    return list(Event.objects.filter(subject_id=run.id).order_by("at", "id").values_list("type", flat=True))


# --- queue --------------------------------------------------------------------------------------------------------


def test_waiting_run_knows_its_place(alice):
    strategy = approved(alice)
    made = [start(strategy, alice, RunOptions(cost_bps=float(n))) for n in range(3)]

    assert [live_of(run, job_of(run), at=timezone.now()).ahead for run in made] == [0, 1, 2]


def test_page_of_a_waiting_run_says_how_many_come_first(alice, client_of):
    strategy = approved(alice)
    made = [start(strategy, alice, RunOptions(cost_bps=float(n))) for n in range(3)]

    page = client_of(alice).get(reverse("backtests:progress", args=[made[2].id])).content.decode()

    assert "2 of your desk&#x27;s runs come first" in page or "2 of your desk's runs come first" in page


def test_queue_names_who_asked_and_lets_each_cancel_their_own(alice, bob, client_of):
    mine, theirs = start(approved(alice), alice), start(approved(bob), bob)
    client, address = client_of(alice), reverse("backtests:queue")

    page = client.get(address).content.decode()
    answer = client.post(reverse("backtests:cancel", args=[mine.id]) + "?next=queue")

    assert page.count('data-testid="queue-row"') == 2
    assert (f"/backtests/{mine.id}/cancel/" in page, f"/backtests/{theirs.id}/cancel/" in page) == (True, False)
    assert answer["Location"] == address
    assert client.get(address).content.decode().count('data-testid="queue-row"') == 1


def test_queue_of_another_desk_is_not_seen(alice, charlie, client_of):
    start(approved(alice), alice)

    assert "Nothing waits" in client_of(charlie).get(reverse("backtests:queue")).content.decode()


def test_viewer_sees_the_queue_without_buttons(alice, viewer, client_of):
    run = start(approved(alice), alice)

    page = client_of(viewer).get(reverse("backtests:queue")).content.decode()

    assert 'data-testid="queue-row"' in page
    assert f"/backtests/{run.id}/cancel/" not in page


def test_queue_takes_the_same_number_of_queries_for_one_run_and_for_three_hundred(alice, client_of):
    strategy, client, counts = approved(alice), client_of(alice), []
    run = start(strategy, alice)
    client.get(reverse("backtests:queue"))
    for n in (0, 299):
        Job.objects.bulk_create(_another(job_of(run), run, n) for n in range(n))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("backtests:queue")).content.decode()
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert '<b class="num">300</b> waiting' in page
    assert page.count('data-testid="queue-row"') == 50
    assert "Later in the queue" in page


def _another(job, run, n):
    copy = Backtest.objects.create(
        tenant_id=run.tenant_id, strategy_id=run.strategy_id, version_id=run.version_id, plan={}, fingerprint=f"{n:064}",
        created_at=run.created_at,
    )  # fmt: skip
    return Job(
        id=uuid4(),
        tenant_id=job.tenant_id,
        kind=job.kind,
        queue=job.queue,
        subject_id=copy.id,
        queued_at=job.queued_at,
        requested_by_id=job.requested_by_id,
    )


# --- live ---------------------------------------------------------------------------------------------------------


def test_curve_is_shown_while_the_claims_are_measured(alice, client_of, monkeypatch):
    """Half-way the run itself is made; its further readings and its verdict are not."""
    run, pages = start(approved(alice), alice), []
    client = client_of(alice)
    progress = jobs.Work.progress

    def watched(work, done, total, note=""):
        progress(work, done, total, note)
        if done > 50:
            pages.append(client.get(reverse("backtests:progress", args=[run.id])).content.decode())

    monkeypatch.setattr(jobs.Work, "progress", watched)
    monkeypatch.setattr(jobs.work, "_REPORT_EVERY", 0.0)
    monkeypatch.setattr(running, "_WATCHED", 0.0)
    work_on(run)

    assert 'data-testid="partial-equity"' in pages[0]
    assert "left" in pages[0]
    assert client.get(reverse("backtests:progress", args=[run.id])).status_code == 204


def test_run_made_while_its_curve_is_kept_has_the_same_files(alice, bob):
    watched, plain = start(approved(alice), alice), start(approved(bob), bob)
    work_on(watched)
    judged = services_made(plain)
    work_on(plain)

    assert watched.files == plain.files
    assert judged.metrics == plain.metrics


def services_made(run):
    from apps.backtests.queries.frozen import given_of
    from apps.backtests.services.plans import made

    return made(run.plan, given_of(run.plan))


def test_page_reads_without_a_script(alice, client_of):
    run = start(approved(alice), alice)

    page = client_of(alice).get(f"/backtests/{run.id}/").content.decode()

    assert "Load this page again" in page
    assert 'data-testid="cancel"' in page


# --- a worker killed, storage down, cancelled while saving --------------------------------------------------------

STAGES = ["given_of", "made", "keep_files", "_write"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_worker_killed_at_a_stage_loses_nothing_and_doubles_nothing(alice, monkeypatch, stage, when):
    run = start(approved(alice), alice)
    real = getattr(running, stage)

    def killed(*args, **kwargs):
        if when == "after":
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(running, stage, killed)
        with pytest.raises(Killed):
            work_on(run)
    run.refresh_from_db()
    claimed = "queued" if stage == "given_of" else "running"
    assert (run.status, Verdict.objects.filter(backtest=run).exists()) == (claimed, False)

    job = take_up_again(run)

    assert (run.status, job.status, job.attempt) == ("done", "done", 2)
    assert happened(run) == ["backtests.started", "backtests.finished"]
    assert Verdict.objects.filter(backtest=run).count() == 1
    assert queries.frames_of(run).curves.num_rows > 0


def test_worker_killed_between_two_files_leaves_a_part_that_is_replaced(alice, monkeypatch):
    run = start(approved(alice), alice)
    save, saved = default_storage.save, []

    def half(name, content):
        if saved:
            content = type(content)(content.read()[:100])
        saved.append(save(name, content))
        if len(saved) == 2:
            raise Killed
        return saved[-1]

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", half)
        with pytest.raises(Killed):
            work_on(run)

    take_up_again(run)

    assert run.status == "done"
    assert queries.frames_of(run).trades.num_rows > 0


@pytest.mark.parametrize(
    ("error", "said"), [(OSError(errno.ENOSPC, "full"), "disk is full"), (ConnectionError("away"), "does not answer")]
)
def test_storage_that_fails_is_tried_again_and_then_said(alice, client_of, monkeypatch, error, said):
    run = start(approved(alice), alice)

    def fails(*args, **kwargs):
        raise error

    monkeypatch.setattr(default_storage, "save", fails)
    first = work_on(run)
    waiting = client_of(alice).get(reverse("backtests:progress", args=[run.id])).content.decode()
    take_up_again(run)
    last = take_up_again(run)

    assert (first.status, first.attempt) == ("queued", 1)
    assert said in waiting
    assert "tried again by itself" in waiting
    assert (last.status, run.status, run.error_code) == ("failed", "failed", "storage_away")
    assert said in run.error_message
    assert (run.files, Verdict.objects.count()) == ({}, 0)


def test_storage_that_comes_back_gives_the_run_its_result(alice, monkeypatch):
    run = start(approved(alice), alice)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        work_on(run)

    take_up_again(run)

    assert run.status == "done"


def test_run_cancelled_while_its_files_are_written_is_cancelled(alice, monkeypatch):
    run = start(approved(alice), alice)
    keep = running.keep_files

    def cancelled_meanwhile(*args, **kwargs):
        kept = keep(*args, **kwargs)
        cancel(run, alice)
        return kept

    monkeypatch.setattr(running, "keep_files", cancelled_meanwhile)
    job = work_on(run)

    assert (run.status, job.status, run.files) == ("cancelled", "cancelled", {})
    assert Verdict.objects.count() == 0
    assert start(run.strategy, alice).id != run.id


def test_run_cancelled_after_it_was_written_stays_done(alice, monkeypatch):
    run = start(approved(alice), alice)
    write = running._write

    def cancelled_after(*args, **kwargs):
        write(*args, **kwargs)
        cancel(run, alice)

    monkeypatch.setattr(running, "_write", cancelled_after)
    job = work_on(run)

    assert (run.status, job.status) == ("done", "done")


def test_run_waiting_for_storage_is_cancelled_at_once(alice, monkeypatch):
    run = start(approved(alice), alice)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "save", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        work_on(run)

    services.cancel(backtest_id=run.id, actor=alice, at=timezone.now())
    run.refresh_from_db()

    assert (run.status, job_of(run).status) == ("cancelled", "cancelled")
