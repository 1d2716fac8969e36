"""What happens to a document."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData


class _OfDocument(EventData):
    title: str

    def sentence(self) -> str:
        return f"changed “{self.title}”"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("documents:detail", args=[subject_id])


class DocumentStored(_OfDocument):
    type: ClassVar[str] = "documents.stored"
    sha256: str
    n_bytes: int

    def sentence(self) -> str:
        return f"added “{self.title}”"


class DocumentRead(_OfDocument):
    type: ClassVar[str] = "documents.read"
    n_pages: int

    def sentence(self) -> str:
        return f"read the {self.n_pages} page{'s' if self.n_pages != 1 else ''} of “{self.title}”"


class DocumentFailed(_OfDocument):
    type: ClassVar[str] = "documents.failed"
    code: str

    def sentence(self) -> str:
        return f"could not read “{self.title}”"
