"""Finding a quote in page text: exact, normalised, fuzzy, or not located."""

from apps.domain.evidence.layout import Block, Kind, Layout
from apps.domain.evidence.locate import NOT_LOCATED, EmptyQuoteError, Location, QuoteFinder, locate
from apps.domain.evidence.spelling import normalise, without_typesetting
from apps.domain.evidence.tables import table_rows
from apps.domain.evidence.words import PageWords, Word, page_text

__all__ = [
    "NOT_LOCATED",
    "Block",
    "EmptyQuoteError",
    "Kind",
    "Layout",
    "Location",
    "PageWords",
    "QuoteFinder",
    "Word",
    "locate",
    "normalise",
    "page_text",
    "table_rows",
    "without_typesetting",
]
