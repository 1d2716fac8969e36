"""Read what language models cost, what is left, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from apps.llm.enums import BatchState, CallState
from apps.llm.models import Budget, ModelBatch, ModelCall

_NOTHING = Decimal(0)
_COUNTED = Case(When(state=CallState.RESERVED, then=F("reserved_usd")), default=F("cost_usd"))
"""What a call counts against a budget."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a desk may spend in a month, and in a month on one document; dollars."""

    monthly_usd: Decimal
    document_usd: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """What one kind of calls took this month. `key` is a purpose, a model or a document's id."""

    key: str
    n_calls: int
    sent_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Spending:
    """The desk's month."""

    since: datetime
    limits: Limits
    spent_usd: Decimal
    reserved_usd: Decimal
    by_purpose: tuple[Line, ...]
    by_model: tuple[Line, ...]
    by_document: tuple[Line, ...]

    @property
    def left_usd(self) -> Decimal:
        return max(_NOTHING, self.limits.monthly_usd - self.spent_usd - self.reserved_usd)


def is_set_up() -> bool:
    """Whether there is a key, so that a model can be asked at all."""
    return bool(settings.ANTHROPIC_API_KEY)


def limits(budget: Budget | None = None) -> Limits:
    """What a budget's row says, and the settings where it says nothing."""
    monthly = budget.monthly_usd if budget is not None else None
    document = budget.document_usd if budget is not None else None
    return Limits(
        settings.LLM_MONTHLY_BUDGET_USD if monthly is None else monthly,
        settings.LLM_DOCUMENT_BUDGET_USD if document is None else document,
    )


def budget() -> Budget | None:
    """The desk's own row, if it has one."""
    return Budget.objects.first()


def spent_this_month(*, at: datetime, document_id: UUID | None = None) -> Decimal:
    """Dollars spent and reserved since the first of the month, in UTC."""
    calls = _of_month(at)
    if document_id is not None:
        calls = calls.filter(document_id=document_id)
    total: Decimal | None = calls.aggregate(total=Sum(_COUNTED))["total"]
    return total or _NOTHING


def spending(*, at: datetime) -> Spending:
    """The desk's month, by purpose, model and document."""
    calls = _of_month(at)
    total = calls.aggregate(
        spent=Sum("cost_usd", filter=~Q(state=CallState.RESERVED)),
        reserved=Sum("reserved_usd", filter=Q(state=CallState.RESERVED)),
    )
    return Spending(
        since=_month_start(at),
        limits=limits(budget()),
        spent_usd=total["spent"] or _NOTHING,
        reserved_usd=total["reserved"] or _NOTHING,
        by_purpose=_lines(calls, "purpose"),
        by_model=_lines(calls, "model"),
        by_document=_lines(calls.exclude(document_id=None), "document_id")[:50],
    )


def cost_of_subjects(*, subject_ids: list[UUID]) -> Decimal:
    """Dollars that went into some subjects, whenever."""
    total: Decimal | None = ModelCall.objects.filter(subject_id__in=subject_ids).aggregate(t=Sum("cost_usd"))["t"]
    return total or _NOTHING


def calls() -> QuerySet[ModelCall]:
    """The ledger, newest first."""
    return ModelCall.objects.order_by("-at", "-id")


def open_batch(*, subject_id: UUID) -> ModelBatch | None:
    """The batch of a subject that is being worked on."""
    return ModelBatch.objects.filter(subject_id=subject_id, state=BatchState.OPEN).first()


def _month_start(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _of_month(at: datetime) -> QuerySet[ModelCall]:
    start = _month_start(at)
    return ModelCall.objects.filter(at__gte=start, at__lt=_month_start(start + timedelta(days=32))).order_by()


def _lines(calls: QuerySet[ModelCall], field: str) -> tuple[Line, ...]:
    rows = calls.values(field).annotate(
        n=Count("id"),
        sent=Sum(F("input_tokens") + F("cache_read_tokens") + F("cache_write_tokens")),
        cached=Sum("cache_read_tokens"),
        written=Sum("output_tokens"),
        cost=Sum(_COUNTED),
    )
    found = [Line(str(r[field]), r["n"], r["sent"], r["cached"], r["written"], r["cost"]) for r in rows]
    return tuple(sorted(found, key=lambda line: (-line.cost_usd, line.key)))
