"""Find strategies in documents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.documents import queries as documents
from apps.domain.evidence import PageWords, Word
from apps.events.services import append, hint
from apps.jobs.services import Work, enqueue
from apps.llm.services import forget_answers
from apps.marketdata import queries as marketdata
from apps.strategies.adapters.choose import reader_named
from apps.strategies.adapters.reader import Catalogue, DataSet, Reading
from apps.strategies.enums import ExtractionStatus, StrategyStatus
from apps.strategies.evaluation import evaluate
from apps.strategies.evaluation.quotes import SEED, evaluate_quotes
from apps.strategies.events import (
    StrategiesExtracted,
)
from apps.strategies.models import Extraction, Strategy
from apps.strategies.services.drafts import store
from apps.strategies.services.reading import RULES, Outcome, read_for, read_verified

EXTRACT_JOB = "strategies.extract"


@transaction.atomic
def request_extraction(
    *, document_id: UUID, actor_id: UUID | None, at: datetime, reader: str | None = None
) -> Extraction:
    """Queue a reading of a document by the chosen reader; a reading that is open, or was done by it, is returned.

    One in which the rule reader stepped in does not count as done.
    """
    document = documents.document(document_id=document_id)
    chosen = reader_named(reader)
    existing = (
        Extraction.objects.filter(document_id=document_id, reader=chosen.name)
        .exclude(status=ExtractionStatus.FAILED)
        .filter(fallback_code="")
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
    readings = list(Extraction.objects.filter(document_id=document_id).values_list("id", flat=True))
    forget_answers(subject_ids=readings)
    Extraction.objects.filter(document_id=document_id).delete()


def extract(work: Work) -> None:
    """The job: read, verify every quote on the page, store the drafts."""
    document_id = UUID(work.plan["document_id"])
    with work.scope():
        Extraction.objects.filter(id=work.subject_id).update(status=ExtractionStatus.RUNNING)
        document = documents.document(document_id=document_id)
        pages = documents.pages_of(document_id=document_id)
        catalogue = _catalogue(marketdata.catalogue())
    outcome = read_for(work, pages, title=document.title, catalogue=catalogue)
    work.progress(1, 1, "strategies found")
    at = timezone.now()
    with work.scope():
        found = Found(document_id, document.title, work.subject_id, work.tenant_id, work.requested_by_id)
        keep(outcome, found=found, at=at)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the drafts of a reading belong."""

    document_id: UUID
    document_title: str
    extraction_id: UUID
    tenant_id: UUID
    actor_id: UUID | None


def keep(outcome: Outcome, *, found: Found, at: datetime) -> None:
    """Store the drafts of a reading in place of those of an interrupted one. The caller holds the transaction."""
    Strategy.objects.filter(extraction_id=found.extraction_id, revision=1, status=StrategyStatus.DRAFT).delete()
    reading = _without_doubles(outcome, found)
    stored = [
        store(
            draft,
            tenant_id=found.tenant_id,
            actor_id=found.actor_id,
            at=at,
            document_id=found.document_id,
            extraction_id=found.extraction_id,
        )
        for draft in reading.drafts
    ]
    extraction = Extraction.objects.get(id=found.extraction_id)
    extraction.status, extraction.finished_at = ExtractionStatus.DONE, at
    extraction.model = reading.model or ""
    extraction.input_tokens, extraction.output_tokens = reading.input_tokens, reading.output_tokens
    extraction.remarks = [*reading.remarks, *([outcome.note] if outcome.note else [])]
    extraction.n_strategies = len(stored)
    extraction.fallback_code, extraction.fallback_reason = outcome.fallback_code, outcome.fallback_reason
    extraction.cross_check = _cross_check(outcome, stored)
    extraction.save()
    data = StrategiesExtracted(
        document_title=found.document_title,
        document_id=found.document_id,
        reader=extraction.read_by,
        n_strategies=len(stored),
        asked_by=found.actor_id,
    )
    append(tenant_id=found.tenant_id, subject_id=extraction.id, data=data, actor_id=None, at=at)


def _without_doubles(outcome: Outcome, found: Found) -> Reading:
    """The reading; without drafts where the rule reader steps in on a document that it has read already: those stand."""
    if not outcome.fallback_code:
        return outcome.reading
    by_rules = Q(reader=RULES) | ~Q(fallback_code="")
    before = Extraction.objects.filter(by_rules, document_id=found.document_id, n_strategies__gt=0)
    if not before.exclude(id=found.extraction_id).exists():
        return outcome.reading
    return replace(outcome.reading, drafts=(), remarks=("The drafts that the rule reader made of it before stand.",))


def _cross_check(outcome: Outcome, stored: list[Strategy]) -> dict[str, Any]:
    if not outcome.second:
        return {}
    told = {
        str(strategy.id): [one.as_dict() for one in differences]
        for strategy, differences in zip(stored, outcome.differences, strict=True)
    }
    return {"reader": outcome.second, "version": reader_named(outcome.second).version, "strategies": told}


def read_strategies(
    pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue, reader: str | None = None
) -> Reading:
    """What a reader finds in pages, each quote located by our own code. A document without a strategy gives a remark."""
    return read_verified(pages, title=title, catalogue=catalogue, reader=reader)


def evaluate_readers(*, names: list[str]) -> dict[str, Any]:
    """The scores of readers on the gold set, as they are stored. Raises UnknownReaderError; a model is asked and paid for."""
    return {"readers": [evaluate(reader_named(name)) for name in names]}


def evaluate_evidence(*, seed: int | None = None) -> dict[str, Any]:
    """What becomes of true and of false quotes in documents whose words have known places, as it is stored."""
    return evaluate_quotes(seed=SEED if seed is None else seed)


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
