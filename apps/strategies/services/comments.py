"""Comment on strategies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.errors import DomainError
from apps.domain.language import UnknownPlace
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.events import CommentAdded, CommentDeleted
from apps.strategies.models import Comment

_LONGEST = 2000


class CommentNotFoundError(DomainError):
    """There is no such comment on this strategy."""

    code = "comment_not_found"
    status = 404


class CommentNotYoursError(DomainError):
    """Somebody else said it."""

    code = "comment_not_yours"
    status = 403


class EmptyCommentError(DomainError):
    """Nothing was said."""

    code = "empty_comment"


@transaction.atomic
def comment(*, strategy_id: UUID, text: str, actor: Actor, at: datetime, place: str = "") -> Comment:
    """Say something about a strategy, or about one parameter or formula by its JSON pointer. The draft does not change.

    Raises StrategyNotFoundError, NotAllowedError, UnknownPlace, EmptyCommentError.
    """
    strategy = queries.strategy(strategy_id=strategy_id)
    actor.require(Permission.COMMENT)
    label = queries.label_of(queries.draft_of(strategy), place=place)
    if label is None:
        raise UnknownPlace(f"This draft has no parameter or formula at “{place}”.", pointer=place)
    words = text.strip()[:_LONGEST]
    if not words:
        raise EmptyCommentError("Type a comment first.")
    said = Comment.objects.create(
        tenant_id=strategy.tenant_id,
        strategy=strategy,
        place=place,
        text=words,
        author_id=actor.person_id,
        created_at=at,
    )
    data = CommentAdded(title=strategy.title, comment_id=said.id, label=label)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return said


@transaction.atomic
def delete_comment(*, strategy_id: UUID, comment_id: UUID, actor: Actor, at: datetime) -> None:
    """Delete a comment of one's own: its words go, that it was there stays on the record.

    Raises StrategyNotFoundError, CommentNotFoundError, CommentNotYoursError.
    """
    strategy = queries.strategy(strategy_id=strategy_id)
    said = Comment.objects.select_for_update().filter(id=comment_id, strategy_id=strategy_id).first()
    if said is None:
        raise CommentNotFoundError("There is no such comment, or it has been deleted already.")
    if said.author_id != actor.person_id:
        raise CommentNotYoursError("Somebody else said this; only they can delete it.")
    label = queries.label_of(queries.draft_of(strategy), place=said.place) or said.place
    said.delete()
    data = CommentDeleted(title=strategy.title, comment_id=comment_id, label=label)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
