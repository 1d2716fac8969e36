"""The jobs that read a document, and read it again."""

from __future__ import annotations

from apps.documents.services import (
    DRAW_JOB,
    READ_JOB,
    REREAD_JOB,
    read_document,
    reading_failed,
    reread_document,
    rereading_failed,
)
from apps.jobs.enums import Queue
from apps.jobs.services import register_kind


def register_jobs() -> None:
    """Register this app's kinds of job."""
    register_kind(READ_JOB, queue=Queue.DOCUMENTS, handler=read_document, failed=reading_failed)
    register_kind(DRAW_JOB, queue=Queue.DOCUMENTS, handler=read_document, failed=reading_failed)
    register_kind(REREAD_JOB, queue=Queue.DOCUMENTS, handler=reread_document, failed=rereading_failed)
