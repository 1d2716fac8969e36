"""Make drafts: from a specification, from the library, from a reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from pydantic import ValidationError

from apps.accounts.enums import Actor, Permission
from apps.domain.language import (
    DraftSpecification,
    NotRunnable,
    Severity,
    rules_hash,
)
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.enums import StrategyStatus
from apps.strategies.events import (
    StrategyCreated,
)
from apps.strategies.models import Strategy
from apps.strategies.services.errors import (
    DraftChangedError,
    NotADraftError,
    NotASpecificationError,
    NotExpressibleError,
)


def draft_from(specification: dict[str, Any], /) -> DraftSpecification:
    """The draft that a program sends. Raises NotASpecificationError."""
    try:
        return DraftSpecification.model_validate(specification)
    except ValidationError as error:
        where = [{"where": "/" + "/".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise NotASpecificationError(
            f"This is not a specification: {where[0]['where']}: {where[0]['problem']}.", problems=where[:20]
        ) from None


@transaction.atomic
def create(*, specification: dict[str, Any], actor: Actor, at: datetime) -> Strategy:
    """A draft from a specification that a program sends. Raises NotAllowedError, NotASpecificationError, NotRunnable.

    Questions are welcome in a draft; errors (a formula that does not parse, an unknown parameter) are not.
    """
    actor.require(Permission.REVIEW_STRATEGY)
    draft = draft_from(specification)
    errors = [f for f in queries.open_findings(draft) if f.severity is Severity.ERROR]
    if errors:
        raise NotRunnable(errors)
    return store(draft, tenant_id=actor.tenant_id, actor_id=actor.person_id, at=at)


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
    return store(entry.draft, tenant_id=actor.tenant_id, actor_id=actor.person_id, at=at)


def store(
    draft: DraftSpecification,
    *,
    tenant_id: UUID,
    actor_id: UUID | None,
    at: datetime,
    document_id: UUID | None = None,
    extraction_id: UUID | None = None,
) -> Strategy:
    """Keep a new draft, with its event. The caller holds the transaction."""
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
    strategy.rules_hash = rules_hash(draft)
    strategy.save(force_insert=True)
    append(
        tenant_id=tenant_id,
        subject_id=strategy.id,
        data=StrategyCreated(title=strategy.title),
        actor_id=actor_id,
        at=at,
    )
    return strategy


def count_questions(strategy: Strategy, draft: DraftSpecification, at: datetime) -> None:
    """Save a changed draft: what is open, the next revision."""
    strategy.n_questions = len(queries.blocking(queries.open_findings(draft)))
    strategy.rules_hash = rules_hash(draft)
    strategy.revision += 1
    strategy.updated_at = at
    strategy.save()


def refuse_stale(strategy: Strategy, revision: int | None) -> None:
    """Raise DraftChangedError when the draft is not at the revision that the person saw; None asks nothing."""
    if revision is not None and revision != strategy.revision:
        raise DraftChangedError(
            "Somebody changed this draft meanwhile. Load the page again and check your answer.",
            revision=strategy.revision,
        )


def locked(strategy_id: UUID) -> Strategy:
    """The strategy, its row locked. Raises StrategyNotFoundError."""
    found = Strategy.objects.select_for_update().filter(id=strategy_id).first()
    if found is None:
        raise queries.StrategyNotFoundError("There is no such strategy on your desk.")
    return found


def locked_draft(strategy_id: UUID, actor: Actor, permission: Permission) -> Strategy:
    """The draft, its row locked, for a person who may. Raises StrategyNotFoundError, NotAllowedError, NotADraftError."""
    strategy = locked(strategy_id)
    actor.require(permission)
    if strategy.status != StrategyStatus.DRAFT:
        raise NotADraftError(
            "Only a draft can be changed. Open the strategy again first; its versions stay.",
            strategy_status=strategy.status,
        )
    return strategy
