"""Whose eyes an approval needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.accounts.enums import Permission
from apps.accounts.queries import asks_for_four_eyes, people_who_may
from apps.events.queries import history
from apps.strategies.events import (
    ApprovalAsked,
    DraftMergedAway,
    StrategyApproved,
    StrategyCreated,
    StrategyRejected,
    StrategyReopened,
)
from apps.strategies.models import Strategy


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who may not approve a draft because they changed it, and who may; nobody is barred where the desk does not ask."""

    barred: frozenset[UUID] = frozenset()
    may_approve: dict[UUID, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Who may approve, in words."""
        names = list(self.may_approve.values())
        if not names:
            return "Nobody else on your desk may approve; ask your desk's administrator to add somebody."
        several = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
        return f"{several} may approve it."


def eyes_on(strategy: Strategy, /) -> Eyes:
    """Whose eyes the approval of a draft needs."""
    if not asks_for_four_eyes(tenant_id=strategy.tenant_id):
        return Eyes()
    barred = changed_by(strategy)
    able = people_who_may(Permission.APPROVE_STRATEGY)
    return Eyes(barred, {person: name for person, name in able.items() if person not in barred})


def changed_by(strategy: Strategy, /) -> frozenset[UUID]:
    """Everybody who changed the draft since its last version. Who brought a document did not write what a reader found."""
    people: set[UUID] = set()
    for event in history(subject_id=strategy.id):
        if isinstance(event.data, StrategyApproved):
            people.clear()
        elif isinstance(event.data, StrategyCreated) and strategy.extraction_id is not None:
            continue
        elif event.actor_id is not None and getattr(event.data, "changes_draft", False):
            people.add(event.actor_id)
    return frozenset(people)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for approval that nobody has answered yet; `revision` is the one that was asked about."""

    person_id: UUID | None
    at: datetime
    revision: int
    note: str


_ANSWERS = (StrategyApproved, StrategyRejected, StrategyReopened, DraftMergedAway)


def approval_asked(strategy: Strategy, /) -> Asked | None:
    """The newest request for the approval of a draft that still waits; None when there is none."""
    for event in reversed(history(subject_id=strategy.id)):
        if isinstance(event.data, _ANSWERS):
            return None
        if isinstance(event.data, ApprovalAsked):
            return Asked(event.actor_id, event.at, event.data.revision, event.data.note)
    return None


def who_may_approve(strategy: Strategy, /) -> dict[UUID, str]:
    """Names by id of everybody who may approve a draft now."""
    eyes = eyes_on(strategy)
    return {p: name for p, name in people_who_may(Permission.APPROVE_STRATEGY).items() if p not in eyes.barred}
