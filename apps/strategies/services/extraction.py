"""Find strategies in documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.documents import queries as documents
from apps.domain.evidence import PageWords, Word
from apps.events.services import append, hint
from apps.jobs.services import Work, enqueue
from apps.marketdata import queries as marketdata
from apps.strategies.adapters.choose import reader_named
from apps.strategies.adapters.reader import Catalogue, DataSet, NoStrategyFound, Reading, verify_quotes
from apps.strategies.enums import ExtractionStatus, StrategyStatus
from apps.strategies.evaluation import evaluate
from apps.strategies.events import (
    StrategiesExtracted,
)
from apps.strategies.models import Extraction, Strategy
from apps.strategies.services.drafts import store

EXTRACT_JOB = "strategies.extract"


@transaction.atomic
def request_extraction(
    *, document_id: UUID, actor_id: UUID | None, at: datetime, reader: str | None = None
) -> Extraction:
    """Queue a reading of a document by the chosen reader; a reading that is open, or was done by it, is returned."""
    document = documents.document(document_id=document_id)
    chosen = reader_named(reader)
    existing = (
        Extraction.objects.filter(document_id=document_id, reader=chosen.name)
        .exclude(status=ExtractionStatus.FAILED)
        .first()
    )
    if existing:
        return existing
    extraction = Extraction.objects.create(
        tenant_id=document.tenant_id,
        document=document,
        reader=chosen.name,
        reader_version=chosen.version,
        requested_by_id=actor_id,
        created_at=at,
    )
    plan = {"document_id": str(document_id), "reader": chosen.name}
    enqueue(
        kind=EXTRACT_JOB,
        tenant_id=document.tenant_id,
        subject_id=extraction.id,
        plan=plan,
        requested_by_id=actor_id,
        at=at,
    )
    return extraction


@transaction.atomic
def extract_again(*, document_id: UUID, actor: Actor, at: datetime, reader: str | None = None) -> Extraction:
    """Read a document again after a failed reading, or by another reader. Raises NotAllowedError, DocumentNotFoundError."""
    documents.document(document_id=document_id)
    actor.require(Permission.REVIEW_STRATEGY)
    return request_extraction(document_id=document_id, actor_id=actor.person_id, at=at, reader=reader)


def forget_readings(document_id: UUID) -> None:
    """Drop the readings of a document that goes for good; no strategy came of them, or it would be held."""
    Extraction.objects.filter(document_id=document_id).delete()


def extract(work: Work) -> None:
    """The job: read, verify every quote on the page, store the drafts."""
    document_id = UUID(work.plan["document_id"])
    with work.scope():
        Extraction.objects.filter(id=work.subject_id).update(status=ExtractionStatus.RUNNING)
        document = documents.document(document_id=document_id)
        pages = documents.pages_of(document_id=document_id)
        catalogue = _catalogue(marketdata.catalogue())
    reading = read_strategies(pages, title=document.title, catalogue=catalogue, reader=work.plan["reader"])
    work.progress(1, 1, "strategies found")
    at = timezone.now()
    with work.scope():
        Strategy.objects.filter(extraction_id=work.subject_id, revision=1, status=StrategyStatus.DRAFT).delete()
        for draft in reading.drafts:
            store(
                draft,
                tenant_id=work.tenant_id,
                actor_id=work.requested_by_id,
                at=at,
                document_id=document_id,
                extraction_id=work.subject_id,
            )
        Extraction.objects.filter(id=work.subject_id).update(
            status=ExtractionStatus.DONE,
            model=reading.model or "",
            input_tokens=reading.input_tokens,
            output_tokens=reading.output_tokens,
            remarks=list(reading.remarks),
            n_strategies=len(reading.drafts),
            finished_at=at,
        )
        data = StrategiesExtracted(
            document_title=document.title,
            document_id=document_id,
            reader=work.plan["reader"],
            n_strategies=len(reading.drafts),
            asked_by=work.requested_by_id,
        )
        append(tenant_id=work.tenant_id, subject_id=work.subject_id, data=data, actor_id=None, at=at)


def read_strategies(
    pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue, reader: str | None = None
) -> Reading:
    """What a reader finds in pages, each quote located by our own code. A document without a strategy gives a remark."""
    try:
        reading = reader_named(reader).read(pages=pages, catalogue=catalogue, title=title)
    except NoStrategyFound as error:
        return Reading(drafts=(), remarks=(error.message,))
    return verify_quotes(reading, pages)


def evaluate_readers(*, names: list[str]) -> dict[str, Any]:
    """The scores of readers on the gold set, as they are stored. Raises UnknownReaderError; a model is asked and paid for."""
    return {"readers": [evaluate(reader_named(name)) for name in names]}


def warm_up() -> None:
    """Load the rule reader and its patterns, once in a worker's life."""
    rule = "We hold the S&P 500 while it is above its ten-month moving average and move to cash otherwise."
    words = rule.split()
    page = PageWords(1, tuple(Word(word, float(at), 0.0, float(at) + 1, 1.0, 0) for at, word in enumerate(words)))
    facts = DataSet("x", "S&P 500", ("SPX",), ("close",), date(2000, 1, 3), date(2010, 12, 31))
    read_strategies((page,), title="", catalogue=Catalogue((facts,)), reader="rules")


def catalogue_of(infos: list[marketdata.DataSetInfo]) -> Catalogue:
    """Data sets as readers see them."""
    return _catalogue(infos)


def extraction_failed(work: Work, code: str, message: str) -> None:
    """Record that a reading failed, where the analyst looks for its result."""
    Extraction.objects.filter(id=work.subject_id).update(
        status=ExtractionStatus.FAILED, error_code=code, error_message=message, finished_at=timezone.now()
    )
    document_id = UUID(work.plan["document_id"])
    topic = f"documents:{document_id}"
    transaction.on_commit(
        lambda: hint(tenant_id=work.tenant_id, topic=topic, event="strategies.failed", id=document_id)
    )


def _catalogue(infos: list[marketdata.DataSetInfo]) -> Catalogue:
    return Catalogue(
        tuple(DataSet(i.key, i.title, i.symbols, i.fields, i.first_day, i.last_day, i.adjustment) for i in infos)
    )
