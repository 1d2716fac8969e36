"""Find strategies in documents; make, answer, cite, confirm, approve, reject drafts."""

from apps.strategies.services.approvals import ask_for_approval
from apps.strategies.services.batches import (
    BATCH_JOB,
    NothingToReadError,
    advance_batch,
    batch_failed,
    poll_batches,
    read_in_batch,
)
from apps.strategies.services.citing import Cited, NothingToCiteError, QuoteNotLocatedError, cite
from apps.strategies.services.comments import (
    CommentNotFoundError,
    CommentNotYoursError,
    EmptyCommentError,
    comment,
    delete_comment,
)
from apps.strategies.services.drafts import create, draft_from, start_from_library
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
from apps.strategies.services.formulas import add_formula, edit_formula, remove_formula
from apps.strategies.services.merging import NotAlikeError, merge
from apps.strategies.services.review import answer, approve, confirm, reject, reopen
from apps.strategies.services.upkeep import fill_rules_hashes, locate_citations_again

__all__ = [
    "BATCH_JOB",
    "EXTRACT_JOB",
    "Cited",
    "CommentNotFoundError",
    "CommentNotYoursError",
    "DraftChangedError",
    "EmptyCommentError",
    "FourEyesError",
    "NotADraftError",
    "NotASpecificationError",
    "NotAlikeError",
    "NotExpressibleError",
    "NothingToCiteError",
    "NothingToReadError",
    "QuoteNotLocatedError",
    "add_formula",
    "advance_batch",
    "answer",
    "approve",
    "ask_for_approval",
    "batch_failed",
    "catalogue_of",
    "cite",
    "comment",
    "confirm",
    "create",
    "delete_comment",
    "draft_from",
    "edit_formula",
    "evaluate_evidence",
    "evaluate_readers",
    "extract",
    "extract_again",
    "extraction_failed",
    "fill_rules_hashes",
    "forget_readings",
    "locate_citations_again",
    "merge",
    "poll_batches",
    "read_in_batch",
    "read_strategies",
    "reject",
    "remove_formula",
    "reopen",
    "request_extraction",
    "start_from_library",
    "warm_up",
]
