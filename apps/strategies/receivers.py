"""A document that was read is looked through for strategies."""

from __future__ import annotations

from apps.documents.services import register_holder
from apps.events.queries import Happened
from apps.events.services import subscribe
from apps.jobs.enums import Queue
from apps.jobs.services import register_kind
from apps.strategies.queries import documents_cited
from apps.strategies.services import (
    BATCH_JOB,
    EXTRACT_JOB,
    advance_batch,
    batch_failed,
    extract,
    extraction_failed,
    forget_readings,
    locate_citations_again,
    request_extraction,
)


def subscribe_all() -> None:
    """Register this app's receivers and jobs."""
    register_kind(EXTRACT_JOB, queue=Queue.EXTRACTION, handler=extract, failed=extraction_failed)
    register_kind(BATCH_JOB, queue=Queue.EXTRACTION, handler=advance_batch, failed=batch_failed)
    register_holder(holds=documents_cited, release=forget_readings)
    subscribe("strategies", "documents.read", receiver=look_for_strategies)
    subscribe("quotes", "documents.reread", receiver=look_up_quotes)


def look_for_strategies(event: Happened) -> None:
    """Queue the reading of a document whose pages are in."""
    request_extraction(document_id=event.subject_id, actor_id=event.actor_id, at=event.at)


def look_up_quotes(event: Happened) -> None:
    """Find the quotes of a document's strategies among the words that it was read into anew."""
    locate_citations_again(document_id=event.subject_id, at=event.at)
