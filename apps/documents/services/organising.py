"""Describe, file, tag, delete and restore documents; remove for good what was deleted long enough ago.

Deleting hides. After the days of grace a task removes the row, the pages and the bytes, unless an app above holds the document:
what a strategy cites must stay where the record can find it. Those apps say so through `register_holder`, since imports go down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.documents import queries
from apps.documents.enums import FolderKind
from apps.documents.events import (
    DocumentDeleted,
    DocumentDescribed,
    DocumentMoved,
    DocumentPurged,
    DocumentRestored,
    DocumentTagged,
    DocumentUntagged,
    FolderCreated,
    FolderDeleted,
)
from apps.documents.models import Document, DocumentPage, Folder
from apps.domain.errors import DomainError
from apps.events.events import EventData
from apps.events.services import append

MAX_TAGS, LONGEST_TAG, MOST_AT_ONCE = 20, 40, 200
_DOI = re.compile(r"10\.\d{4,9}/\S+")


class FolderNotFoundError(DomainError):
    """There is no such folder on this desk."""

    code = "folder_not_found"
    status = 404


class FolderExistsError(DomainError):
    """The desk has a folder of that name."""

    code = "folder_exists"
    status = 409


class DocumentHeldError(DomainError):
    """The document is under legal hold."""

    code = "document_held"
    status = 409


class BadDescriptionError(DomainError):
    """A piece of the description cannot be taken; `field` in the details names it."""

    code = "bad_description"


@dataclass(frozen=True, slots=True)
class Description:
    """What is known about a document beside its bytes. `older_id` names the document that this one is a newer version of."""

    title: str
    authors: str = ""
    published_date: date | None = None
    doi: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    folder_id: UUID | None = None
    older_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Holder:
    holds: Callable[[list[UUID]], dict[UUID, str]]
    release: Callable[[UUID], None]


_holders: list[_Holder] = []


def register_holder(*, holds: Callable[[list[UUID]], dict[UUID, str]], release: Callable[[UUID], None]) -> None:
    """Let an app above say which documents must be kept and why, and drop what it has on one that goes."""
    _holders.append(_Holder(holds, release))


def kept_because(*, document_ids: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """Why documents cannot be removed for good: a legal hold, a retention class, an app above. Those that can are left out."""
    ids = list(document_ids)
    if not ids:
        return {}
    found: dict[UUID, list[str]] = {key: [reason] for key, reason in queries.retained(document_ids=ids, at=at).items()}
    for holder in _holders:
        for key, reason in holder.holds(ids).items():
            found.setdefault(key, []).append(reason)
    return {key: "; ".join(reasons) for key, reasons in found.items()}


@transaction.atomic
def create_folder(*, name: str, kind: FolderKind, actor: Actor, at: datetime) -> Folder:
    """Make a folder. Raises NotAllowedError, BadDescriptionError, FolderExistsError."""
    actor.require(Permission.EDIT_DOCUMENT)
    clean = " ".join(name.replace("\x00", "").split())
    if not 0 < len(clean) <= Folder.LONGEST_NAME:
        raise BadDescriptionError(f"A folder's name has 1 to {Folder.LONGEST_NAME} characters.", field="name")
    if Folder.objects.filter(name__iexact=clean).exists():
        raise FolderExistsError(f"There is a folder “{clean}” already.")
    folder = Folder.objects.create(tenant_id=actor.tenant_id, name=clean, kind=kind, created_at=at)
    record(folder.id, FolderCreated(name=clean), actor, at)
    return folder


@transaction.atomic
def delete_folder(*, folder_id: UUID, actor: Actor, at: datetime) -> None:
    """Remove a folder; its documents stay, unfiled. Raises FolderNotFoundError, NotAllowedError."""
    folder = find_folder(folder_id)
    actor.require(Permission.EDIT_DOCUMENT)
    record(folder.id, FolderDeleted(name=folder.name), actor, at)
    folder.delete()


@transaction.atomic
def describe(*, document_id: UUID, description: Description, actor: Actor, at: datetime) -> Document:
    """Replace what is known about a document.

    Raises NotAllowedError, DocumentNotFoundError, FolderNotFoundError, BadDescriptionError; then nothing is changed.
    """
    [document] = locked([document_id])
    actor.require(Permission.EDIT_DOCUMENT)
    changed = _changes(document, description)
    if not changed:
        return document
    for name, value in changed.items():
        setattr(document, name, value)
    document.save(update_fields=list(changed))
    fields = [name.removesuffix("_id").replace("_", " ") for name in changed]
    record(document.id, DocumentDescribed(title=document.title, fields=", ".join(fields)), actor, at)
    return document


@transaction.atomic
def move(*, document_ids: Iterable[UUID], folder_id: UUID | None, actor: Actor, at: datetime) -> int:
    """File documents under a folder, or under none; how many moved. Raises as `describe`."""
    found = locked(document_ids)
    actor.require(Permission.EDIT_DOCUMENT)
    folder = find_folder(folder_id) if folder_id else None
    moved = [document for document in found if document.folder_id != folder_id]
    for document in moved:
        document.folder = folder
        record(document.id, DocumentMoved(title=document.title, folder=folder.name if folder else ""), actor, at)
    Document.objects.bulk_update(moved, ["folder"])
    return len(moved)


@transaction.atomic
def tag(*, document_ids: Iterable[UUID], tag: str, actor: Actor, at: datetime) -> int:
    """Put a tag on documents; how many did not have it. Raises as `describe`."""
    found = locked(document_ids)
    actor.require(Permission.EDIT_DOCUMENT)
    tagged = []
    for document in found:
        tags = _tags([*document.tags, tag])
        if tags != document.tags:
            document.tags = tags
            tagged.append(document)
            record(document.id, DocumentTagged(title=document.title, tag=tags[-1]), actor, at)
    Document.objects.bulk_update(tagged, ["tags"])
    return len(tagged)


@transaction.atomic
def untag(*, document_ids: Iterable[UUID], tag: str, actor: Actor, at: datetime) -> int:
    """Take a tag off documents; how many had it. Raises as `describe`."""
    found = locked(document_ids)
    actor.require(Permission.EDIT_DOCUMENT)
    wanted = tag.strip().casefold()
    had = [document for document in found if wanted in {t.casefold() for t in document.tags}]
    for document in had:
        document.tags = [t for t in document.tags if t.casefold() != wanted]
        record(document.id, DocumentUntagged(title=document.title, tag=tag.strip()), actor, at)
    Document.objects.bulk_update(had, ["tags"])
    return len(had)


@transaction.atomic
def delete(*, document_ids: Iterable[UUID], actor: Actor, at: datetime) -> list[UUID]:
    """Hide documents; the ids that were not hidden before. Raises as `describe`, and DocumentHeldError."""
    found = [document for document in locked(document_ids) if document.deleted_at is None]
    actor.require(Permission.EDIT_DOCUMENT)
    held = [document.title for document in found if document.held_at]
    if held:
        raise DocumentHeldError(
            f"“{held[0]}” is under legal hold and cannot be deleted. A compliance officer can release it.", titles=held
        )
    for document in found:
        document.deleted_at, document.deleted_by_id = at, actor.person_id
        record(document.id, DocumentDeleted(title=document.title), actor, at)
    Document.objects.bulk_update(found, ["deleted_at", "deleted_by_id"])
    return [document.id for document in found]


@transaction.atomic
def restore(*, document_ids: Iterable[UUID], actor: Actor, at: datetime) -> int:
    """Bring deleted documents back; how many came. Raises as `describe`."""
    found = [document for document in locked(document_ids) if document.deleted_at is not None]
    actor.require(Permission.EDIT_DOCUMENT)
    for document in found:
        document.deleted_at = document.deleted_by_id = None
        record(document.id, DocumentRestored(title=document.title), actor, at)
    Document.objects.bulk_update(found, ["deleted_at", "deleted_by_id"])
    return len(found)


def purge_deleted(*, at: datetime) -> int:
    """Remove for good what was deleted longer ago than the days of grace and that nothing keeps; how many went.

    Called in each desk's scope by a beat task. Running it again changes nothing.
    """
    due = Document.objects.filter(deleted_at__lt=at - timedelta(days=settings.DOCUMENT_GRACE_DAYS))
    gone = 0
    due_ids = list(due.order_by("deleted_at").values_list("id", flat=True))
    for first in range(0, len(due_ids), MOST_AT_ONCE):
        ids = due_ids[first : first + MOST_AT_ONCE]
        kept = kept_because(document_ids=ids, at=at)
        gone += sum(_purge(document_id, at) for document_id in ids if document_id not in kept)
    return gone


@transaction.atomic
def _purge(document_id: UUID, at: datetime) -> bool:
    document = Document.objects.select_for_update().filter(id=document_id, deleted_at__isnull=False).first()
    if document is None or kept_because(document_ids=[document_id], at=at):
        return False
    for holder in _holders:
        holder.release(document_id)
    images = set(document.pages.exclude(image="").values_list("image", flat=True))
    images -= set(
        DocumentPage.objects.filter(image__in=images).exclude(document_id=document_id).values_list("image", flat=True)
    )
    names = [queries.storage_name(document), *images]
    data = DocumentPurged(title=document.title, sha256=document.sha256)
    append(tenant_id=document.tenant_id, subject_id=document.id, data=data, actor_id=None, at=at)
    document.delete()
    transaction.on_commit(lambda: _remove(names))
    return True


def _remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def locked(document_ids: Iterable[UUID]) -> list[Document]:
    """Documents of the desk, locked, all of them or none; raises DocumentNotFoundError, BadDescriptionError."""
    ids = set(document_ids)
    if len(ids) > MOST_AT_ONCE:
        raise BadDescriptionError(f"At most {MOST_AT_ONCE} documents at once.", field="document_ids")
    found = list(Document.objects.select_for_update().filter(id__in=ids).order_by("id"))
    if len(found) < len(ids):
        raise queries.DocumentNotFoundError("There is no such document on your desk.")
    return found


def find_folder(folder_id: UUID) -> Folder:
    """A folder of the desk; raises FolderNotFoundError."""
    folder = Folder.objects.filter(id=folder_id).first()
    if folder is None:
        raise FolderNotFoundError("There is no such folder on your desk.")
    return folder


def _changes(document: Document, description: Description) -> dict[str, object]:
    title = " ".join(description.title.replace("\x00", "").split())
    if not 0 < len(title) <= 200:
        raise BadDescriptionError("A title has 1 to 200 characters.", field="title")
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", description.doi.strip(), flags=re.IGNORECASE)
    if doi and not (_DOI.fullmatch(doi) and len(doi) <= 120):
        raise BadDescriptionError("A DOI looks like 10.1111/jofi.12345.", field="doi")
    if description.folder_id:
        find_folder(description.folder_id)
    _check_older(document, description.older_id)
    wanted = {
        "title": title,
        "authors": " ".join(description.authors.replace("\x00", "").split())[:300],
        "published_date": description.published_date,
        "doi": doi,
        "source": " ".join(description.source.replace("\x00", "").split())[:120],
        "tags": _tags(description.tags),
        "folder_id": description.folder_id,
        "older_id": description.older_id,
    }
    return {name: value for name, value in wanted.items() if getattr(document, name) != value}


def _check_older(document: Document, older_id: UUID | None) -> None:
    seen = {document.id}
    while older_id is not None:
        if older_id in seen:
            raise BadDescriptionError("A document cannot be a newer version of itself.", field="older_id")
        seen.add(older_id)
        older_id = queries.document(document_id=older_id).older_id


def _tags(wanted: Iterable[str]) -> list[str]:
    """Clean, without repeats (whatever the case), in the order given."""
    clean = [" ".join(t.replace("\x00", "").replace(",", " ").split()) for t in wanted]
    first: dict[str, str] = {}
    for word in clean:
        first.setdefault(word.casefold(), word)
    found = list(first.values())
    if any(len(t) > LONGEST_TAG for t in found) or not all(clean):
        raise BadDescriptionError(f"A tag has 1 to {LONGEST_TAG} characters.", field="tags")
    if len(found) > MAX_TAGS:
        raise BadDescriptionError(f"A document has at most {MAX_TAGS} tags.", field="tags")
    return found


def record(subject_id: UUID, data: EventData, actor: Actor, at: datetime) -> None:
    """Append what the actor did."""
    append(tenant_id=actor.tenant_id, subject_id=subject_id, data=data, actor_id=actor.person_id, at=at)
