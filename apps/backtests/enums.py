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


class CheckOutcome(TextChoices):
    """What another engine made of a run's instructions."""

    AGREES = "agrees", "Agrees"
    DIFFERS = "differs", "Differs"
    REFUSED = "refused", "Refused"


class SweepKind(TextChoices):
    """What the members of a sweep are, and what is read from them."""

    GRID = "grid", "Grid"
    RANDOM = "random", "Random draw"
    WALK_FORWARD = "walk_forward", "Walk-forward"
    CROSS_VALIDATION = "cross_validation", "Purged cross-validation"
    READINGS = "readings", "Fan of readings"


class Objective(TextChoices):
    """What the best member of a sweep is best in: measures of a curve alone, higher is better."""

    SHARPE_RATIO = "sharpe_ratio", "Sharpe ratio"
    SORTINO_RATIO = "sortino_ratio", "Sortino ratio"
    CALMAR_RATIO = "calmar_ratio", "Calmar ratio"
    ANNUAL_RETURN = "annual_return", "Annual return"
