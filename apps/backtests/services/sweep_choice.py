"""Take the values of one member of a sweep into the draft of its strategy: a person's choice, with the reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.backtests.events import MemberChosen
from apps.backtests.queries.sweep_pages import member
from apps.backtests.queries.sweep_plans import SweepRefusedError, typed
from apps.backtests.queries.sweeps import plan_of, sweep_of
from apps.events.services import append
from apps.strategies import services as strategies
from apps.strategies.queries import Strategy


@transaction.atomic
def choose_member(*, sweep_id: UUID, number: int, reason: str, actor: Actor, at: datetime) -> Strategy:
    """Set the draft to the values of a member, each an answer with the reason; an approved strategy is opened again first.

    The version that was swept stays as it is; approving the draft makes the next. Raises SweepNotFoundError,
    MemberNotFoundError, NotAllowedError, SweepRefusedError without a reason, UnknownParameter when the draft has changed.
    """
    sweep = sweep_of(sweep_id=sweep_id)
    actor.require(Permission.REVIEW_STRATEGY)
    reason = reason.strip()[:300]
    if not reason:
        raise SweepRefusedError("Say why these values and not others: the reason is kept with your name.")
    chosen = member(sweep, number=number)
    if chosen.refusal:
        raise SweepRefusedError(f"These values cannot be run: {chosen.refusal}")
    strategies.reopen(strategy_id=sweep.strategy_id, actor=actor, at=at)
    plan = plan_of(sweep)
    for axis in plan.axes:
        strategy = strategies.answer(
            strategy_id=sweep.strategy_id,
            name=axis.name,
            value=typed(chosen.values[axis.name]),
            note=f"Run {number} of a sweep: {reason}",
            actor=actor,
            at=at,
        )
    shown = ", ".join(f"{axis.label.lower()} {axis.shown(chosen.values[axis.name])}" for axis in plan.axes)
    data = MemberChosen(title=sweep.strategy.title, number=number, values=shown, reason=reason)
    append(tenant_id=sweep.tenant_id, subject_id=sweep.id, data=data, actor_id=actor.person_id, at=at)
    return strategy
