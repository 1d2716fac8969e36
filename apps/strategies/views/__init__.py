"""Pages of strategies."""

from apps.strategies.views.library import evaluation, library, library_entry, start_from_library
from apps.strategies.views.pages import detail, extract_again, listing, of_document
from apps.strategies.views.review import answer, approve, confirm, reject, reopen, review
from apps.strategies.views.workbench import check, diff, edit_formula

__all__ = [
    "answer",
    "approve",
    "check",
    "confirm",
    "detail",
    "diff",
    "edit_formula",
    "evaluation",
    "extract_again",
    "library",
    "library_entry",
    "listing",
    "of_document",
    "reject",
    "reopen",
    "review",
    "start_from_library",
]
