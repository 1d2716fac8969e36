"""What changed between two versions of a strategy, or between a version and the draft."""

from __future__ import annotations

from dataclasses import dataclass

from apps.domain.language import Differences, DraftSpecification, RunnableSpecification, difference_of
from apps.strategies.models import Strategy, StrategyVersion
from apps.strategies.queries.rows import VersionNotFoundError, draft_of, specification_of

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two states of a strategy, each a version's number or "draft", and what differs."""

    start: str
    end: str
    differences: Differences


def compared(strategy: Strategy, /, *, start: str = "", end: str = "") -> Compared:
    """Compare two states. By default the draft with the newest version. Raises VersionNotFoundError."""
    start = start or str(_newest(strategy).number)
    end = end or DRAFT
    return Compared(start, end, difference_of(_state(strategy, start), _state(strategy, end)))


def _newest(strategy: Strategy) -> StrategyVersion:
    found = StrategyVersion.objects.filter(strategy_id=strategy.id).order_by("-number").first()
    if found is None:
        raise VersionNotFoundError("This strategy has no version yet. Approve the draft to make the first.")
    return found


def _state(strategy: Strategy, name: str) -> DraftSpecification | RunnableSpecification:
    if name == DRAFT:
        return draft_of(strategy)
    number = int(name) if name.isdecimal() and len(name) < 9 else 0
    found = StrategyVersion.objects.filter(strategy_id=strategy.id, number=number).first()
    if found is None:
        raise VersionNotFoundError(
            f"This strategy has no version “{name[:20]}”. Choose a number of the list, or draft."
        )
    return specification_of(found)
