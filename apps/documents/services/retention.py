"""How long documents are kept: their retention class, and legal holds.

A class says how long a document is kept at least, from the day it was added; a hold keeps it until it is released, whatever the
class. Neither hides anything; both are asked before a document is deleted or removed for good (`organising`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.documents.enums import RetentionClass
from apps.documents.events import DocumentHeld, DocumentReleased, DocumentRetentionSet
from apps.documents.models import Document
from apps.documents.services.organising import BadDescriptionError, locked, record

_LONGEST_REASON = 200


@transaction.atomic
def set_retention(*, document_ids: Iterable[UUID], retention: str, actor: Actor, at: datetime) -> int:
    """Give documents a retention class; how many had another. Who may edit documents may lengthen, compliance may shorten too.

    Raises NotAllowedError, DocumentNotFoundError, BadDescriptionError; then nothing is changed.
    """
    found = locked(document_ids)
    if not actor.may(Permission.HOLD_DOCUMENT):
        actor.require(Permission.EDIT_DOCUMENT)
    if retention not in RetentionClass.values:
        raise BadDescriptionError(f"A retention class is one of {', '.join(RetentionClass.values)}.", field="retention")
    wanted = RetentionClass(retention)
    changed = [document for document in found if document.retention != wanted]
    for document in changed:
        if settings.RETENTION_YEARS[wanted] < settings.RETENTION_YEARS[document.retention]:
            actor.require(Permission.HOLD_DOCUMENT)
        before, document.retention = RetentionClass(document.retention), wanted
        data = DocumentRetentionSet(title=document.title, retention=wanted.value, before=before.value)
        record(document.id, data, actor, at)
    Document.objects.bulk_update(changed, ["retention"])
    return len(changed)


@transaction.atomic
def hold(*, document_ids: Iterable[UUID], reason: str, actor: Actor, at: datetime) -> int:
    """Put documents under legal hold; how many were not. A deleted one comes back, for what is held is not hidden.

    Raises NotAllowedError, DocumentNotFoundError, BadDescriptionError; then nothing is changed.
    """
    found = locked(document_ids)
    actor.require(Permission.HOLD_DOCUMENT)
    why = _reason(reason)
    fresh = [document for document in found if document.held_at is None]
    for document in fresh:
        document.held_at, document.held_by_id, document.hold_reason = at, actor.person_id, why
        document.deleted_at = document.deleted_by_id = None
        record(document.id, DocumentHeld(title=document.title, reason=why), actor, at)
    Document.objects.bulk_update(fresh, ["held_at", "held_by_id", "hold_reason", "deleted_at", "deleted_by_id"])
    return len(fresh)


@transaction.atomic
def release(*, document_ids: Iterable[UUID], reason: str, actor: Actor, at: datetime) -> int:
    """Release documents from legal hold; how many were held. Their retention class counts again. Raises as `hold`."""
    found = locked(document_ids)
    actor.require(Permission.HOLD_DOCUMENT)
    why = _reason(reason)
    held = [document for document in found if document.held_at is not None]
    for document in held:
        document.held_at = document.held_by_id = None
        document.hold_reason = ""
        record(document.id, DocumentReleased(title=document.title, reason=why), actor, at)
    Document.objects.bulk_update(held, ["held_at", "held_by_id", "hold_reason"])
    return len(held)


def _reason(text: str) -> str:
    clean = " ".join(text.replace("\x00", "").split())
    if not 0 < len(clean) <= _LONGEST_REASON:
        raise BadDescriptionError(
            f"Say why, in 1 to {_LONGEST_REASON} characters: the record shows it.", field="reason"
        )
    return clean
