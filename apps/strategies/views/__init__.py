"""Pages of strategies."""

from apps.strategies.views.batches import batches, start_batch
from apps.strategies.views.citing import cite
from apps.strategies.views.library import evaluation, library, library_entry, start_from_library
from apps.strategies.views.pages import detail, extract_again, listing, of_document
from apps.strategies.views.review import answer, approve, confirm, reject, reopen, review

__all__ = [
    "answer",
    "approve",
    "batches",
    "cite",
    "confirm",
    "detail",
    "evaluation",
    "extract_again",
    "library",
    "library_entry",
    "listing",
    "of_document",
    "reject",
    "reopen",
    "review",
    "start_batch",
    "start_from_library",
]
