"""Edit, add and remove the formulas of a draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.language import add_formula as with_formula
from apps.domain.language import apply_formula, formula_place
from apps.domain.language import remove_formula as without_formula
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.events import FormulaAdded, FormulaEdited, FormulaRemoved
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


@transaction.atomic
def add_formula(
    *,
    strategy_id: UUID,
    pointer: str,
    text: str,
    actor: Actor,
    at: datetime,
    revision: int | None = None,
    note: str = "",
) -> Strategy:
    """Add a formula to a draft: a rule where there is none, or a signal.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownPlace, ValueRefused, FormulaError.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    refuse_stale(strategy, revision)
    after, stands = with_formula(queries.draft_of(strategy), pointer=pointer, text=text)
    strategy.draft = after.model_dump(mode="json")
    count_questions(strategy, after, at)
    place = formula_place(after, pointer=stands)
    data = FormulaAdded(
        title=strategy.title,
        pointer=stands,
        place=place.place,
        text=place.text,
        note=note[:500],
        revision=strategy.revision,
    )
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


@transaction.atomic
def remove_formula(
    *, strategy_id: UUID, pointer: str, actor: Actor, at: datetime, revision: int | None = None, note: str = ""
) -> Strategy:
    """Take a formula out of a draft. What its absence breaks elsewhere are findings.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownPlace, FormulaInUse.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    refuse_stale(strategy, revision)
    before = queries.draft_of(strategy)
    place = formula_place(before, pointer=pointer)
    after = without_formula(before, pointer=pointer)
    strategy.draft = after.model_dump(mode="json")
    count_questions(strategy, after, at)
    data = FormulaRemoved(
        title=strategy.title,
        pointer=pointer,
        place=place.place,
        text=place.text,
        note=note[:500],
        revision=strategy.revision,
    )
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy
