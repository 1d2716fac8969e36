"""Edit the formulas of a draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.language import apply_formula, formula_place
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.events import FormulaEdited
from apps.strategies.models import Strategy
from apps.strategies.services.drafts import count_questions, locked_draft, refuse_stale


@transaction.atomic
def edit_formula(
    *,
    strategy_id: UUID,
    pointer: str,
    text: str,
    actor: Actor,
    at: datetime,
    revision: int | None = None,
    note: str = "",
) -> Strategy:
    """Replace one formula of a draft; the same text changes nothing.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownPlace, FormulaError.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    refuse_stale(strategy, revision)
    before = queries.draft_of(strategy)
    place = formula_place(before, pointer=pointer)
    after = apply_formula(before, pointer=pointer, text=text)
    new = formula_place(after, pointer=pointer).text
    if new == place.text:
        return strategy
    strategy.draft = after.model_dump(mode="json")
    count_questions(strategy, after, at)
    data = FormulaEdited(
        title=strategy.title,
        pointer=pointer,
        place=place.place,
        before=place.text,
        after=new,
        note=note[:500],
        revision=strategy.revision,
    )
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy
