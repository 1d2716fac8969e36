"""Answer, confirm, approve, reject, open again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.domain.language import (
    UnknownParameter,
    apply_value,
    execution_hash,
    format_value,
    runnable,
)
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.enums import StrategyStatus
from apps.strategies.events import (
    ParameterAnswered,
    ParameterConfirmed,
    StrategyApproved,
    StrategyRejected,
    StrategyReopened,
)
from apps.strategies.models import Strategy, StrategyVersion
from apps.strategies.services.approvals import told_of_decision
from apps.strategies.services.drafts import count_questions, locked, locked_draft, refuse_stale
from apps.strategies.services.errors import FourEyesError, NotADraftError


@transaction.atomic
def answer(
    *, strategy_id: UUID, name: str, value: str, actor: Actor, at: datetime, revision: int | None = None, note: str = ""
) -> Strategy:
    """Set one parameter of a draft to what the analyst typed or chose.

    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownParameter, ValueRefused.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    refuse_stale(strategy, revision)
    before = queries.draft_of(strategy)
    after = apply_value(before, name=name, value=value, note=note[:500])
    old, new = before.parameters[name], after.parameters[name]
    strategy.draft = after.model_dump(mode="json")
    strategy.confirmed = sorted({*strategy.confirmed, name})
    count_questions(strategy, after, at)
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
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
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

    Raises StrategyNotFoundError, NotAllowedError, NotRunnable with every open question, FourEyesError when the desk asks for
    other eyes than those of who changed the draft.
    """
    strategy = locked(strategy_id)
    actor.require(Permission.APPROVE_STRATEGY)
    if strategy.status == StrategyStatus.MERGED:
        raise NotADraftError("This draft was merged into another. Approve that one, or open this one again first.")
    draft = queries.draft_of(strategy)
    spec = runnable(draft, **queries.data_facts(draft))
    digest = execution_hash(spec)
    current = queries.current_version(strategy_id=strategy.id)
    if current is not None and current.execution_hash == digest and strategy.status == StrategyStatus.APPROVED:
        return current
    _require_other_eyes(strategy, actor)
    version = StrategyVersion.objects.create(
        tenant_id=strategy.tenant_id,
        strategy=strategy,
        number=(current.number if current else 0) + 1,
        specification=spec.model_dump(mode="json"),
        execution_hash=digest,
        approved_by_id=actor.person_id,
        approved_at=at,
    )
    told = told_of_decision(strategy, actor)
    strategy.status, strategy.rejection = StrategyStatus.APPROVED, ""
    strategy.updated_at = at
    strategy.save(update_fields=["status", "rejection", "updated_at"])
    data = StrategyApproved(title=strategy.title, number=version.number, execution_hash=digest, told=told)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return version


def _require_other_eyes(strategy: Strategy, actor: Actor) -> None:
    eyes = queries.eyes_on(strategy)
    if actor.person_id in eyes.barred:
        raise FourEyesError(
            f"You changed this draft since its last version, and your desk asks for four eyes. {eyes.sentence}",
            may_approve=list(eyes.may_approve.values()),
        )


@transaction.atomic
def reject(*, strategy_id: UUID, reason: str, actor: Actor, at: datetime) -> Strategy:
    """Set a draft aside, with the reason. Raises StrategyNotFoundError, NotAllowedError, NotADraftError."""
    strategy = locked_draft(strategy_id, actor, Permission.APPROVE_STRATEGY)
    told = told_of_decision(strategy, actor)
    strategy.status, strategy.rejection, strategy.updated_at = (
        StrategyStatus.REJECTED,
        reason.strip()[:300] or "no reason given",
        at,
    )
    strategy.save(update_fields=["status", "rejection", "updated_at"])
    data = StrategyRejected(title=strategy.title, reason=strategy.rejection, told=told)
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy


@transaction.atomic
def reopen(*, strategy_id: UUID, actor: Actor, at: datetime) -> Strategy:
    """Make an approved or rejected strategy a draft again; its versions stay."""
    strategy = locked(strategy_id)
    actor.require(Permission.REVIEW_STRATEGY)
    if strategy.status != StrategyStatus.DRAFT:
        strategy.status, strategy.rejection, strategy.updated_at = StrategyStatus.DRAFT, "", at
        strategy.merged_into = None
        strategy.save(update_fields=["status", "rejection", "merged_into", "updated_at"])
        data = StrategyReopened(title=strategy.title)
        append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return strategy
