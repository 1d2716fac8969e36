"""Ask those who may for the approval of a draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.language import NotRunnable
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.events import ApprovalAsked
from apps.strategies.models import Strategy
from apps.strategies.services.drafts import locked_draft, refuse_stale
from apps.strategies.services.errors import FourEyesError


@transaction.atomic
def ask_for_approval(
    *, strategy_id: UUID, actor: Actor, at: datetime, note: str = "", revision: int | None = None
) -> Strategy:
    """Ask for the approval of a draft in which nothing is open. Asked again about the same revision, nothing is said twice.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, NotRunnable with every open question,
    FourEyesError when nobody else on the desk may approve.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    refuse_stale(strategy, revision)
    stops = queries.blocking(queries.open_findings(queries.draft_of(strategy)))
    if stops:
        raise NotRunnable(stops)
    asked = queries.approval_asked(strategy)
    if asked is not None and asked.revision == strategy.revision:
        return strategy
    able = tuple(person for person in queries.who_may_approve(strategy) if person != actor.person_id)
    if not able:
        raise FourEyesError(
            "Nobody else on your desk may approve this draft; ask your desk's administrator to add somebody.",
            may_approve=[],
        )
    data = ApprovalAsked(title=strategy.title, revision=strategy.revision, note=note.strip()[:300], told=able)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


def told_of_decision(strategy: Strategy, actor: Actor, /) -> tuple[UUID, ...]:
    """Whom a decision on a draft is news for: who wrote, changed or asked, but for who decides."""
    asked = queries.approval_asked(strategy)
    people = {*queries.changed_by(strategy), strategy.created_by_id, asked.person_id if asked else None}
    return tuple(sorted(person for person in people if person is not None and person != actor.person_id))
