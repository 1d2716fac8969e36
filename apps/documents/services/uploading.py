"""Take a file in piece by piece, so that a lost connection costs one piece and not the file.

A piece is an object of its own in storage, since object stores cannot append. The row says which pieces count and in which
order; the one who holds it locked adds the next. Once the file is whole it is put together and taken as any upload is.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.documents import queries
from apps.documents.enums import UploadStatus
from apps.documents.models import Folder, Upload
from apps.documents.services.organising import find_folder
from apps.documents.services.reading import StorageFullError, check_size, clean_file_name, store, upload
from apps.domain.errors import DomainError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FORGOTTEN_AT_ONCE = 200


class UploadOverError(DomainError):
    """The upload has expired, or was refused; it takes no more bytes."""

    code = "upload_over"
    status = 410


class WrongOffsetError(DomainError):
    """The piece does not begin where the last one ended; `offset` in the details says where that is."""

    code = "wrong_offset"
    status = 409


class PieceTooLargeError(DomainError):
    """The piece is larger than a piece may be, or goes beyond the size that was declared."""

    code = "piece_too_large"
    status = 413


class ChecksumError(DomainError):
    """The bytes are not those whose hash was declared."""

    code = "checksum_mismatch"
    status = 460  # as the tus protocol has it


class TooManyUploadsError(DomainError):
    """The person has too many unfinished uploads."""

    code = "too_many_uploads"
    status = 429


@transaction.atomic
def begin_upload(
    *, file_name: str, n_bytes: int, actor: Actor, at: datetime, sha256: str = "", folder_id: UUID | None = None
) -> Upload:
    """Announce a file of so many bytes. `sha256`, in hex, is checked when it is whole.

    Raises NotAllowedError, FolderNotFoundError, EmptyFileError, TooLargeError, ChecksumError, TooManyUploadsError.
    """
    actor.require(Permission.UPLOAD_DOCUMENT)
    if folder_id:
        find_folder(folder_id)
    check_size(n_bytes)
    declared = sha256.strip().lower()
    if declared and not _SHA256.fullmatch(declared):
        raise ChecksumError("A SHA-256 is written as 64 hexadecimal digits.")
    if queries.open_uploads(person_id=actor.person_id, at=at).count() >= settings.UPLOADS_AT_ONCE:
        raise TooManyUploadsError(
            f"You have {settings.UPLOADS_AT_ONCE} unfinished uploads. Finish or discard some of them first."
        )
    return Upload.objects.create(
        tenant_id=actor.tenant_id,
        file_name=clean_file_name(file_name),
        n_bytes=n_bytes,
        sha256=declared,
        folder_id=folder_id,
        created_by_id=actor.person_id,
        created_at=at,
        expires_at=_expiry(at),
    )


def take_piece(
    *, upload_id: UUID, offset: int, piece: bytes, actor: Actor, at: datetime, sha256: bytes = b""
) -> Upload:
    """Add a piece that begins at `offset`; the last one makes the file a document.

    An empty piece at the end tries to finish once more, should that have failed. `sha256` is the piece's own, as bytes.
    Raises NotAllowedError, UploadNotFoundError, UploadOverError, WrongOffsetError, PieceTooLargeError, ChecksumError,
    StorageFullError; then the upload stands as before. Raises what `upload` raises, and ChecksumError, when the whole file is
    refused; then the upload is over, and says why.
    """
    actor.require(Permission.UPLOAD_DOCUMENT)
    with transaction.atomic():
        found = _locked(upload_id, actor)
        _check_piece(found, offset, piece, sha256, at)
        if piece:
            _add(found, piece, at)
    # From here on the piece is kept, whatever becomes of the whole.
    if found.status == UploadStatus.OPEN and found.n_received == found.n_bytes:
        _finish(found, actor, at)
    return found


@transaction.atomic
def abandon_upload(*, upload_id: UUID, actor: Actor) -> None:
    """Discard an upload and its pieces; a document that it became stays. Raises NotAllowedError, UploadNotFoundError."""
    actor.require(Permission.UPLOAD_DOCUMENT)
    _forget(_locked(upload_id, actor))


def forget_uploads(*, at: datetime) -> int:
    """Drop the uploads that have expired; how many. Called in each desk's scope by a beat task."""
    due = list(Upload.objects.filter(expires_at__lte=at).order_by("expires_at")[:_FORGOTTEN_AT_ONCE])
    for found in due:
        _forget(found)
    return len(due)


