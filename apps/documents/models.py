"""Documents and their pages."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from apps.documents.enums import DocumentStatus, FolderKind, MediaType, PageOrigin, RetentionClass, UploadStatus


class Folder(models.Model):
    """A place for documents, by where they come from or what they are about. A document lies in one or none.

    Personal data: none
    """

    LONGEST_NAME: ClassVar[int] = 60

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=FolderKind.choices)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="folder_once_per_desk")]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A file that a desk uploaded. Its bytes lie in storage under their hash; the same bytes are one document.

    A deleted one is hidden; it is removed for good after days of grace, unless a strategy cites it.

    Personal data: whatever the file contains; authors; people are ids
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100, choices=MediaType.choices)
    n_bytes = models.PositiveBigIntegerField()
    n_pages = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.STORED)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    authors = models.CharField(max_length=300, blank=True)
    published_date = models.DateField(null=True, blank=True)
    doi = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=120, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    folder = models.ForeignKey(
        Folder, on_delete=models.SET_NULL, null=True, blank=True, related_name="documents", db_constraint=False
    )
    flags = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # of the file
    embedded_by = models.CharField(max_length=60, blank=True)  # the model that its passages are searched with
    reader_version = models.PositiveSmallIntegerField(default=0)  # of the reader whose words are stored
    older = models.ForeignKey(  # this document is a newer version of that one
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="newer", db_constraint=False
    )
    retention = models.CharField(
        max_length=10, choices=RetentionClass.choices, default=RetentionClass.WORKING, verbose_name="retention class"
    )
    held_at = models.DateTimeField("under legal hold since", null=True, blank=True)
    held_by_id = models.UUIDField(null=True, blank=True)
    hold_reason = models.CharField("reason of the legal hold", max_length=200, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by_id = models.UUIDField(null=True, blank=True)
    created_by_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sha256"], name="document_once_per_desk"),
            # A hold has a reason, and what is held is not deleted.
            models.CheckConstraint(
                condition=models.Q(held_at__isnull=True, hold_reason="")
                | (models.Q(held_at__isnull=False, deleted_at__isnull=True) & ~models.Q(hold_reason="")),
                name="document_hold_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="document_by_time")]  # the list

    def __str__(self) -> str:
        return self.title

    @property
    def kept_until(self) -> datetime | None:
        """When its retention class lets it be removed; None when that asks for no time. A hold keeps it beyond."""
        years = settings.RETENTION_YEARS[self.retention]
        return _years_later(self.created_at, years) if years else None


class DocumentPage(models.Model):
    """One page: its words with their boxes, and the name of its image in storage once that is drawn.

    `words` is a list of [text, x0, y0, x1, y1, line] in PDF points from the top left; `blocks` of [kind, first word, last word].

    Personal data: whatever the page contains
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages", db_constraint=False)
    number = models.PositiveIntegerField()
    width = models.FloatField()
    height = models.FloatField()
    words = models.JSONField()
    origin = models.CharField(max_length=10, choices=PageOrigin.choices, default=PageOrigin.FILE)
    confidence = models.FloatField(null=True)  # of text recognition, 0 to 1
    flags = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    image = models.CharField(max_length=120, blank=True)
    blocks = models.JSONField(null=True)  # not judged on pages that were read before these were kept

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "document", "number"], name="page_once")]

    def __str__(self) -> str:
        return f"{self.document_id} page {self.number}"


class PageText(models.Model):
    """The text of one page as it is searched, and its stems. Apart from the page, so that viewers do not carry it.

    Personal data: whatever the page contains
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="texts", db_constraint=False)
    number = models.PositiveIntegerField()
    text = models.TextField()
    aside = models.TextField(blank=True)  # running heads and feet: found in the document, not searched
    vector = models.GeneratedField(
        expression=SearchVector("text", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "document", "number"], name="page_text_once")]
        # search_pages; without a pending list, so that a search right after an upload is as fast as any other
        indexes = [GinIndex(fields=["tenant", "vector"], name="page_text_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"{self.document_id} page {self.number}"


class Passage(models.Model):
    """A stretch of a page's searched text, some hundred words, and what it means as numbers.

    `starts_at` and `ends_at` count characters of `PageText.text`. The numbers (`embedding`, `bits`) are columns that only
    pgvector knows (`services.embedding.ADD_VECTORS`); where it is absent the table has none and stays empty.

    Personal data: whatever the page contains, as numbers
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages", db_constraint=False)
    number = models.PositiveIntegerField()
    starts_at = models.PositiveIntegerField()
    ends_at = models.PositiveIntegerField()
    model = models.CharField(max_length=60)

    class Meta:
        ordering = ["number", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "document", "number", "starts_at"], name="passage_once")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} page {self.number} from {self.starts_at}"


class Upload(models.Model):
    """A file on its way in, piece by piece. Whole, it is taken as any upload is; unfinished, it is dropped when it expires.

    `pieces` names what lies in storage, in order; `n_received` is the sum of their bytes and the offset of the next.

    Personal data: the name of the file; people are ids
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    n_bytes = models.PositiveBigIntegerField()
    n_received = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # as declared; of the whole file
    pieces = ArrayField(models.CharField(max_length=160), default=list, blank=True)
    status = models.CharField(max_length=10, choices=UploadStatus.choices, default=UploadStatus.OPEN)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    folder_id = models.UUIDField(null=True)  # may be gone when the file is whole; then the document is in none
    document_id = models.UUIDField(null=True)
    is_new = models.BooleanField(null=True)
    created_by_id = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(n_received__lte=models.F("n_bytes")), name="upload_within_declared_size"
            ),
            models.CheckConstraint(
                condition=models.Q(status=UploadStatus.FINISHED, document_id__isnull=False)
                | (~models.Q(status=UploadStatus.FINISHED) & models.Q(document_id__isnull=True)),
                name="upload_finished_has_document",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_by_id", "status"], name="upload_of_person"),  # the list's notice
            models.Index(fields=["tenant", "expires_at"], name="upload_to_forget"),  # the hourly task
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.n_received} of {self.n_bytes}"


def _years_later(at: datetime, years: int) -> datetime:
    """The same day of another year; the 29th of February becomes the 1st of March, never a day earlier."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, month=3, day=1)
