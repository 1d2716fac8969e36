"""What language models cost, for programs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from apps.accounts.enums import DeskRequest, Permission
from apps.dashboard import queries
from apps.llm import services as llm

router = Router(tags=["usage"])


class LineOut(Schema):
    key: str = Field(description="A purpose, a model, or a document's id")
    label: str
    n_calls: int
    sent_tokens: int = Field(description="All that was sent, the part from the cache included")
    cached_tokens: int = Field(description="Of it, what was read from the cache at a tenth of the price")
    output_tokens: int
    cost_usd: Decimal


class BreakerOut(Schema):
    model: str
    state: str = Field(description="closed: working; open: left alone after failures; half_open: one call on trial")
    n_failures: int
    opened_until: datetime | None


class UsageOut(Schema):
    is_set_up: bool = Field(description="Whether there is a key for the service")
    since: datetime
    monthly_usd: Decimal = Field(description="What the desk may spend in a month")
    document_usd: Decimal = Field(description="What it may spend in a month on one document")
    spent_usd: Decimal
    reserved_usd: Decimal = Field(description="The most that requests under way may cost")
    left_usd: Decimal
    by_purpose: list[LineOut]
    by_model: list[LineOut]
    by_document: list[LineOut]
    breakers: list[BreakerOut]


class BudgetIn(Schema):
    monthly_usd: Decimal | None = Field(default=None, ge=0, description="Null for the amount of the settings")
    document_usd: Decimal | None = Field(default=None, ge=0, description="Null for the amount of the settings")


@router.get("/usage", response=UsageOut, summary="Read what language models cost this month")
def get_usage(request: DeskRequest) -> dict[str, Any]:
    """By purpose, model and document, with what is left of the budget and whether the service works."""
    request.actor.require(Permission.VIEW_USAGE)
    return queries.usage(at=timezone.now())


@router.put("/usage/budget", response=UsageOut, summary="Set what the desk may spend on language models")
def put_budget(request: DeskRequest, body: BudgetIn) -> dict[str, Any]:
    """For administrators of the desk; it is on the record."""
    at = timezone.now()
    llm.set_budget(monthly_usd=body.monthly_usd, document_usd=body.document_usd, actor=request.actor, at=at)
    return queries.usage(at=at)
