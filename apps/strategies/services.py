"""Find strategies in documents; answer, confirm, approve, reject."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from apps.accounts.enums import Actor, Permission
from apps.documents import queries as documents
from apps.domain.errors import DomainError
from apps.domain.evidence import PageWords, Word
from apps.domain.language import (
    DraftSpecification,
    NotRunnable,
    Severity,
    UnknownParameter,
    apply_value,
    execution_hash,
    format_value,
    runnable,
)
from apps.events.services import append, hint
from apps.jobs.services import Work, enqueue
from apps.marketdata import queries as marketdata
from apps.strategies import queries
from apps.strategies.adapters.choose import reader_named
from apps.strategies.adapters.reader import Catalogue, DataSet, NoStrategyFound, Reading, verify_quotes
from apps.strategies.enums import ExtractionStatus, StrategyStatus
from apps.strategies.evaluation import evaluate
from apps.strategies.events import (
    ParameterAnswered,
    ParameterConfirmed,
    StrategiesExtracted,
    StrategyApproved,
    StrategyCreated,
    StrategyRejected,
    StrategyReopened,
)
from apps.strategies.models import Extraction, Strategy, StrategyVersion

EXTRACT_JOB = "strategies.extract"


class DraftChangedError(DomainError):
    """Somebody else changed the draft since it was loaded."""

    code = "draft_changed"
    status = 409


class NotADraftError(DomainError):
    """Only a draft can be changed."""

    code = "not_a_draft"
    status = 409


class NotExpressibleError(DomainError):
    """The strategy needs a construct that the language refuses."""

    code = "not_expressible"


class NotASpecificationError(DomainError):
    """What was sent is not a specification; `details` lists where."""

    code = "not_a_specification"


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
            _store(
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


@transaction.atomic
def create(*, specification: dict[str, Any], actor: Actor, at: datetime) -> Strategy:
    """A draft from a specification that a program sends. Raises NotAllowedError, NotASpecificationError, NotRunnable.

    Questions are welcome in a draft; errors (a formula that does not parse, an unknown parameter) are not.
    """
    actor.require(Permission.REVIEW_STRATEGY)
    try:
        draft = DraftSpecification.model_validate(specification)
    except ValidationError as error:
        where = [{"where": "/" + "/".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise NotASpecificationError(
            f"This is not a specification: {where[0]['where']}: {where[0]['problem']}.", problems=where[:20]
        ) from None
    errors = [f for f in queries.open_findings(draft) if f.severity is Severity.ERROR]
    if errors:
        raise NotRunnable(errors)
    return _store(draft, tenant_id=actor.tenant_id, actor_id=actor.person_id, at=at)


@transaction.atomic
def start_from_library(*, slug: str, actor: Actor, at: datetime) -> Strategy:
    """A draft of the desk's own from the library. Raises NotAllowedError, LibraryEntryNotFoundError, NotExpressibleError.

    What the loaded data lack is an open error of the draft: choose another data set or source there.
    """
    actor.require(Permission.REVIEW_STRATEGY)
    entry = queries.library_entry(slug=slug)
    if entry.draft is None:
        reason = entry.refused.reason if entry.refused else ""
        raise NotExpressibleError(f"The language cannot say this strategy. {reason}".strip(), slug=slug)
    return _store(entry.draft, tenant_id=actor.tenant_id, actor_id=actor.person_id, at=at)


@transaction.atomic
def answer(
    *, strategy_id: UUID, name: str, value: str, actor: Actor, at: datetime, revision: int | None = None, note: str = ""
) -> Strategy:
    """Set one parameter of a draft to what the analyst typed or chose.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownParameter, ValueRefused.
    """
    strategy = _locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    if revision is not None and revision != strategy.revision:
        raise DraftChangedError(
            "Somebody changed this draft meanwhile. Load the page again and check your answer.",
            revision=strategy.revision,
        )
    before = queries.draft_of(strategy)
    after = apply_value(before, name=name, value=value, note=note[:500])
    old, new = before.parameters[name], after.parameters[name]
    strategy.draft = after.model_dump(mode="json")
    strategy.confirmed = sorted({*strategy.confirmed, name})
    _count(strategy, after, at)
    data = ParameterAnswered(
        title=strategy.title,
        parameter=name,
        label=new.label,
        before=format_value(old.value, old.unit),
        after=format_value(new.value, new.unit),
        note=note[:500],
        revision=strategy.revision,
    )
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


@transaction.atomic
def confirm(*, strategy_id: UUID, name: str, actor: Actor, at: datetime) -> Strategy:
    """Confirm a value as it stands, or take the confirmation back. A missing value cannot be confirmed.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, UnknownParameter.
    """
    strategy = _locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    parameter = queries.draft_of(strategy).parameters.get(name)
    if parameter is None or parameter.value is None:
        raise UnknownParameter("There is no value to confirm; answer the question first.", name=name)
    if name in strategy.confirmed:
        strategy.confirmed = [other for other in strategy.confirmed if other != name]
    else:
        strategy.confirmed = sorted({*strategy.confirmed, name})
        shown = format_value(parameter.value, parameter.unit)
        data = ParameterConfirmed(title=strategy.title, parameter=name, label=parameter.label, value=shown)
        append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    strategy.save(update_fields=["confirmed"])
    return strategy


@transaction.atomic
def approve(*, strategy_id: UUID, actor: Actor, at: datetime) -> StrategyVersion:
    """Freeze the draft as a version. The same rules as the current version give that version.

    Raises StrategyNotFoundError, NotAllowedError, NotRunnable with every open question.
    """
    strategy = _locked(strategy_id)
    actor.require(Permission.APPROVE_STRATEGY)
    draft = queries.draft_of(strategy)
    spec = runnable(draft, **queries.data_facts(draft))
    digest = execution_hash(spec)
    current = queries.current_version(strategy_id=strategy.id)
    if current is not None and current.execution_hash == digest and strategy.status == StrategyStatus.APPROVED:
        return current
    version = StrategyVersion.objects.create(
        tenant_id=strategy.tenant_id,
        strategy=strategy,
        number=(current.number if current else 0) + 1,
        specification=spec.model_dump(mode="json"),
        execution_hash=digest,
        approved_by_id=actor.person_id,
        approved_at=at,
    )
    strategy.status, strategy.rejection = StrategyStatus.APPROVED, ""
    strategy.updated_at = at
    strategy.save(update_fields=["status", "rejection", "updated_at"])
    data = StrategyApproved(title=strategy.title, number=version.number, execution_hash=digest)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return version


@transaction.atomic
def reject(*, strategy_id: UUID, reason: str, actor: Actor, at: datetime) -> Strategy:
    """Set a draft aside, with the reason. Raises StrategyNotFoundError, NotAllowedError, NotADraftError."""
    strategy = _locked_draft(strategy_id, actor, Permission.APPROVE_STRATEGY)
    strategy.status, strategy.rejection, strategy.updated_at = (
        StrategyStatus.REJECTED,
        reason.strip()[:300] or "no reason given",
        at,
    )
    strategy.save(update_fields=["status", "rejection", "updated_at"])
    data = StrategyRejected(title=strategy.title, reason=strategy.rejection)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


@transaction.atomic
def reopen(*, strategy_id: UUID, actor: Actor, at: datetime) -> Strategy:
    """Make an approved or rejected strategy a draft again; its versions stay."""
    strategy = _locked(strategy_id)
    actor.require(Permission.REVIEW_STRATEGY)
    if strategy.status != StrategyStatus.DRAFT:
        strategy.status, strategy.rejection, strategy.updated_at = StrategyStatus.DRAFT, "", at
        strategy.save(update_fields=["status", "rejection", "updated_at"])
        data = StrategyReopened(title=strategy.title)
        append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


def _store(
    draft: DraftSpecification,
    *,
    tenant_id: UUID,
    actor_id: UUID | None,
    at: datetime,
    document_id: UUID | None = None,
    extraction_id: UUID | None = None,
) -> Strategy:
    strategy = Strategy(
        tenant_id=tenant_id,
        document_id=document_id,
        extraction_id=extraction_id,
        title=draft.meta.name,
        family=draft.meta.family,
        draft=draft.model_dump(mode="json"),
        created_by_id=actor_id,
        created_at=at,
        updated_at=at,
    )
    strategy.n_questions = len(queries.blocking(queries.open_findings(draft)))
    strategy.save(force_insert=True)
    append(
        tenant_id=tenant_id,
        subject_id=strategy.id,
        data=StrategyCreated(title=strategy.title),
        actor_id=actor_id,
        at=at,
    )
    return strategy


def _count(strategy: Strategy, draft: DraftSpecification, at: datetime) -> None:
    strategy.n_questions = len(queries.blocking(queries.open_findings(draft)))
    strategy.revision += 1
    strategy.updated_at = at
    strategy.save()


def _locked(strategy_id: UUID) -> Strategy:
    found = Strategy.objects.select_for_update().filter(id=strategy_id).first()
    if found is None:
        raise queries.StrategyNotFoundError("There is no such strategy on your desk.")
    return found


def _locked_draft(strategy_id: UUID, actor: Actor, permission: Permission) -> Strategy:
    strategy = _locked(strategy_id)
    actor.require(permission)
    if strategy.status != StrategyStatus.DRAFT:
        raise NotADraftError(
            "Only a draft can be changed. Open the strategy again first; its versions stay.",
            strategy_status=strategy.status,
        )
    return strategy


def _catalogue(infos: list[marketdata.DataSetInfo]) -> Catalogue:
    return Catalogue(
        tuple(DataSet(i.key, i.title, i.symbols, i.fields, i.first_day, i.last_day, i.adjustment) for i in infos)
    )
