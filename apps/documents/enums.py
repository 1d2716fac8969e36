"""Words of a document."""

from django.db.models import TextChoices


class DocumentStatus(TextChoices):
    STORED = "stored", "Stored"
    READING = "reading", "Reading"
    READ = "read", "Read"
    FAILED = "failed", "Not readable"


class MediaType(TextChoices):
    PDF = "application/pdf", "PDF"
    TEXT = "text/plain", "Text"
    MARKDOWN = "text/markdown", "Markdown"
    HTML = "text/html", "HTML"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"


class FolderKind(TextChoices):
    SOURCE = "source", "Sources"
    TOPIC = "topic", "Topics"


class PageOrigin(TextChoices):
    """Where a page's words come from."""

    FILE = "file", "Text of the file"
    RECOGNISED = "recognised", "Text recognition"
    PICTURE = "picture", "Scanned, no text"
