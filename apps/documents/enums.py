"""Words of a document."""

from django.db.models import TextChoices


class DocumentStatus(TextChoices):
    STORED = "stored", "Stored"
    READING = "reading", "Reading"
    READ = "read", "Read"
    FAILED = "failed", "Not readable"


class RetentionClass(TextChoices):
    """How long a document must be kept at least, from the day it was added. The years are settings."""

    WORKING = "working", "Working paper"
    STANDARD = "standard", "Standard record"
    EXTENDED = "extended", "Extended record"


class UploadStatus(TextChoices):
    OPEN = "open", "On its way"
    FINISHED = "finished", "Stored"
    REFUSED = "refused", "Refused"


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


class Flag(TextChoices):
    """What a reader should know of a page, or of the file; the words are those that the page shows."""

    HIDDEN_TEXT = "hidden_text", "Text that nobody sees was left out"
    GARBLED = "garbled", "Letters without meaning"
    TINY = "tiny", "Text too small to read"
    ROTATED = "rotated", "Turned"
    RIGHT_TO_LEFT = "right_to_left", "Written from right to left"
    SCRIPTS = "scripts", "Programs, never run"
    LAUNCHES = "launches", "Calls to start other programs, never followed"
    ATTACHMENTS = "attachments", "Attached files, never opened"


class SearchMode(TextChoices):
    """What a page must have in common with what was asked."""

    WORDS = "words", "Words"
    MEANING = "meaning", "Meaning"
    BOTH = "both", "Both"
