"""Find strategies in documents; make, answer, confirm, approve, reject drafts."""

from apps.strategies.services.drafts import create, start_from_library
from apps.strategies.services.errors import (
    DraftChangedError,
    NotADraftError,
    NotASpecificationError,
    NotExpressibleError,
)
from apps.strategies.services.extraction import (
    EXTRACT_JOB,
    catalogue_of,
    evaluate_evidence,
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
    "EXTRACT_JOB",
    "DraftChangedError",
    "NotADraftError",
    "NotASpecificationError",
    "NotExpressibleError",
    "answer",
    "approve",
    "catalogue_of",
    "confirm",
    "create",
    "evaluate_evidence",
    "evaluate_readers",
    "extract",
    "extract_again",
    "extraction_failed",
    "forget_readings",
    "read_strategies",
    "reject",
    "reopen",
    "request_extraction",
    "start_from_library",
    "warm_up",
]
