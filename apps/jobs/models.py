"""The job: one long piece of work."""

from __future__ import annotations

import uuid

from django.db import models

from apps.jobs.enums import JobStatus, Queue


class Job(models.Model):
    """A frozen plan and how far its work has come.

    A worker holds a job by a lease that it renews; when the worker dies the lease runs out and another takes the job up.
    `attempt` is capped, so that a document that kills its worker is given up.

    Personal data: none (people are ids)
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=20, choices=Queue.choices)
    subject_id = models.UUIDField()
    plan = models.JSONField(default=dict)
    is_small = models.BooleanField(default=False)  # a worker takes several such at a time
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    done_steps = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    requested_by_id = models.UUIDField(null=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-queued_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status=JobStatus.RUNNING, lease_until__isnull=False, lease_token__isnull=False)
                | (~models.Q(status=JobStatus.RUNNING) & models.Q(lease_until__isnull=True, lease_token__isnull=True)),
                name="job_running_has_lease",
            ),
            # One piece of open work of a kind per subject: a double click makes one job.
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject_id"],
                condition=models.Q(status__in=["queued", "running"]),
                name="job_one_open_per_subject",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "subject_id", "-queued_at"], name="job_of_subject"
            ),  # the progress of one page
            models.Index(fields=["tenant", "status", "lease_until"], name="job_to_recover"),  # the reaper
            # What a worker takes together.
            models.Index(
                fields=["tenant", "kind", "queued_at", "id"],
                name="job_small_waiting",
                condition=models.Q(status=JobStatus.QUEUED, is_small=True, attempt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.status}"

    @property
    def is_finished(self) -> bool:
        return self.status in {JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED}

    @property
    def fraction(self) -> float:
        """Done over total, 0 while the total is not known."""
        return self.done_steps / self.total_steps if self.total_steps else 0.0
