"""Readings of a document: who read, what stood in the way, and where two readers disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum

from apps.documents import queries as documents
from apps.documents.enums import DocumentStatus
from apps.domain.errors import DomainError
from apps.domain.language import Disagreement, DraftSpecification, same_value
from apps.llm import queries as llm
from apps.strategies.enums import ExtractionStatus
from apps.strategies.models import BatchReading, Extraction, Strategy

READER_NAMES = {"rules": "rule reader", "claude": "Claude reader"}


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A disagreement in a sentence: what the second reader reads, and where."""

    sentence: str
    page: int | None
    quote: str
    found: Disagreement


@dataclass(frozen=True, slots=True)
class ReadingNotes:
    """What the review page says about how a draft came about. `by_parameter` stands beside fields, `others` above them."""

    read_by: str
    fallback_reason: str
    by_parameter: Mapping[str, SecondOpinion]
    others: tuple[SecondOpinion, ...]

    @property
    def n(self) -> int:
        return len(self.by_parameter) + len(self.others)


def readings(*, document_id: UUID) -> list[Extraction]:
    """Every reading of a document, newest first."""
    return list(Extraction.objects.filter(document_id=document_id).order_by("-created_at", "-id"))


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A batch reading with what became of its documents so far, and what it cost."""

    batch: BatchReading
    n_documents: int
    n_done: int
    n_by_rules: int
    n_failed: int
    n_strategies: int
    cost_usd: Decimal


class BatchNotFoundError(DomainError):
    """There is no such batch on this desk."""

    code = "batch_not_found"
    status = 404


def batch_readings(*, limit: int = 50) -> list[BatchProgress]:
    """The desk's batches, newest first."""
    return [_progress(batch) for batch in BatchReading.objects.order_by("-created_at", "-id")[:limit]]


def batch_reading(*, batch_id: UUID) -> BatchProgress:
    """One batch; raises BatchNotFoundError."""
    batch = BatchReading.objects.filter(id=batch_id).first()
    if batch is None:
        raise BatchNotFoundError("There is no such batch on your desk.")
    return _progress(batch)


def n_unread_by_claude(*, folder_id: UUID) -> int:
    """How many documents of a folder Claude has not read."""
    read = Extraction.objects.filter(reader="claude", fallback_code="").exclude(status=ExtractionStatus.FAILED)
    wanted = documents.documents(documents.Filters(folder=str(folder_id), status=DocumentStatus.READ))
    return wanted.exclude(id__in=read.values("document_id")).count()


def _progress(batch: BatchReading) -> BatchProgress:
    said = Extraction.objects.filter(id__in=batch.extraction_ids).aggregate(
        done=Count("id", filter=Q(status=ExtractionStatus.DONE)),
        by_rules=Count("id", filter=Q(status=ExtractionStatus.DONE) & ~Q(fallback_code="")),
        failed=Count("id", filter=Q(status=ExtractionStatus.FAILED)),
        strategies=Sum("n_strategies"),
    )
    cost = llm.cost_of_subjects(subject_ids=batch.extraction_ids)
    n = len(batch.extraction_ids)
    return BatchProgress(batch, n, said["done"], said["by_rules"], said["failed"], said["strategies"] or 0, cost)


def reading_notes(strategy: Strategy, draft: DraftSpecification, /) -> ReadingNotes:
    """How a strategy was read. What an analyst has set to the other reader's value since is no longer a disagreement."""
    extraction = strategy.extraction
    if extraction is None:
        return ReadingNotes("", "", {}, ())
    reader = READER_NAMES.get(str(extraction.cross_check.get("reader")), "other reader")
    told = extraction.cross_check.get("strategies", {}).get(str(strategy.id), [])
    found = [Disagreement(**one) for one in told]
    standing = [one for one in found if not _is_settled(one, draft)]
    fields = {one.parameter: _opinion(one, reader) for one in standing if one.parameter}
    others = tuple(_opinion(one, reader) for one in standing if not one.parameter)
    return ReadingNotes(
        READER_NAMES.get(extraction.read_by, extraction.read_by), extraction.fallback_reason, fields, others
    )


def claude_is_set_up() -> bool:
    """Whether a reading by Claude can be asked for."""
    return llm.is_set_up()


def _is_settled(one: Disagreement, draft: DraftSpecification) -> bool:
    parameter = draft.parameters.get(one.parameter)
    if parameter is None or one.second_value is None or parameter.value is None:
        return False
    return same_value(parameter.value, parameter.unit.value, one.second_value, one.second_unit)


def _opinion(one: Disagreement, reader: str) -> SecondOpinion:
    if one.second:
        sentence = f"The {reader} reads {one.second}"
    elif one.second_status == "missing":
        sentence = f"The {reader} does not find it settled and asks"
    else:
        sentence = f"The {reader} does not read this"
    return SecondOpinion(sentence, one.second_page, one.second_quote, one)
