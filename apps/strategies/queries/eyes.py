"""Whose eyes an approval needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from apps.accounts.enums import Permission
from apps.accounts.queries import asks_for_four_eyes, people_who_may
from apps.events.queries import history
from apps.strategies.events import StrategyApproved, StrategyCreated
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
    barred = _changed_by(strategy)
    able = people_who_may(Permission.APPROVE_STRATEGY)
    return Eyes(barred, {person: name for person, name in able.items() if person not in barred})


def _changed_by(strategy: Strategy) -> frozenset[UUID]:
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
