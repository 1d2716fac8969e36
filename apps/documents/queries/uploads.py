"""Files on their way in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.documents.enums import UploadStatus
from apps.documents.models import Upload
from apps.domain.errors import DomainError


class UploadNotFoundError(DomainError):
    """There is no such upload of this person's."""

    code = "upload_not_found"
    status = 404


def upload_of(*, upload_id: UUID, person_id: UUID) -> Upload:
    """An upload of the person's own; raises UploadNotFoundError, for a colleague's too."""
    found = Upload.objects.filter(id=upload_id, created_by_id=person_id).first()
    if found is None:
        raise UploadNotFoundError(
            "There is no such upload of yours. It may have been finished, discarded or forgotten."
        )
    return found


def open_uploads(*, person_id: UUID, at: datetime) -> QuerySet[Upload]:
    """What the person has begun and not finished, oldest first."""
    return Upload.objects.filter(created_by_id=person_id, status=UploadStatus.OPEN, expires_at__gt=at)
