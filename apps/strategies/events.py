"""What happens to strategies."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData, OnRequest
from apps.notifications.enums import Topic


class StrategiesExtracted(OnRequest):
    type: ClassVar[str] = "strategies.extracted"
    topic: ClassVar[str] = Topic.STRATEGIES_FOUND
    shared: ClassVar[tuple[str, ...]] = ("document_id", "reader", "n_strategies")
    document_title: str
    document_id: UUID
    reader: str
    n_strategies: int

    def sentence(self) -> str:
        n = self.n_strategies
        found = f"{n} strateg{'y' if n == 1 else 'ies'}" if n else "no strategy"
        return f"found {found} in “{self.document_title}”"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("documents:detail", args=[self.document_id])


class _OfStrategy(EventData):
    title: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("strategies:detail", args=[subject_id])


class StrategyCreated(_OfStrategy):
    type: ClassVar[str] = "strategies.created"

    def sentence(self) -> str:
        return f"created the strategy “{self.title}”"


class ParameterAnswered(_OfStrategy):
    type: ClassVar[str] = "strategies.answered"
    parameter: str
    label: str
    before: str
    after: str
    note: str = ""
    revision: int

    def sentence(self) -> str:
        return f"set {self.label.lower()} of “{self.title}” to {self.after} (was {self.before})"


class ParameterConfirmed(_OfStrategy):
    type: ClassVar[str] = "strategies.confirmed"
    parameter: str
    label: str
    value: str

    def sentence(self) -> str:
        return f"confirmed {self.label.lower()} of “{self.title}”: {self.value}"


class StrategyApproved(_OfStrategy):
    type: ClassVar[str] = "strategies.approved"
    shared: ClassVar[tuple[str, ...]] = ("number", "execution_hash")
    number: int
    execution_hash: str

    def sentence(self) -> str:
        return f"approved version {self.number} of “{self.title}”"


class StrategyRejected(_OfStrategy):
    type: ClassVar[str] = "strategies.rejected"
    reason: str

    def sentence(self) -> str:
        return f"rejected “{self.title}”: {self.reason}"


class StrategyReopened(_OfStrategy):
    type: ClassVar[str] = "strategies.reopened"

    def sentence(self) -> str:
        return f"opened “{self.title}” again"
