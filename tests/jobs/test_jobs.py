"""Jobs: done once, recovered when their worker dies, cancelled when asked, given up when hopeless."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import structlog
from django.utils import timezone

from apps.domain.errors import DomainError
from apps.jobs import services
from apps.jobs.enums import JobStatus, Queue
from apps.jobs.models import Job
from apps.jobs.queries import jobs_to_recover, latest_job
from apps.jobs.services.leases import claim
from apps.jobs.services.work import registered
from tests.conftest import in_new_context


class Recorder:
    """A kind of job whose handler does what the test says and whose failures are noted."""

    def __init__(self):
        self.runs, self.failures = [], []
        self.do = lambda work: None

    def handle(self, work):
        self.runs.append(work.attempt)
        self.do(work)

    def failed(self, work, code, message):
        self.failures.append((code, message))


@pytest.fixture
def recorder():
    kind = Recorder()
    services.register_kind("test.kind", queue=Queue.DEFAULT, handler=kind.handle, failed=kind.failed)
    yield kind
    registered.pop("test.kind")


@pytest.fixture
def job(desk, recorder):
    return enqueue(desk)


def enqueue(desk, subject_id=None):
    return services.enqueue(
        kind="test.kind",
        tenant_id=desk.id,
        subject_id=subject_id or uuid4(),
        plan={"n": 1},
        requested_by_id=None,
        at=timezone.now(),
    )


def run(job):
    in_new_context(services.run, tenant_id=job.tenant_id, job_id=job.id)
    job.refresh_from_db()


def test_job_run_reports_progress_and_is_done(job, recorder):
    recorder.do = lambda work: work.progress(3, 4, "three of four")

    run(job)

    assert (job.status, job.done_steps, job.total_steps, job.note) == (JobStatus.DONE, 3, 4, "three of four")
    assert job.lease_until is None


def test_job_run_twice_is_done_once(job, recorder):
    run(job)
    run(job)

    assert recorder.runs == [1]


def test_job_enqueued_twice_for_one_subject_is_one_job(desk, recorder):
    first = enqueue(desk)

    second = enqueue(desk, first.subject_id)

    assert second.id == first.id


def test_job_with_anticipated_error_fails_with_its_code_and_message(job, recorder):
    class TooHardError(DomainError):
        code = "too_hard"

    def fail(work):
        raise TooHardError("This is too hard. Take a smaller one.")

    recorder.do = fail
    run(job)

    assert (job.status, job.error_code, job.error_message) == (
        JobStatus.FAILED,
        "too_hard",
        "This is too hard. Take a smaller one.",
    )
    assert recorder.failures == [("too_hard", "This is too hard. Take a smaller one.")]


def test_job_with_unexpected_error_fails_without_leaking_it(job, recorder):
    def fail(work):
        raise KeyError("secret detail")

    recorder.do = fail
    run(job)

    assert job.error_code == "internal_error"
    assert job.error_message.count("secret") == 0


def test_cancelled_running_job_stops_at_its_next_report(job, recorder):
    def work_on(work):
        with work.scope():
            services.cancel(job_id=work.job_id, at=timezone.now())
        work.progress(1, 2)
        raise AssertionError("went on after the cancellation")

    recorder.do = work_on
    run(job)

    assert job.status == JobStatus.CANCELLED
    assert [code for code, _ in recorder.failures] == ["cancelled"]


def test_cancelled_queued_job_never_runs(job, recorder):
    services.cancel(job_id=job.id, at=timezone.now())

    run(job)

    assert (job.status, recorder.runs) == (JobStatus.CANCELLED, [])


def test_finished_job_cannot_be_cancelled(job, recorder):
    run(job)

    with pytest.raises(services.JobFinishedError):
        services.cancel(job_id=job.id, at=timezone.now())


def test_job_whose_worker_died_is_queued_again_and_done(job, recorder):
    in_new_context(claim, job.tenant_id, job.id)
    later = timezone.now() + services.LEASE + timedelta(seconds=1)

    [lost] = jobs_to_recover(at=later)
    services.recover(lost, at=later)
    run(job)

    assert (job.status, job.attempt) == (JobStatus.DONE, 2)


def test_job_with_a_living_lease_is_not_recovered(job, recorder):
    in_new_context(claim, job.tenant_id, job.id)

    assert jobs_to_recover(at=timezone.now()) == []


def test_job_that_kills_every_worker_is_given_up(job, recorder):
    for _ in range(services.MAX_ATTEMPTS):
        in_new_context(claim, job.tenant_id, job.id)
        later = timezone.now() + services.LEASE + timedelta(seconds=1)
        services.recover(Job.objects.get(id=job.id), at=later)

    job.refresh_from_db()

    assert (job.status, job.error_code, job.attempt) == (JobStatus.FAILED, "gave_up", services.MAX_ATTEMPTS)
    assert [code for code, _ in recorder.failures] == ["gave_up"]


def test_worker_that_lost_its_lease_writes_nothing_more(job, recorder):
    def lose_the_lease(work):
        from apps.tenancy.services import tenant_scope

        with tenant_scope(work.tenant_id):
            Job.objects.filter(id=work.job_id).update(lease_token=uuid4())
        work.progress(1, 2)
        raise AssertionError("went on without the lease")

    recorder.do = lose_the_lease
    run(job)

    assert (job.status, job.done_steps, recorder.failures) == (JobStatus.RUNNING, 0, [])


def test_message_that_never_arrived_is_sent_again(job):
    assert jobs_to_recover(at=timezone.now()) == []
    assert [lost.id for lost in jobs_to_recover(at=timezone.now() + timedelta(minutes=1))] == [job.id]


def test_latest_job_is_the_newest_of_the_subject(desk, recorder):
    first = enqueue(desk)
    run(first)

    second = enqueue(desk, first.subject_id)

    assert latest_job(subject_id=first.subject_id) == second


def test_run_binds_its_own_ids_to_the_log_and_leaves_the_callers_alone(desk, job, recorder):
    seen = []
    recorder.do = lambda work: seen.append(structlog.contextvars.get_contextvars())

    with structlog.contextvars.bound_contextvars(correlation_id="of-the-caller"):
        services.run(tenant_id=job.tenant_id, job_id=job.id)
        after = structlog.contextvars.get_contextvars()

    assert seen == [{"correlation_id": job.correlation_id, "job_id": str(job.id)}]
    assert after == {"correlation_id": "of-the-caller"}
