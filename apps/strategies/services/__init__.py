"""Find strategies in documents; make, answer, cite, confirm, approve, reject drafts."""

from apps.strategies.services.batches import (
    BATCH_JOB,
    NothingToReadError,
    advance_batch,
    batch_failed,
    poll_batches,
    read_in_batch,
)
from apps.strategies.services.citing import Cited, NothingToCiteError, QuoteNotLocatedError, cite
from apps.strategies.services.drafts import create, draft_from, start_from_library
from apps.strategies.services.errors import (
    DraftChangedError,
    NotADraftError,
    NotASpecificationError,
    NotExpressibleError,
)
from apps.strategies.services.extraction import (
    EXTRACT_JOB,
    catalogue_of,
    evaluate_readers,
    extract,
    extract_again,
    extraction_failed,
    forget_readings,
    read_strategies,
    request_extraction,
    warm_up,
)
from apps.strategies.services.review import answer, approve, confirm, reject, reopen

__all__ = [
    "BATCH_JOB",
    "EXTRACT_JOB",
    "Cited",
    "DraftChangedError",
    "NotADraftError",
    "NotASpecificationError",
    "NotExpressibleError",
    "NothingToCiteError",
    "NothingToReadError",
    "QuoteNotLocatedError",
    "advance_batch",
    "answer",
    "approve",
    "batch_failed",
    "catalogue_of",
    "cite",
    "confirm",
    "create",
    "draft_from",
    "evaluate_readers",
    "extract",
    "extract_again",
    "extraction_failed",
    "forget_readings",
    "poll_batches",
    "read_in_batch",
    "read_strategies",
    "reject",
    "reopen",
    "request_extraction",
    "start_from_library",
    "warm_up",
]
