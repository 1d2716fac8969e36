"""What happens to a document."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData, OnRequest
from apps.notifications.enums import Topic


class _OfDocument(EventData):
    title: str

    def sentence(self) -> str:
        return f"changed “{self.title}”"

    def path(self, subject_id: UUID) -> str | None:
        return reverse("documents:detail", args=[subject_id])


class DocumentStored(_OfDocument):
    type: ClassVar[str] = "documents.stored"
    shared: ClassVar[tuple[str, ...]] = ("sha256", "n_bytes")
    sha256: str
    n_bytes: int

    def sentence(self) -> str:
        return f"added “{self.title}”"


class DocumentRead(_OfDocument, OnRequest):
    type: ClassVar[str] = "documents.read"
    topic: ClassVar[str] = Topic.DOCUMENT_READ
    shared: ClassVar[tuple[str, ...]] = ("n_pages",)
    n_pages: int

    def sentence(self) -> str:
        return f"read the {self.n_pages} page{'s' if self.n_pages != 1 else ''} of “{self.title}”"


class DocumentFailed(_OfDocument, OnRequest):
    type: ClassVar[str] = "documents.failed"
    topic: ClassVar[str] = Topic.DOCUMENT_FAILED
    shared: ClassVar[tuple[str, ...]] = ("code",)
    code: str

    def sentence(self) -> str:
        return f"could not read “{self.title}”"


class DocumentReread(_OfDocument):
    type: ClassVar[str] = "documents.reread"
    shared: ClassVar[tuple[str, ...]] = ("n_changed", "reader_version")
    n_changed: int
    reader_version: int

    def sentence(self) -> str:
        return f"read “{self.title}” again: {self.n_changed} page{'s' if self.n_changed != 1 else ''} changed"


class DocumentNotReread(_OfDocument):
    type: ClassVar[str] = "documents.not_reread"
    shared: ClassVar[tuple[str, ...]] = ("code",)
    code: str

    def sentence(self) -> str:
        return f"could not read “{self.title}” again, so its words stay as they were"


class DocumentDescribed(_OfDocument):
    type: ClassVar[str] = "documents.described"
    fields: str

    def sentence(self) -> str:
        return f"changed {self.fields} of “{self.title}”"


class DocumentMoved(_OfDocument):
    type: ClassVar[str] = "documents.moved"
    folder: str

    def sentence(self) -> str:
        return f"moved “{self.title}” to {f'“{self.folder}”' if self.folder else 'no folder'}"


class DocumentTagged(_OfDocument):
    type: ClassVar[str] = "documents.tagged"
    tag: str

    def sentence(self) -> str:
        return f"tagged “{self.title}” with “{self.tag}”"


class DocumentUntagged(_OfDocument):
    type: ClassVar[str] = "documents.untagged"
    tag: str

    def sentence(self) -> str:
        return f"took the tag “{self.tag}” off “{self.title}”"


class DocumentRetentionSet(_OfDocument):
    type: ClassVar[str] = "documents.retention_set"
    shared: ClassVar[tuple[str, ...]] = ("retention",)
    retention: str
    before: str

    def sentence(self) -> str:
        return f"set the retention class of “{self.title}” from {self.before} to {self.retention}"


class DocumentHeld(_OfDocument):
    type: ClassVar[str] = "documents.held"
    reason: str

    def sentence(self) -> str:
        return f"put “{self.title}” under legal hold: {self.reason}"


class DocumentReleased(_OfDocument):
    type: ClassVar[str] = "documents.released"
    reason: str

    def sentence(self) -> str:
        return f"released “{self.title}” from legal hold: {self.reason}"


class DocumentDeleted(_OfDocument):
    type: ClassVar[str] = "documents.deleted"

    def sentence(self) -> str:
        return f"deleted “{self.title}”"


class DocumentRestored(_OfDocument):
    type: ClassVar[str] = "documents.restored"

    def sentence(self) -> str:
        return f"restored “{self.title}”"


class DocumentPurged(_OfDocument):
    type: ClassVar[str] = "documents.purged"
    sha256: str

    def sentence(self) -> str:
        return f"removed “{self.title}” for good, its days of grace being over"

    def path(self, subject_id: UUID) -> str | None:
        return None


class _OfFolder(EventData):
    name: str

    def sentence(self) -> str:
        return f"changed the folder “{self.name}”"


class FolderCreated(_OfFolder):
    type: ClassVar[str] = "documents.folder_created"

    def sentence(self) -> str:
        return f"made the folder “{self.name}”"


class FolderDeleted(_OfFolder):
    type: ClassVar[str] = "documents.folder_deleted"

    def sentence(self) -> str:
        return f"removed the folder “{self.name}”"
