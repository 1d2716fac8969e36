"""Words of a job."""

from django.db.models import TextChoices


class JobStatus(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


FINISHED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class Queue(TextChoices):
    """Queues keep kinds of work apart, so that one cannot starve another."""

    DOCUMENTS = "documents", "Documents"
    EXTRACTION = "extraction", "Extraction"
    PASSAGES = "passages", "Search by meaning"
    BACKTESTS = "backtests", "Backtests"
    SWEEPS = "sweeps", "Sweeps"
    OUTBOUND = "outbound", "E-mail and web hooks"
    DEFAULT = "default", "Everything else"
