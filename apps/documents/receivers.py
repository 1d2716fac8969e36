"""The job that reads a document."""

from __future__ import annotations

from apps.documents.services import READ_JOB, read_document, reading_failed
from apps.jobs.enums import Queue
from apps.jobs.services import register_kind


def register_jobs() -> None:
    """Register this app's kinds of job."""
    register_kind(READ_JOB, queue=Queue.DOCUMENTS, handler=read_document, failed=reading_failed)
