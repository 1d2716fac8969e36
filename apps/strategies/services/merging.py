"""Merge drafts that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.errors import DomainError
from apps.domain.language import UnknownParameter, merged
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.enums import StrategyStatus
from apps.strategies.events import DraftMergedAway, DraftsMerged
from apps.strategies.models import Strategy
from apps.strategies.services.drafts import count_questions, locked_draft, refuse_stale


class NotAlikeError(DomainError):
    """The two drafts cannot be merged."""

    code = "not_alike"


@transaction.atomic
def merge(
    *,
    strategy_id: UUID,
    other_id: UUID,
    actor: Actor,
    at: datetime,
    take: Sequence[str] = (),
    revision: int | None = None,
) -> Strategy:
    """Merge another draft into this one: its values become alternatives, those in `take` the values, its claims come along.

    The other is set aside as merged, with a link; it can be opened again. Raises StrategyNotFoundError, NotAllowedError,
    NotADraftError, DraftChangedError, NotAlikeError for a draft and itself, UnknownParameter.
    """
    rows = {key: locked_draft(key, actor, Permission.REVIEW_STRATEGY) for key in sorted({strategy_id, other_id})}
    strategy, other = rows[strategy_id], rows[other_id]
    if strategy_id == other_id:
        raise NotAlikeError("A draft cannot be merged into itself. Choose another.")
    refuse_stale(strategy, revision)
    before, theirs = queries.draft_of(strategy), queries.draft_of(other)
    shared = {name for name in before.parameters if name in theirs.parameters}
    if unknown := [name for name in take if name not in shared]:
        raise UnknownParameter(f"The two drafts do not share a parameter “{unknown[0]}”.", name=unknown[0])
    after = merged(
        before,
        theirs,
        take=frozenset(take),
        same_document=strategy.document_id is not None and strategy.document_id == other.document_id,
        source=f"“{other.title}”",
    )
    strategy.draft = after.model_dump(mode="json")
    count_questions(strategy, after, at)
    other.status, other.merged_into, other.updated_at = StrategyStatus.MERGED, strategy, at
    other.save(update_fields=["status", "merged_into", "updated_at"])
    taken = tuple(after.parameters[name].label for name in take)
    kept = DraftsMerged(
        title=strategy.title, other_id=other.id, other_title=other.title, taken=taken, revision=strategy.revision
    )
    gone = DraftMergedAway(title=other.title, into_id=strategy.id, into_title=strategy.title)
    for subject_id, data in ((strategy.id, kept), (other.id, gone)):
        append(tenant_id=strategy.tenant_id, subject_id=subject_id, data=data, actor_id=actor.person_id, at=at)
    return strategy
