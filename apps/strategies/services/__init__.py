"""Find strategies in documents; make, answer, confirm, approve, reject drafts."""

from apps.strategies.services.comments import (
    CommentNotFoundError,
    CommentNotYoursError,
    EmptyCommentError,
    comment,
    delete_comment,
)
from apps.strategies.services.drafts import create, start_from_library
from apps.strategies.services.errors import (
    DraftChangedError,
    FourEyesError,
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
from apps.strategies.services.formulas import edit_formula
from apps.strategies.services.merging import NotAlikeError, merge
from apps.strategies.services.review import answer, approve, confirm, reject, reopen

__all__ = [
    "EXTRACT_JOB",
    "CommentNotFoundError",
    "CommentNotYoursError",
    "DraftChangedError",
    "EmptyCommentError",
    "FourEyesError",
    "NotADraftError",
    "NotASpecificationError",
    "NotAlikeError",
    "NotExpressibleError",
    "answer",
    "approve",
    "catalogue_of",
    "comment",
    "confirm",
    "create",
    "delete_comment",
    "edit_formula",
    "evaluate_readers",
    "extract",
    "extract_again",
    "extraction_failed",
    "forget_readings",
    "merge",
    "read_strategies",
    "reject",
    "reopen",
    "request_extraction",
    "start_from_library",
    "warm_up",
]
