"""Small jobs that a worker does together: each once, each with its own end, none lost with its worker."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.domain.errors import DomainError
from apps.jobs import services
from apps.jobs.enums import JobStatus, Queue
from apps.jobs.models import Job
from apps.jobs.queries import jobs_to_recover
from apps.jobs.services import Together, TryAgainLater
from apps.jobs.services.queueing import AT_ONCE
from apps.jobs.services.work import registered
from apps.tenancy.services import tenant_scope
from tests.conftest import in_new_context


class KilledError(BaseException):
    """The worker died here."""


class Three:
    """A kind whose three steps do what the test says."""

    def __init__(self):
        self.loaded, self.made, self.kept, self.failures = [], [], [], []
        self.on_load = self.on_make = self.on_keep = lambda _: None

    def load(self, works):
        self.loaded.append([work.plan["n"] for work in works])
        self.on_load(works)
        return "shared"

    def make(self, work, loaded):
        assert loaded == "shared"
        self.made.append(work.plan["n"])
        self.on_make(work)
        return work.plan["n"] * 10

    def keep(self, done):
        self.on_keep(done)
        self.kept.append([what for _, what in done])

    def failed(self, work, code, message):
        self.failures.append((work.plan["n"], code))


@pytest.fixture
def three():
    kind = Three()
    services.register_kind(
        "test.small",
        queue=Queue.DEFAULT,
        handler=Together(load=kind.load, make=kind.make, keep=kind.keep),
        failed=kind.failed,
    )
    yield kind
    registered.pop("test.small")


def enqueue(desk, n, *, is_small=True):
    return services.enqueue(
        kind="test.small",
        tenant_id=desk.id,
        subject_id=uuid4(),
        plan={"n": n},
        requested_by_id=None,
        at=timezone.now(),
        is_small=is_small,
    )


def do(job):
    in_new_context(services.run_several, tenant_id=job.tenant_id, job_ids=[job.id])


def statuses():
    return dict(Job.objects.order_by("queued_at").values_list("plan__n", "status"))


def test_small_jobs_of_a_desk_are_done_together_in_the_order_in_which_they_were_asked_for(desk, three):
    jobs = [enqueue(desk, n) for n in range(5)]

    do(jobs[3])

    assert three.loaded == [[0, 1, 2, 3, 4]]
    assert three.made == [0, 1, 2, 3, 4]
    assert three.kept == [[0, 10, 20, 30, 40]]
    assert set(statuses().values()) == {JobStatus.DONE}
    assert all(job.attempt == 1 and job.finished_at >= job.started_at for job in Job.objects.all())


def test_as_many_statements_for_sixteen_as_for_two(desk, three):
    def statements(n):
        jobs = [enqueue(desk, k) for k in range(n)]
        with CaptureQueriesContext(connection) as captured:
            do(jobs[0])
        return len(captured)

    assert statements(2) == statements(AT_ONCE)


def test_no_more_are_taken_than_one_may_take_and_the_rest_is_left_for_others(desk, three):
    jobs = [enqueue(desk, n) for n in range(AT_ONCE + 3)]

    do(jobs[0])

    assert list(statuses().values()).count(JobStatus.QUEUED) == 3


def test_large_jobs_and_those_that_ended_a_worker_are_not_taken_along(desk, three):
    small, again = enqueue(desk, 1), enqueue(desk, 3)
    enqueue(desk, 2, is_small=False)
    Job.objects.filter(id=again.id).update(attempt=1)

    do(small)

    assert statuses() == {1: JobStatus.DONE, 2: JobStatus.QUEUED, 3: JobStatus.QUEUED}


def test_jobs_of_another_desk_are_never_taken_along(desk, other_desk, three):
    in_new_context(_enqueue_for, other_desk)
    mine = enqueue(desk, 1)

    do(mine)

    assert three.made == [1]
    assert in_new_context(_statuses_of, other_desk) == {7: JobStatus.QUEUED}


def _enqueue_for(desk):
    with tenant_scope(desk.id):
        enqueue(desk, 7)


def _statuses_of(desk):
    with tenant_scope(desk.id):
        return statuses()


def test_one_that_fails_takes_no_other_with_it(desk, three):
    class TooHardError(DomainError):
        code = "too_hard"

    def fail(work):
        if work.plan["n"] == 1:
            raise TooHardError("Too hard.")
        if work.plan["n"] == 2:
            raise TryAgainLater("Full.")

    three.on_make = fail
    jobs = [enqueue(desk, n) for n in range(4)]

    do(jobs[0])

    assert statuses() == {0: JobStatus.DONE, 1: JobStatus.FAILED, 2: JobStatus.QUEUED, 3: JobStatus.DONE}
    assert three.failures == [(1, "too_hard")]
    assert three.kept == [[0, 30]]


def test_one_that_cannot_be_written_stops_no_other_and_nothing_is_written_twice(desk, three):
    def fail(done):
        if any(what == 10 for _, what in done):
            raise ValueError

    three.on_keep = fail
    jobs = [enqueue(desk, n) for n in range(3)]

    do(jobs[0])

    assert statuses() == {0: JobStatus.DONE, 1: JobStatus.FAILED, 2: JobStatus.DONE}
    assert three.kept == [[0], [20]]


def test_one_that_cannot_be_loaded_stops_no_other(desk, three):
    def fail(works):
        if any(work.plan["n"] == 1 for work in works):
            raise ValueError

    three.on_load = fail
    jobs = [enqueue(desk, n) for n in range(3)]

    do(jobs[0])

    assert statuses() == {0: JobStatus.DONE, 1: JobStatus.FAILED, 2: JobStatus.DONE}


def test_one_cancelled_meanwhile_is_cancelled_and_the_others_are_done(desk, three):
    jobs = [enqueue(desk, n) for n in range(3)]

    def cancel_last(work):
        if work.plan["n"] == 0:
            with tenant_scope(desk.id):
                services.cancel(job_id=jobs[2].id, at=timezone.now())

    three.on_make = cancel_last
    do(jobs[0])

    assert statuses() == {0: JobStatus.DONE, 1: JobStatus.DONE, 2: JobStatus.CANCELLED}
    assert three.failures == [(2, "cancelled")]
    assert three.kept == [[0, 10]]


@pytest.mark.parametrize("stage", ["on_load", "on_make", "on_keep"])
def test_worker_killed_at_any_stage_loses_none_and_repeats_none(desk, three, stage):
    jobs = [enqueue(desk, n) for n in range(3)]

    def die(_):
        raise KilledError

    setattr(three, stage, die)
    with pytest.raises(KilledError):
        do(jobs[0])
    setattr(three, stage, lambda _: None)
    assert (three.kept, set(statuses().values())) == ([], {JobStatus.RUNNING})

    later = timezone.now() + services.LEASE + timedelta(seconds=1)
    lost = jobs_to_recover(at=later)
    for job in lost:
        services.recover(job, at=later)
    for job in lost:
        in_new_context(services.run, tenant_id=job.tenant_id, job_id=job.id)

    assert sorted(what for kept in three.kept for what in kept) == [0, 10, 20]
    assert set(Job.objects.values_list("status", "attempt")) == {(JobStatus.DONE, 2)}


def test_work_whose_lease_was_taken_meanwhile_is_not_written(desk, three):
    jobs = [enqueue(desk, n) for n in range(2)]

    def lose(work):
        Job.objects.filter(id=jobs[0].id).update(lease_token=uuid4())

    three.on_make = lambda work: in_new_context(_with_scope, desk, lose, work)
    do(jobs[0])

    assert three.kept == [[10]]
    assert statuses() == {0: JobStatus.RUNNING, 1: JobStatus.DONE}


def _with_scope(desk, function, work):
    with tenant_scope(desk.id):
        function(work)
