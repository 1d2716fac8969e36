"""Words of strategies."""

from django.db.models import TextChoices


class StrategyStatus(TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    MERGED = "merged", "Merged"


class ExtractionStatus(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class ReadingPurpose(TextChoices):
    """What the Claude reader asks a model for."""

    FIND = "strategies.find", "Finding strategies in a document"
    EXTRACT = "strategies.extract", "Writing down a strategy"
    REPAIR = "strategies.repair", "Repairing what the checks refused"


class BatchStatus(TextChoices):
    """How far a reading of many documents in one batch is."""

    OPEN = "open", "Being read"
    DONE = "done", "Read"
    FAILED = "failed", "Failed"
