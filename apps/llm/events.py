"""What happens to the budget of language models."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from apps.events.events import EventData


class BudgetSet(EventData):
    type: ClassVar[str] = "llm.budget_set"
    monthly_usd: str
    document_usd: str

    def sentence(self) -> str:
        return f"set the budget for language models to ${self.monthly_usd} a month, ${self.document_usd} a document"

    def path(self, subject_id: UUID) -> str | None:
        try:
            return reverse("dashboard:usage")
        except NoReverseMatch:
            return None
