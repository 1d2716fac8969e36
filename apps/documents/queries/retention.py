"""Why documents must be kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from apps.documents.models import Document


def retained(*, document_ids: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """Why a legal hold or a retention class keeps documents, and until when; those that nothing keeps are left out."""
    found = Document.objects.filter(id__in=list(document_ids)).only(
        "id", "retention", "created_at", "held_at", "hold_reason"
    )
    reasons = {document.id: _reason(document, at) for document in found}
    return {key: reason for key, reason in reasons.items() if reason}


def _reason(document: Document, at: datetime) -> str:
    if document.held_at:
        return f"Under legal hold since {document.held_at:%-d %b %Y}: {document.hold_reason}"
    until = document.kept_until
    if until and until > at:
        return f"{document.get_retention_display()}, kept until {until:%-d %b %Y}"
    return ""
