"""Drafts of the desk that look alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from apps.domain.language import format_value
from apps.strategies.enums import StrategyStatus
from apps.strategies.models import Strategy
from apps.strategies.queries.rows import draft_of

_MOST = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A draft that looks like another, and why; `reason` finishes "Looks like …:"."""

    strategy: Strategy
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that two drafts read differently."""

    name: str
    label: str
    mine: str
    mine_status: str
    theirs: str
    theirs_status: str


def duplicates_of(strategy: Strategy, /) -> list[Duplicate]:
    """Other drafts with the same rules and values, or from the same document and of the same family; at most five."""
    if strategy.status != StrategyStatus.DRAFT:
        return []
    alike = Q(document_id=strategy.document_id, family=strategy.family) if strategy.document_id else Q(pk__in=[])
    if strategy.rules_hash:
        alike |= Q(rules_hash=strategy.rules_hash)
    found = Strategy.objects.filter(alike, status=StrategyStatus.DRAFT).exclude(id=strategy.id)
    return [Duplicate(other, _reason(strategy, other)) for other in found.order_by("created_at", "id")[:_MOST]]


def _reason(strategy: Strategy, other: Strategy) -> str:
    if strategy.rules_hash and strategy.rules_hash == other.rules_hash:
        return "the rules and values are the same"
    return "it was found in the same document and is of the same family"


def choices_between(strategy: Strategy, other: Strategy, /) -> list[Choice]:
    """What two drafts read differently, of the parameters that both have."""
    mine, theirs = draft_of(strategy).parameters, draft_of(other).parameters
    return [
        Choice(
            name=name,
            label=parameter.label,
            mine=format_value(parameter.value, parameter.unit),
            mine_status=parameter.status.value,
            theirs=format_value(theirs[name].value, theirs[name].unit),
            theirs_status=theirs[name].status.value,
        )
        for name, parameter in mine.items()
        if name in theirs and theirs[name].unit is parameter.unit and theirs[name].value != parameter.value
    ]
