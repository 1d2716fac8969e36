"""Strategies for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.domain.language import explain, published_schemas
from apps.strategies import queries, services
from apps.strategies.models import Strategy
from apps.web.services.paging import page_of

router = Router(tags=["strategies"])


class StrategyOut(Schema):
    id: UUID
    title: str
    family: str
    status: str = Field(description="draft, approved or rejected")
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


class StrategyDetail(StrategyOut):
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


class NewStrategy(Schema):
    specification: dict[str, Any] = Field(description="A draft specification; its schema is at /strategy-schema.")


class Answer(Schema):
    name: str = Field(description="The parameter")
    value: str = Field(max_length=400, description="As a person would type it: 12 months, 10 bps, 5%, 2010-12-31")
    note: str = Field(default="", max_length=500)
    revision: int | None = Field(default=None, description="Refuse with 409 when the draft is at another revision.")


class Rejection(Schema):
    reason: str = Field(min_length=1, max_length=300)


def _detail(strategy: Strategy) -> dict[str, Any]:
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
        "versions": queries.versions(strategy_id=strategy.id),
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
        201, _detail(services.create(specification=body.specification, actor=request.actor, at=timezone.now()))
    )


@router.get("/strategies/{uuid:strategy_id}", response=StrategyDetail, summary="Read a strategy")
def get_strategy(request: DeskRequest, strategy_id: UUID) -> dict[str, Any]:
    """Its draft, what is open, its rules in words, its versions."""
    return _detail(queries.strategy(strategy_id=strategy_id))


@router.post("/strategies/{uuid:strategy_id}/answers", response=StrategyDetail, summary="Set one parameter of a draft")
def answer_question(request: DeskRequest, strategy_id: UUID, body: Answer) -> dict[str, Any]:
    """The earlier reading stays as an alternative; the change is on the record."""
    strategy = services.answer(strategy_id=strategy_id, actor=request.actor, at=timezone.now(), **body.model_dump())
    return _detail(strategy)


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
    return Status(201, _detail(services.start_from_library(slug=slug, actor=request.actor, at=timezone.now())))


@router.get(
    "/strategy-schema", response=dict[str, Any], summary="JSON Schemas of a draft and of a runnable specification"
)
def strategy_schema(request: DeskRequest) -> dict[str, Any]:
    """Generated from the models that check specifications."""
    return published_schemas()
