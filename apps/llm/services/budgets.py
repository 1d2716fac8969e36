"""The ledger: reserve before anything is sent, settle afterwards, refuse what a budget does not hold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.enums import Actor, Permission
from apps.domain.errors import DomainError
from apps.events.services import append
from apps.llm import queries
from apps.llm.adapters.port import Account, BudgetExceeded, Estimate, Request, Usage
from apps.llm.adapters.prices import cost_of
from apps.llm.enums import CallState
from apps.llm.events import BudgetSet
from apps.llm.models import Budget, ModelBatch, ModelCall


class BadBudgetError(DomainError):
    """An amount that cannot be a budget."""

    code = "bad_budget"


def reserve(
    request: Request, estimate: Estimate, *, account: Account, at: datetime, batch: ModelBatch | None = None
) -> ModelCall:
    """Write down the most that a request may cost, or raise BudgetExceeded. Call inside the desk's scope.

    The desk's budget row is locked, so that what two workers reserve adds up.
    """
    Budget.objects.get_or_create(tenant_id=account.tenant_id)
    limits = queries.limits(Budget.objects.select_for_update().get(tenant_id=account.tenant_id))
    spent = queries.spent_this_month(at=at)
    _require(spent, estimate.usd, limits.monthly_usd, "this month", "Ask an administrator to raise it.")
    if account.document_id is not None:
        on_document = queries.spent_this_month(at=at, document_id=account.document_id)
        _require(on_document, estimate.usd, limits.document_usd, "one document", "Upload the pages that matter.")
    return ModelCall.objects.create(
        tenant_id=account.tenant_id,
        purpose=request.purpose,
        subject_id=account.subject_id,
        document_id=account.document_id,
        person_id=account.person_id,
        model=request.model,
        key=request.key,
        batch=batch,
        reserved_usd=estimate.usd,
        at=at,
    )


def _require(spent: Decimal, asked: Decimal, limit: Decimal, what: str, then: str) -> None:
    if spent + asked > limit:
        raise BudgetExceeded(
            f"The budget of ${limit:,.2f} for {what} does not hold this: ${spent:,.2f} is spent or reserved, "
            f"and it may cost up to ${asked:,.2f}. {then}",
            limit=str(limit),
            spent=str(spent),
            asked=str(asked),
        )


def settle(call: ModelCall, *, usage: Usage, outcome: str, text: str, at: datetime) -> None:
    """Write down what a request did cost, and its answer. Call inside the desk's scope."""
    call.state, call.settled_at, call.outcome, call.answer = CallState.SETTLED, at, outcome, text
    call.input_tokens, call.output_tokens = usage.input_tokens, usage.output_tokens
    call.cache_read_tokens, call.cache_write_tokens = usage.cache_read_tokens, usage.cache_write_tokens
    call.cost_usd = cost_of(usage, model=call.model, is_batch=call.batch_id is not None)
    call.save()


def release(call: ModelCall, *, outcome: str, at: datetime) -> None:
    """Give a reservation back: nothing was billed. Call inside the desk's scope."""
    call.state, call.settled_at, call.outcome = CallState.RELEASED, at, outcome
    call.save()


@transaction.atomic
def set_budget(
    *, monthly_usd: Decimal | None, document_usd: Decimal | None, actor: Actor, at: datetime | None = None
) -> Budget:
    """Change what the desk may spend; None takes the amount of the settings. Raises NotAllowedError, BadBudgetError."""
    actor.require(Permission.MANAGE_DESK)
    for amount in (monthly_usd, document_usd):
        if amount is not None and not (amount.is_finite() and 0 <= amount < 1_000_000):
            raise BadBudgetError("A budget is an amount in dollars between 0 and 999,999.")
    budget, _ = Budget.objects.get_or_create(tenant_id=actor.tenant_id)
    budget.monthly_usd, budget.document_usd = monthly_usd, document_usd
    budget.save()
    limits = queries.limits(budget)
    data = BudgetSet(monthly_usd=f"{limits.monthly_usd:.2f}", document_usd=f"{limits.document_usd:.2f}")
    append(
        tenant_id=actor.tenant_id, subject_id=budget.id, data=data, actor_id=actor.person_id, at=at or timezone.now()
    )
    return budget


def forget_answers(*, subject_ids: list[UUID]) -> None:
    """Empty the recorded answers about subjects that go for good; what they cost stays in the ledger."""
    ModelCall.objects.filter(subject_id__in=subject_ids).update(answer="")
