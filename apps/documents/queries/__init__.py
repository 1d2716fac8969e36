"""Read documents, their pages, and search them."""

from apps.documents.queries.rows import (
    DocumentNotFoundError,
    Filters,
    PageNotFoundError,
    PageSize,
    content_name,
    document,
    document_ids,
    documents,
    image_name,
    page,
    page_sizes,
    page_words,
    pages_of,
    storage_name,
    titles,
)
from apps.documents.queries.search import BadSearchError, Found, Hit, search

__all__ = [
    "BadSearchError",
    "DocumentNotFoundError",
    "Filters",
    "Found",
    "Hit",
    "PageNotFoundError",
    "PageSize",
    "content_name",
    "document",
    "document_ids",
    "documents",
    "image_name",
    "page",
    "page_sizes",
    "page_words",
    "pages_of",
    "search",
    "storage_name",
    "titles",
]
