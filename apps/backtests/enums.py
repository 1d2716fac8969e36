"""Words of backtests."""

from django.db.models import TextChoices


class BacktestStatus(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class VerdictWord(TextChoices):
    """The fixed words of a verdict."""

    REPRODUCED = "reproduced", "Reproduced"
    PARTLY_REPRODUCED = "partly_reproduced", "Partly reproduced"
    NOT_REPRODUCED = "not_reproduced", "Not reproduced"
    NOT_TESTABLE = "not_testable", "Not testable"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence", "Insufficient evidence"
    NOT_RUN = "not_run", "Not run"


class RerunOutcome(TextChoices):
    """What a run that was made again turned out to be."""

    IDENTICAL = "identical", "Identical"
    DIFFERENT = "different", "Different"
