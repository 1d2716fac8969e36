"""Files that come in pieces: the tus protocol 1.0.0 with creation, checksum, expiration and termination."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.enums import DeskRequest
from apps.documents import queries, services
from apps.documents.enums import UploadStatus
from apps.documents.models import Upload
from apps.domain.errors import DomainError

router = Router(tags=["uploads"])
_VERSION = "1.0.0"
_TYPE = "application/offset+octet-stream"


class BadUploadRequestError(DomainError):
    """A header of the protocol is missing or cannot be read."""

    code = "bad_upload_request"
    status = 400


class ProtocolVersionError(DomainError):
    """The client speaks another version of the protocol."""

    code = "protocol_version"
    status = 412


class PieceTypeError(DomainError):
    """A piece was sent as another type."""

    code = "piece_type"
    status = 415


class UploadOut(Schema):
    id: UUID
    url: str = Field(description="Where pieces go, by PATCH.")
    file_name: str
    n_bytes: int = Field(description="As announced.")
    n_received: int = Field(description="The offset of the next piece.")
    sha256: str = Field(description="As announced; empty when it was not.")
    status: str = Field(description="open, finished or refused")
    error_code: str
    error_message: str
    document_id: UUID | None = Field(description="The document that the file became.")
    is_new: bool | None = Field(description="false: the same bytes were on the desk already.")
    expires_at: datetime

    @staticmethod
    def resolve_url(found: Upload) -> str:
        return _url(found)


@router.api_operation(["OPTIONS"], "/uploads", response={204: None}, summary="Ask what uploads in pieces may be")
def upload_options(request: DeskRequest, response: HttpResponse) -> Status[None]:
    """The headers of the answer name the version, the extensions and the limits."""
    response["Tus-Resumable"] = response["Tus-Version"] = _VERSION
    response["Tus-Extension"] = "creation,checksum,expiration,termination"
    response["Tus-Checksum-Algorithm"] = "sha256"
    response["Tus-Max-Size"] = str(settings.DOCUMENT_MAX_BYTES)
    return Status(204, None)


@router.post("/uploads", response={201: UploadOut}, summary="Begin an upload in pieces")
def begin_upload(request: DeskRequest, response: HttpResponse) -> Status[Any]:
    """Headers: `Upload-Length`, the bytes of the file; `Upload-Metadata`, base64 values by name: `filename`, and if wanted
    `sha256` (hex, of the whole file, checked at the end) and `folder` (the id of one). `Location` is where pieces go."""
    _check_version(request)
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    found = services.begin_upload(
        file_name=said.get("filename", ""),
        n_bytes=_number(request, "Upload-Length"),
        sha256=said.get("sha256", ""),
        folder_id=_id(said.get("folder", "")),
        actor=request.actor,
        at=timezone.now(),
    )
    response["Location"] = _url(found)
    _tell(response, found)
    return Status(201, found)


@router.api_operation(
    ["HEAD"], "/uploads/{uuid:upload_id}", response={200: None}, summary="Ask where an upload goes on"
)
def upload_offset(request: DeskRequest, upload_id: UUID, response: HttpResponse) -> Status[None]:
    """`Upload-Offset` is where the next piece begins. 410 when the upload expired or was refused."""
    _check_version(request)
    found = queries.upload_of(upload_id=upload_id, person_id=request.actor.person_id)
    _tell(response, found)
    if found.status == UploadStatus.REFUSED or (
        found.status == UploadStatus.OPEN and found.expires_at <= timezone.now()
    ):
        raise services.UploadOverError(found.error_message or "This upload has expired. Begin it again.")
    return Status(200, None)


@router.get("/uploads/{uuid:upload_id}", response=UploadOut, summary="Read what became of an upload")
def get_upload(request: DeskRequest, upload_id: UUID) -> Any:
    """Its document once it is finished; why it was refused."""
    return queries.upload_of(upload_id=upload_id, person_id=request.actor.person_id)


@router.patch(
    "/uploads/{uuid:upload_id}",
    response={204: None},
    summary="Send a piece",
    openapi_extra={"requestBody": {"required": True, "content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
def take_piece(request: DeskRequest, upload_id: UUID, response: HttpResponse) -> Status[None]:
    """The body is the piece, at most 16 MB, sent as `application/offset+octet-stream`. Headers: `Upload-Offset`, and if wanted
    `Upload-Checksum: sha256 <base64>`. 409 with `offset` in the details when the piece begins elsewhere; 460 when it was changed on
    its way. The last piece makes the file a document, and is refused as a plain upload would be."""
    _check_version(request)
    if request.content_type != _TYPE:
        raise PieceTypeError(f"Send a piece as {_TYPE}.")
    offset = _number(request, "Upload-Offset")
    found = services.take_piece(
        upload_id=upload_id,
        offset=offset,
        piece=_body(request),
        sha256=_checksum(request),
        actor=request.actor,
        at=timezone.now(),
    )
    _tell(response, found)
    return Status(204, None)


@router.delete("/uploads/{uuid:upload_id}", response={204: None}, summary="Discard an upload")
def abandon_upload(request: DeskRequest, upload_id: UUID, response: HttpResponse) -> Status[None]:
    """Its pieces are removed; a document that it became stays."""
    _check_version(request)
    services.abandon_upload(upload_id=upload_id, actor=request.actor)
    response["Tus-Resumable"] = _VERSION
    return Status(204, None)


def _url(found: Upload) -> str:
    return reverse("api-1:take_piece", args=[found.id])


def _tell(response: HttpResponse, found: Upload) -> None:
    response["Tus-Resumable"] = _VERSION
    response["Upload-Offset"] = str(found.n_received)
    response["Upload-Length"] = str(found.n_bytes)
    response["Upload-Expires"] = http_date(found.expires_at.timestamp())
    response["Cache-Control"] = "no-store"


def _check_version(request: DeskRequest) -> None:
    if request.headers.get("Tus-Resumable", _VERSION) != _VERSION:
        raise ProtocolVersionError(f"Uploads in pieces speak version {_VERSION} of the tus protocol.", version=_VERSION)


def _number(request: DeskRequest, header: str) -> int:
    said = request.headers.get(header, "")
    if not (said.isascii() and said.isdecimal() and len(said) < 16):
        raise BadUploadRequestError(f"Send {header} as a number of bytes.", header=header)
    return int(said)


def _metadata(header: str) -> dict[str, str]:
    said = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            said[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadUploadRequestError(
                f"The value of {name[:40]} in Upload-Metadata is not UTF-8 in base64.", header="Upload-Metadata"
            ) from None
    return said


def _checksum(request: DeskRequest) -> bytes:
    header = request.headers.get("Upload-Checksum", "")
    if not header:
        return b""
    kind, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if kind != "sha256" or len(digest) != 32:
        raise BadUploadRequestError("Send Upload-Checksum as `sha256 <base64>`.", header="Upload-Checksum")
    return digest


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise services.FolderNotFoundError("There is no such folder on your desk.") from None


def _body(request: DeskRequest) -> bytes:
    """The piece, or as much of it as came before the connection broke; a byte more than is taken tells that it is too large."""
    parts, left = [], settings.UPLOAD_PIECE_BYTES + 1
    try:
        while left and (part := request.read(min(left, 256 * 1024))):
            parts.append(part)
            left -= len(part)
    except UnreadablePostError:
        pass  # the client is gone; what it sent is kept, and it asks for the offset when it is back
    return b"".join(parts)
