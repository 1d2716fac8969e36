"""Pages of strategies."""

from apps.strategies.views.batches import batches, start_batch
from apps.strategies.views.citing import cite
from apps.strategies.views.comments import comment, comments, delete_comment
from apps.strategies.views.library import evaluation, library, library_entry, start_from_library
from apps.strategies.views.pages import detail, extract_again, listing, of_document
from apps.strategies.views.review import answer, approve, ask_for_approval, confirm, reject, reopen, review
from apps.strategies.views.workbench import add_formula, check, diff, edit_formula, merge, remove_formula

__all__ = [
    "add_formula",
    "answer",
    "approve",
    "ask_for_approval",
    "batches",
    "check",
    "cite",
    "comment",
    "comments",
    "confirm",
    "delete_comment",
    "detail",
    "diff",
    "edit_formula",
    "evaluation",
    "extract_again",
    "library",
    "library_entry",
    "listing",
    "merge",
    "of_document",
    "reject",
    "remove_formula",
    "reopen",
    "review",
    "start_batch",
    "start_from_library",
]
