"""Strategies for programs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.documents import queries as documents
from apps.domain.language import explain, published_schemas
from apps.llm import queries as llm
from apps.strategies import queries, services
from apps.strategies.models import Extraction, Strategy
from apps.strategies.queries.readings import BatchProgress, batch_reading, batch_readings, reading_notes, readings
from apps.web.services.paging import page_of

router = Router(tags=["strategies"])


class StrategyOut(Schema):
    id: UUID
    title: str
    family: str
    status: str = Field(description="draft, approved, rejected or merged")
    merged_into_id: UUID | None = Field(description="The strategy that this one was merged into")
    revision: int
    n_questions: int = Field(description="What must be settled before it can run.")
    document_id: UUID | None
    created_at: datetime
    updated_at: datetime


class StrategyList(Schema):
    items: list[StrategyOut]
    next_cursor: str | None


class FindingOut(Schema):
    code: str
    severity: str = Field(description="error and question stop a run; warning does not")
    pointer: str = Field(description="JSON pointer into the specification")
    message: str


class ReasonOut(Schema):
    code: str = Field(description="data_missing")
    sentence: str
    definition: str


class VersionOut(Schema):
    id: UUID
    number: int
    execution_hash: str
    approved_at: datetime


class DisagreementOut(Schema):
    field: str = Field(description="Its canonical name, which does not depend on how a draft spells it")
    parameter: str = Field(description="The parameter of the draft; empty where it is about structure or a claim")
    label: str
    first: str = Field(description="What the draft reads, in words; empty where it reads nothing")
    second: str = Field(description="What the second reader reads, in words; empty where it reads nothing")
    second_page: int | None
    second_quote: str
    sentence: str


class FieldOut(Schema):
    name: str
    label: str
    unit: str
    shown: str = Field(description="The value in words")
    status: str = Field(description="stated, inferred, assumed, missing or analyst")
    confidence: str = Field(description="high, medium, low or none: from how the value was found, never from a model")
    reason: str
    page: int | None
    quote: str
    question: str
    is_settled: bool


class StrategyDetail(StrategyOut):
    fields: list[FieldOut] = Field(description="Every parameter, with its status, confidence, quote and reason")
    draft: dict[str, Any] = Field(
        description="The specification with values, statuses and citations; its schema is at /strategy-schema."
    )
    findings: list[FindingOut]
    verdict: str = Field(
        description="not_testable while the loaded data lack what the rules read; empty otherwise: a backtest has its own"
    )
    reasons: list[ReasonOut] = Field(description="Why it is not testable: what is missing")
    explanation: list[str]
    versions: list[VersionOut]
    read_by: str = Field(description="The reader whose draft this is; empty for one that nobody read from a document")
    fallback_reason: str = Field(description="Why the rule reader stood in for Claude; empty when it did not")
    disagreements: list[DisagreementOut] = Field(
        description="What the second reader reads differently, as far as it still stands"
    )


class NewStrategy(Schema):
    specification: dict[str, Any] = Field(description="A draft specification; its schema is at /strategy-schema.")


class Answer(Schema):
    name: str = Field(description="The parameter")
    value: str = Field(max_length=400, description="As a person would type it: 12 months, 10 bps, 5%, 2010-12-31")
    note: str = Field(default="", max_length=500)
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


class NewCitation(Schema):
    name: str = Field(description="The parameter")
    page: int = Field(ge=1, description="Where the quote stands; of several places the one on this page is taken.")
    quote: str = Field(max_length=1000, description="A sentence of the document, word for word.")
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


class CitedOut(StrategyDetail):
    outcome: str = Field(description="What the citation proves, or why it does not make the value stated")


class Rejection(Schema):
    reason: str = Field(min_length=1, max_length=300)


def _field(field: queries.Field) -> dict[str, Any]:
    cited = field.citation
    return {name: getattr(field, name, None) for name in FieldOut.model_fields} | {
        "confidence": field.confidence.sure,
        "reason": " ".join(part for part in (field.confidence.reason, field.note) if part),
        "page": cited.page if cited else None,
        "quote": cited.quote if cited else "",
    }


def detail_of(strategy: Strategy) -> dict[str, Any]:
    """A strategy as `StrategyDetail` shows it."""
    draft = queries.draft_of(strategy)
    found = queries.open_findings(draft)
    untestable = queries.missing_data(queries.blocking(found))
    listed = {name: getattr(strategy, name) for name in StrategyOut.model_fields}
    return listed | {
        "draft": strategy.draft,
        "findings": [finding.as_dict() for finding in found],
        "verdict": untestable.word.lower().replace(" ", "_") if untestable else "",
        "reasons": untestable.reasons if untestable else [],
        "explanation": explain(draft),
        "fields": [_field(field) for field in queries.fields_of(strategy)],
        "versions": queries.versions(strategy_id=strategy.id),
        **_readers(strategy),
    }


def _readers(strategy: Strategy) -> dict[str, Any]:
    notes = reading_notes(strategy, queries.draft_of(strategy))
    opinions = [*notes.by_parameter.values(), *notes.others]
    return {
        "read_by": notes.read_by,
        "fallback_reason": notes.fallback_reason,
        "disagreements": [opinion.found.as_dict() | {"sentence": opinion.sentence} for opinion in opinions],
    }


@router.get("/strategies", response=StrategyList, summary="List strategies, newest first")
def list_strategies(
    request: DeskRequest,
    status: str | None = None,
    document_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """A page of strategies; go on with `next_cursor`."""
    page = page_of(queries.strategies(status=status, document_id=document_id), cursor=cursor, limit=limit)
    return {"items": page.items, "next_cursor": page.next_cursor}


@router.post("/strategies", response={201: StrategyDetail}, summary="Create a draft from a specification")
def create_strategy(request: DeskRequest, body: NewStrategy) -> Status[Any]:
    """Questions are welcome in a draft; errors are answered with 422 and the findings."""
    return Status(
        201, detail_of(services.create(specification=body.specification, actor=request.actor, at=timezone.now()))
    )


@router.get("/strategies/{uuid:strategy_id}", response=StrategyDetail, summary="Read a strategy")
def get_strategy(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """Its draft, what is open, its rules in words, its versions."""
    return detail_of(queries.strategy(strategy_id=strategy_id))


@router.post("/strategies/{uuid:strategy_id}/answers", response=StrategyDetail, summary="Set one parameter of a draft")
def answer_question(request: DeskRequest, strategy_id: UUID, body: Answer) -> dict[str, Any]:
    """The earlier reading stays as an alternative; the change is on the record."""
    strategy = services.answer(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump())
    return detail_of(strategy)


@router.post(
    "/strategies/{uuid:strategy_id}/citations",
    response=CitedOut,
    summary="Cite a sentence for one parameter of a draft",
)
def cite_sentence(request: DeskRequest, strategy_id: UUID, body: NewCitation) -> dict[str, Any]:
    """The sentence is looked up by the platform itself; 422 when it is not in the document."""
    cited = services.cite(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump())
    return detail_of(cited.strategy) | {"outcome": cited.outcome}


@router.post(
    "/strategies/{uuid:strategy_id}/approve", response={201: VersionOut}, summary="Freeze the draft as a version"
)
def approve_strategy(request: DeskRequest, strategy_id: UUID) -> Status[Any]:
    """422 lists every open question."""
    return Status(201, services.approve(strategy_id=strategy_id, actor=request.actor, at=timezone.now()))


@router.post("/strategies/{uuid:strategy_id}/reject", response=StrategyOut, summary="Set a draft aside")
def reject_strategy(request: DeskRequest, strategy_id: UUID, body: Rejection) -> Any:
    """The reason is on the record."""
    return services.reject(strategy_id=strategy_id, reason=body.reason, actor=request.actor, at=timezone.now())


class ReadingOut(Schema):
    id: UUID
    status: str = Field(description="queued, running, done or failed")
    reader: str = Field(description="The reader that was asked for")
    read_by: str = Field(description="The reader whose drafts these are: rules where it stood in")
    model: str
    fallback_code: str = Field(
        description="Why it stood in, for programs: budget_exceeded, model_unavailable, model_paused …"
    )
    fallback_reason: str
    n_strategies: int
    remarks: list[str]
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    error_code: str
    error_message: str
    created_at: datetime
    finished_at: datetime | None


class ReadAgain(Schema):
    reader: str | None = Field(default=None, description="rules or claude; the platform's own by default")


def _reading(extraction: Extraction) -> dict[str, Any]:
    said = {name: getattr(extraction, name) for name in ReadingOut.model_fields if name != "cost_usd"}
    return said | {"cost_usd": llm.cost_of_subjects(subject_ids=[extraction.id])}


@router.get(
    "/documents/{uuid:document_id}/readings", response=list[ReadingOut], summary="List the readings of a document"
)
def list_readings(request: DeskRequest, document_id: UUID) -> list[dict[str, Any]]:
    """Newest first: who read, why the rule reader stood in, what it cost."""
    documents.document(document_id=document_id)
    return [_reading(extraction) for extraction in readings(document_id=document_id)]


@router.post(
    "/documents/{uuid:document_id}/readings",
    response={202: ReadingOut},
    summary="Look for strategies in a document again",
)
def read_again(request: DeskRequest, document_id: UUID, body: ReadAgain) -> Status[Any]:
    """By the same reader after a failure or when the rule reader stood in, or by another one."""
    extraction = services.extract_again(
        document_id=document_id, actor=request.actor, at=timezone.now(), reader=body.reader
    )
    return Status(202, _reading(extraction))


class BatchOut(Schema):
    id: UUID
    title: str
    status: str = Field(description="open, done or failed")
    n_documents: int
    n_done: int
    n_by_rules: int = Field(description="Of those done, where the rule reader stood in")
    n_failed: int
    n_strategies: int
    cost_usd: Decimal
    error_message: str
    created_at: datetime
    finished_at: datetime | None

    @staticmethod
    def of(progress: BatchProgress) -> dict[str, Any]:
        names = ("n_documents", "n_done", "n_by_rules", "n_failed", "n_strategies", "cost_usd")
        of_row = ("id", "title", "status", "error_message", "created_at", "finished_at")
        return {n: getattr(progress, n) for n in names} | {n: getattr(progress.batch, n) for n in of_row}


class NewBatch(Schema):
    folder_id: UUID | None = Field(default=None, description="Every document of a folder that Claude has not read")
    document_ids: list[UUID] = Field(default=[], max_length=200, description="Or these")


@router.get("/reading-batches", response=list[BatchOut], summary="List batches of documents read by Claude")
def list_batches(request: DeskRequest) -> list[dict[str, Any]]:
    """The newest fifty."""
    return [BatchOut.of(progress) for progress in batch_readings()]


@router.post("/reading-batches", response={202: BatchOut}, summary="Read a folder with Claude in one batch")
def create_batch(request: DeskRequest, body: NewBatch) -> Status[Any]:
    """At half the price, answered within a day. 422 when nothing is left to read, 503 without a key."""
    batch = services.read_in_batch(
        actor=request.actor, at=timezone.now(), folder_id=body.folder_id, document_ids=body.document_ids
    )
    return Status(202, BatchOut.of(batch_reading(batch_id=batch.id)))


@router.get("/reading-batches/{uuid:batch_id}", response=BatchOut, summary="Read how far a batch is")
def get_batch(request: DeskRequest, batch_id: UUID) -> dict[str, Any]:
    """What became of its documents so far, and what it cost."""
    return BatchOut.of(batch_reading(batch_id=batch_id))


class PaperOut(Schema):
    authors: str
    title: str
    year: int


class RefusalOut(Schema):
    needs: str = Field(description="The construct that the language refuses")
    reason: str
    closest: str = Field(description="The closest variant that can be said, and what differs")

    @staticmethod
    def resolve_needs(refusal: Any) -> str:
        return str(refusal.construct)


class LibraryEntryOut(Schema):
    slug: str
    number: int = Field(description="Its number among the published strategies that were counted")
    title: str
    summary: str
    topics: list[str]
    level: str
    needs: list[str] = Field(description="Data in words")
    state: str = Field(description="runnable, data_missing or refused")
    missing: list[str] = Field(description="What stops a run on the loaded data")
    paper: PaperOut | None
    refused: RefusalOut | None


class LibraryList(Schema):
    items: list[LibraryEntryOut]
    n_listed: int
    n_expressible: int
    n_runnable: int


class LibraryDetail(LibraryEntryOut):
    draft: dict[str, Any] | None
    explanation: list[str]


class PartScoreOut(Schema):
    key: str = Field(description="all, tuned (open while rules were written) or held_out")
    title: str
    n_documents: int
    n_right: int
    n_wrong: int = Field(description="Read wrongly, or read where the document says nothing")
    n_unread: int = Field(description="There and not read, or read wrongly")
    precision: float | None
    recall: float | None
    f1: float | None
    abstention: float | None = Field(description="Of what a document leaves open, the part that the reader asks about")
    quote_precision: float | None = Field(description="Of stated values, those whose located quote contains the value")
    same_place: float | None = Field(description="Of quotes of right values, those from the expected passage")
    status_agreement: float | None = Field(description="Of right values, those with the expected status")
    stability: float | None = Field(description="Of fields, those that are read the same from a reworded document")


class FieldScoreOut(Schema):
    field: str
    n_right: int
    n_wrong: int
    n_unread: int
    precision: float | None
    recall: float | None
    f1: float | None
    held_out_f1: float | None


class ReaderScoreOut(Schema):
    reader: str
    version: str
    parts: list[PartScoreOut]
    fields: list[FieldScoreOut]


class QuoteScoreOut(Schema):
    """Quotes of one kind: `true` and `blurred` ones have a place, `false` ones have none and must not be located."""

    group: str
    kind: str
    n: int
    n_right: int
    n_wrong: int
    n_unlocated: int


class EvidenceScoreOut(Schema):
    n_documents: int
    n_quotes: int
    precision: float
    recall: float
    kinds: list[QuoteScoreOut]


class EvaluationOut(Schema):
    readers: list[ReaderScoreOut]
    evidence: EvidenceScoreOut


@router.get("/evaluation", response=EvaluationOut, summary="How well readers read, and quotes are found")
def get_evaluation(request: DeskRequest) -> dict[str, Any]:
    """Precision, recall and F1 by reader, part of the set and field; and how quotes are found, by kind of quote."""
    return {"readers": queries.evaluation(), "evidence": queries.evidence_evaluation()}


@router.get("/library", response=LibraryList, summary="List published strategies, what can run first")
def list_library(request: DeskRequest, q: str = "", topic: str = "", state: str = "") -> dict[str, Any]:
    """`q` is searched in title, summary and paper, every word of it. The counts are of the whole library."""
    counted = queries.coverage()
    return {
        "items": queries.library(text=q[:80], topic=topic, state=state),
        "n_listed": counted.n_listed,
        "n_expressible": counted.n_expressible,
        "n_runnable": counted.n_runnable,
    }


@router.get("/library/{slug:slug}", response=LibraryDetail, summary="Read a published strategy")
def get_library_entry(request: DeskRequest, slug: str) -> dict[str, Any]:
    """Its draft in the language, and its rules in words."""
    entry = queries.library_entry(slug=slug)
    listed = {name: getattr(entry, name) for name in LibraryEntryOut.model_fields}
    return listed | {
        "draft": entry.draft.model_dump(mode="json") if entry.draft else None,
        "explanation": explain(entry.draft) if entry.draft else [],
    }


@router.post("/library/{slug:slug}/start", response={201: StrategyDetail}, summary="Start a draft from the library")
def start_library_entry(request: DeskRequest, slug: str) -> Status[Any]:
    """422 for what the language refuses, with the reason."""
    return Status(201, detail_of(services.start_from_library(slug=slug, actor=request.actor, at=timezone.now())))


@router.get(
    "/strategy-schema", response=dict[str, Any], summary="JSON Schemas of a draft and of a runnable specification"
)
def strategy_schema(request: DeskRequest) -> dict[str, Any]:
    """Generated from the models that check specifications."""
    return published_schemas()
