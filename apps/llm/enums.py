"""Words of calls to language models."""

from django.db.models import TextChoices


class CallState(TextChoices):
    """How far a call is. A reserved one counts with its estimate against the budget, a settled one with its cost."""

    RESERVED = "reserved", "Under way"
    SETTLED = "settled", "Settled"
    RELEASED = "released", "Nothing was billed"


class BatchState(TextChoices):
    """How far a batch is."""

    OPEN = "open", "Being worked on"
    ENDED = "ended", "Answers are in"
    FAILED = "failed", "Failed"


class BreakerState(TextChoices):
    """What a circuit breaker lets through: everything, nothing, one call on trial."""

    CLOSED = "closed", "Working"
    OPEN = "open", "Paused after failures"
    HALF_OPEN = "half_open", "On trial"