def _locked(upload_id: UUID, actor: Actor) -> Upload:
    queries.upload_of(upload_id=upload_id, person_id=actor.person_id)
    return Upload.objects.select_for_update().get(id=upload_id)


def _check_piece(found: Upload, offset: int, piece: bytes, sha256: bytes, at: datetime) -> None:
    if found.status == UploadStatus.REFUSED:
        raise UploadOverError(found.error_message or "This file was refused.")
    if found.status == UploadStatus.OPEN and found.expires_at <= at:
        raise UploadOverError("This upload has expired. Begin it again.")
    if offset != found.n_received:
        raise WrongOffsetError(
            f"The next piece begins at byte {found.n_received}, not {offset}. Go on from there.",
            offset=found.n_received,
        )
    if len(piece) > settings.UPLOAD_PIECE_BYTES:
        limit = settings.UPLOAD_PIECE_BYTES
        raise PieceTooLargeError(f"A piece has at most {limit // 1024**2} MB. Send smaller pieces.", limit=limit)
    if found.n_received + len(piece) > found.n_bytes:
        raise PieceTooLargeError(
            f"The file was announced with {found.n_bytes} bytes, and this piece goes beyond them. Begin the upload again.",
            limit=found.n_bytes,
        )
    if sha256 and hashlib.sha256(piece).digest() != sha256:
        raise ChecksumError("The piece was changed on its way. Send it again.", offset=found.n_received)


def _add(found: Upload, piece: bytes, at: datetime) -> None:
    # The name is new each time: what a request stored that was rolled back is never taken for a piece.
    name = f"{_place(found)}/{found.n_received:012d}-{uuid.uuid4().hex[:12]}"
    store(name, ContentFile(piece))
    found.pieces.append(name)
    found.n_received += len(piece)
    found.expires_at = _expiry(at)
    found.save(update_fields=["pieces", "n_received", "expires_at"])


def _finish(found: Upload, actor: Actor, at: datetime) -> None:
    try:
        with transaction.atomic(), tempfile.TemporaryFile(prefix="fo-upload-") as whole:
            _put_together(found, whole)
            file: File[Any] = File(whole, name=found.file_name)
            shelf = Folder.objects.filter(id=found.folder_id).first() if found.folder_id else None
            folder_id = shelf.id if shelf else None
            outcome = upload(file=file, file_name=found.file_name, actor=actor, at=at, folder_id=folder_id)
    except StorageFullError:
        raise  # the pieces stay; an empty piece tries again
    except DomainError as error:
        found.status, found.error_code, found.error_message = UploadStatus.REFUSED, error.code, error.message
        found.pieces, place = [], _place(found)
        found.save(update_fields=["status", "error_code", "error_message", "pieces"])
        transaction.on_commit(lambda: _remove(place))
        raise
    found.status, found.document_id, found.is_new = UploadStatus.FINISHED, outcome.document.id, outcome.is_new
    found.pieces, place = [], _place(found)
    found.save(update_fields=["status", "document_id", "is_new", "pieces"])
    transaction.on_commit(lambda: _remove(place))


def _put_together(found: Upload, whole: IO[bytes]) -> None:
    digest = hashlib.sha256()
    for name in found.pieces:
        with default_storage.open(name, "rb") as piece:
            for chunk in piece.chunks():
                digest.update(chunk)
                whole.write(chunk)
    whole.flush()
    if found.sha256 and digest.hexdigest() != found.sha256:
        raise ChecksumError(
            "The file is not the one that was announced: its SHA-256 is another. Begin the upload again."
        )


def _forget(found: Upload) -> None:
    place = _place(found)
    found.delete()
    transaction.on_commit(lambda: _remove(place))


def _place(found: Upload) -> str:
    return f"{found.tenant_id.hex}/uploads/{found.id.hex}"


def _remove(place: str) -> None:
    """Everything under an upload's place, also what no row names."""
    with suppress(FileNotFoundError):  # no piece ever came
        for name in default_storage.listdir(place)[1]:
            default_storage.delete(f"{place}/{name}")
        default_storage.delete(place)  # the folder itself, where storage has such


def _expiry(at: datetime) -> datetime:
    return at + timedelta(hours=settings.UPLOAD_EXPIRY_HOURS)
