"""Read a folder of papers with Claude in one batch: half the price, answers within a day.

A reading is a sequence of rounds of questions (`adapters.claude.steps`). Here the open questions of all documents go out together,
one batch a round. Nothing is kept between rounds but the recorded answers: each step replays every reading from them and sees
what is still to be asked, so a killed worker loses nothing and pays nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.documents import queries as documents
from apps.documents.enums import DocumentStatus
from apps.domain.errors import DomainError
from apps.domain.evidence import PageWords
from apps.events.services import append
from apps.jobs.services import LeaseLost, Work, enqueue
from apps.llm import queries as llm_queries
from apps.llm import services as llm
from apps.marketdata import queries as marketdata
from apps.strategies.adapters.choose import limits, reader_named
from apps.strategies.adapters.claude import Outcome as Answered
from apps.strategies.adapters.claude import Step, steps
from apps.strategies.adapters.reader import Catalogue, NoStrategyFound, ReaderUnavailable, Reading, verify_quotes
from apps.strategies.enums import BatchStatus, ExtractionStatus
from apps.strategies.events import BatchRead, BatchRequested
from apps.strategies.models import BatchReading, Extraction
from apps.strategies.services import reading
from apps.strategies.services.extraction import Found, catalogue_of, keep
from apps.strategies.services.reading import Outcome, cross_checked, fallen_back
from apps.tenancy.queries import tenant_ids
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

BATCH_JOB = "strategies.batch"
MOST_DOCUMENTS = 200
_PATIENCE = timedelta(hours=26)  # the service answers within a day, or not at all
_UNFINISHED = (ExtractionStatus.QUEUED, ExtractionStatus.RUNNING)


class NothingToReadError(DomainError):
    """None of the documents is left for Claude to read."""

    code = "nothing_to_read"


@transaction.atomic
def read_in_batch(
    *, actor: Actor, at: datetime, folder_id: UUID | None = None, document_ids: Sequence[UUID] = ()
) -> BatchReading:
    """Hand in the documents of a folder, or those named, that Claude has not read yet.

    Raises NotAllowedError, NothingToReadError, ReaderUnavailable without a key.
    """
    actor.require(Permission.REVIEW_STRATEGY)
    if not llm_queries.is_set_up():
        raise ReaderUnavailable("There is no key for Claude. Ask an administrator to set ANTHROPIC_API_KEY.")
    waiting = list(
        documents.documents(documents.Filters(folder=str(folder_id) if folder_id else "", status=DocumentStatus.READ))
    )
    if folder_id is None:
        waiting = [document for document in waiting if document.id in set(document_ids)]
    read = set(
        Extraction.objects.filter(reader="claude", fallback_code="")
        .exclude(status=ExtractionStatus.FAILED)
        .values_list("document_id", flat=True)
    )
    chosen = [document for document in waiting if document.id not in read][:MOST_DOCUMENTS]
    if not chosen:
        raise NothingToReadError("Claude has read every document here already, or none of them has been read in yet.")
    made = [
        Extraction.objects.create(
            tenant_id=actor.tenant_id,
            document=document,
            reader="claude",
            reader_version=reader_named("claude").version,
            requested_by_id=actor.person_id,
            created_at=at,
        )
        for document in chosen
    ]
    folder = next((shelf.name for shelf in documents.shelves() if shelf.id == folder_id), "")
    batch = BatchReading.objects.create(
        tenant_id=actor.tenant_id,
        title=folder or (chosen[0].title[:100] if len(chosen) == 1 else f"{len(chosen)} documents"),
        extraction_ids=[extraction.id for extraction in made],
        requested_by_id=actor.person_id,
        created_at=at,
    )
    data = BatchRequested(title=batch.title, n_documents=len(made))
    append(tenant_id=actor.tenant_id, subject_id=batch.id, data=data, actor_id=actor.person_id, at=at)
    _enqueue(batch, at)
    return batch


def advance_batch(work: Work) -> None:
    """The job: take the answers that are in, store what is finished, hand in the next round. Done in one go, never waiting."""
    with work.scope():
        batch = BatchReading.objects.get(id=work.subject_id)
        catalogue = catalogue_of(marketdata.catalogue())
        handed_in = llm_queries.open_batch(subject_id=batch.id)
    if batch.status != BatchStatus.OPEN:
        return
    is_out = handed_in is not None and handed_in.provider_id
    if handed_in is not None and is_out and not (_is_in(handed_in) and _collected(work, batch, handed_in, catalogue)):
        return
    waiting = _replayed(work, batch, catalogue)
    asked = [(one.account, step.request) for one in waiting for step in one.asked]
    if asked:
        try:
            llm.submit(asked, subject_id=batch.id, at=timezone.now())
        except llm.ModelError as error:
            logger.info("batch_not_handed_in", code=error.code)
            unavailable = ReaderUnavailable(error.message, reason=error.code)
            for one in waiting:
                _keep(work, one, fallen_back(unavailable, one.pages, title=one.title, catalogue=catalogue))
        else:
            with work.scope():
                BatchReading.objects.filter(id=batch.id).update(n_rounds=batch.n_rounds + 1)
            return
    _finish(work, batch)


def poll_batches(*, at: datetime) -> None:
    """Queue the next step of every batch whose answers are in, on every desk."""
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            open_ones = [
                (batch, llm_queries.open_batch(subject_id=batch.id))
                for batch in BatchReading.objects.filter(status=BatchStatus.OPEN)
            ]
        for batch, handed_in in open_ones:
            if handed_in is None or not handed_in.provider_id or _is_in(handed_in):
                with tenant_scope(tenant_id):
                    _enqueue(batch, at)


def batch_failed(work: Work, code: str, message: str) -> None:
    """Record that a batch was given up; its unfinished readings can be asked for again one by one."""
    at = timezone.now()
    BatchReading.objects.filter(id=work.subject_id).update(
        status=BatchStatus.FAILED, error_message=message, finished_at=at
    )
    batch = BatchReading.objects.get(id=work.subject_id)
    Extraction.objects.filter(id__in=batch.extraction_ids, status__in=_UNFINISHED).update(
        status=ExtractionStatus.FAILED, error_code=code, error_message=message, finished_at=at
    )


@dataclass
class _One:
    """One document of a batch: its account, its pages, and the questions that have no answer yet."""

    extraction: Extraction
    title: str
    pages: tuple[PageWords, ...]
    account: llm.Account
    asked: tuple[Step, ...] = field(default=())


def _enqueue(batch: BatchReading, at: datetime) -> None:
    enqueue(
        kind=BATCH_JOB,
        tenant_id=batch.tenant_id,
        subject_id=batch.id,
        plan={},
        requested_by_id=batch.requested_by_id,
        at=at,
    )


def _is_in(handed_in: llm.ModelBatch) -> bool:
    """Whether a batch needs no more waiting; a service that does not answer is asked again at the next poll."""
    if timezone.now() - handed_in.created_at > _PATIENCE:
        return True
    try:
        return llm.batch_is_ended(handed_in)
    except llm.ModelError as error:
        logger.warning("batch_not_polled", code=error.code)
        return False


def _collected(work: Work, batch: BatchReading, handed_in: llm.ModelBatch, catalogue: Catalogue) -> bool:
    requests = [step.request for one in _unfinished(work, batch) for step in _replay(work, one, catalogue) or ()]
    try:
        llm.collect(handed_in, requests=requests, at=timezone.now())
    except llm.ModelError as error:
        logger.warning("batch_not_collected", code=error.code)
        if timezone.now() - handed_in.created_at <= _PATIENCE:
            return False
        with work.scope():
            llm.give_up(handed_in, at=timezone.now())
    return True


def _replayed(work: Work, batch: BatchReading, catalogue: Catalogue) -> list[_One]:
    """The documents that wait for answers; those that wait for none are stored."""
    waiting = []
    every = _unfinished(work, batch)
    began = time.monotonic()
    for at, one in enumerate(every):
        if time.monotonic() - began > reading.SLICE:  # what is stored stays; the next task goes on with the rest
            raise LeaseLost("The batch goes on in the next task.")
        work.progress(at, len(every), f"document {at + 1} of {len(every)}")
        one.asked = _replay(work, one, catalogue) or ()
        if one.asked:
            waiting.append(one)
    return waiting


def _replay(work: Work, one: _One, catalogue: Catalogue) -> tuple[Step, ...] | None:
    """The questions of a reading that have no recorded answer; None when it is finished, and then it is stored."""
    run = steps(pages=one.pages, catalogue=catalogue, title=one.title, limits=limits())
    try:
        asked = next(run)
        while True:
            with tenant_scope(work.tenant_id):
                answers = [llm.recorded(s.request, account=one.account, with_failures=True) for s in asked]
            known: list[Answered] = [answer for answer in answers if answer is not None]
            if len(known) < len(asked):
                return tuple(step for step, answer in zip(asked, answers, strict=True) if answer is None)
            asked = run.send(known)
    except StopIteration as end:
        made = verify_quotes(end.value, one.pages)
    except NoStrategyFound as error:
        made = Reading(drafts=(), remarks=(error.message,))
    except ReaderUnavailable as error:
        _keep(work, one, fallen_back(error, one.pages, title=one.title, catalogue=catalogue))
        return None
    _keep(work, one, cross_checked(made, one.pages, title=one.title, catalogue=catalogue))
    return None


def _unfinished(work: Work, batch: BatchReading) -> list[_One]:
    with tenant_scope(work.tenant_id):
        rows = Extraction.objects.filter(id__in=batch.extraction_ids, status__in=_UNFINISHED).select_related("document")
        return [
            _One(
                extraction,
                extraction.document.title,
                documents.pages_of(document_id=extraction.document_id),
                llm.Account(work.tenant_id, extraction.id, extraction.document_id, batch.requested_by_id),
            )
            for extraction in rows
        ]


def _keep(work: Work, one: _One, outcome: Outcome) -> None:
    found = Found(
        one.extraction.document_id, one.title, one.extraction.id, work.tenant_id, one.extraction.requested_by_id
    )
    with work.scope():
        keep(outcome, found=found, at=timezone.now())


def _finish(work: Work, batch: BatchReading) -> None:
    at = timezone.now()
    with work.scope():
        readings = list(Extraction.objects.filter(id__in=batch.extraction_ids))
        data = BatchRead(
            title=batch.title,
            n_documents=len(readings),
            n_by_rules=sum(bool(one.fallback_code) for one in readings),
            n_failed=sum(one.status == ExtractionStatus.FAILED for one in readings),
        )
        BatchReading.objects.filter(id=batch.id).update(status=BatchStatus.DONE, finished_at=at)
        append(tenant_id=work.tenant_id, subject_id=batch.id, data=data, actor_id=None, at=at)
