"""Find pages by their words.

The words go through PostgreSQL's English stemmer. Under row-level security the planner may not use the index for `@@` (the
operator is not leakproof), so candidates come from the function `search_pages`, which runs as the tables' owner, may only
read the search table, and filters by the tenant of the transaction itself. Titles and snippets are then read as everybody
reads them, under the policies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.documents.queries.rows import ALL, Filters, document_ids
from apps.domain.errors import DomainError

MAX_RANKED = 500  # so many pages are ranked; a word on more pages than that is not worth ordering
PER_PAGE = 20
_LONGEST_QUERY, _MOST_TERMS, _SHORTEST_PREFIX, _SHORTEST_STEM = 200, 24, 3, 5
_TERM = re.compile(r'-?"[^"]*"?|\S+')
_TWO_STEMS = re.compile(
    r"-?(\w+[ae]nc)(?:e|es|ed|ing|er|ers)", re.IGNORECASE
)  # rebalance and rebalanced: two stems to Snowball
_BEGIN, _END, _GAP = "\x02", "\x03", "\x04"  # around what was found; neither survives in a page's text
_HEADLINE = f"StartSel={_BEGIN}, StopSel={_END}, MaxFragments=2, MaxWords=26, MinWords=12, FragmentDelimiter={_GAP}"

_RANKED = """
SELECT found.document_id, found.number, count(*) OVER ()
FROM search_pages({query}, %s::uuid[], %s) found
ORDER BY found.rank DESC, found.document_id, found.number LIMIT %s OFFSET %s
"""
_SNIPPETS = """
SELECT t.document_id, t.number, d.title, ts_headline('english', t.text, {query}, %s)
FROM documents_pagetext t JOIN documents_document d ON d.tenant_id = t.tenant_id AND d.id = t.document_id
JOIN unnest(%s::uuid[], %s::integer[]) wanted (document_id, number)
  ON t.document_id = wanted.document_id AND t.number = wanted.number
WHERE t.tenant_id = (SELECT current_tenant())
"""


class BadSearchError(DomainError):
    """The search cannot be understood; the message says what to write instead."""

    code = "bad_search"


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found. `pieces` are texts of the snippet, in turn beside and inside a match."""

    document_id: UUID
    title: str
    number: int
    pieces: tuple[str, ...]

    @property
    def html(self) -> SafeString:
        """The snippet with its matches in <mark>, everything else escaped."""
        marked = [f"<mark>{escape(p)}</mark>" if i % 2 else escape(p) for i, p in enumerate(self.pieces)]
        return mark_safe("".join(marked))  # noqa: S308 -- each piece is escaped above

    @property
    def text(self) -> str:
        """The snippet as plain words."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, best first. `total` stops counting at MAX_RANKED."""

    hits: tuple[Hit, ...]
    total: int
    page: int

    @property
    def is_capped(self) -> bool:
        return self.total >= MAX_RANKED

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page * PER_PAGE < self.total else None


def search(*, text: str, filters: Filters = ALL, page: int = 1) -> Found:
    """The pages of the desk's documents that match `text`, best first.

    Words must all occur; "quoted words" stand together; -word must not occur; `momen*` finds beginnings; `or` gives a choice.
    Raises BadSearchError.
    """
    query, terms = search_terms(text)
    ids = document_ids(filters)
    page = max(1, min(page, MAX_RANKED // PER_PAGE))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT querytree({query})", terms)
        if (cursor.fetchone() or ("",))[0] in {"", "T"}:
            raise BadSearchError(
                "Nothing to look for: very common words and words to leave out are not enough. Add a word."
            )
        ranked: list[Any] = [*terms, ids, MAX_RANKED, PER_PAGE, (page - 1) * PER_PAGE]
        cursor.execute(_RANKED.format(query=query), ranked)
        places = cursor.fetchall()
        wanted: list[Any] = [*terms, _HEADLINE, [row[0] for row in places], [row[1] for row in places]]
        cursor.execute(_SNIPPETS.format(query=query), wanted)
        snippets = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
    hits = [_hit(document_id, number, *snippets[document_id, number]) for document_id, number, _ in places]
    return Found(tuple(hits), places[0][2] if places else 0, page)


def _hit(document_id: UUID, number: int, title: str, headline: str) -> Hit:
    pieces = re.split(f"[{_BEGIN}{_END}]", " ".join(headline.replace(_GAP, " … ").split()))
    return Hit(document_id, title, number, tuple(pieces))


def search_terms(text: str) -> tuple[str, list[str]]:
    """SQL of a tsquery made of constants and placeholders, and what fills them. Raises BadSearchError."""
    clean = re.sub(r"[\x00-\x1f]", " ", text).strip()
    if not clean:
        raise BadSearchError("Write a word to look for.")
    if len(clean) > _LONGEST_QUERY:
        raise BadSearchError(f"A search has at most {_LONGEST_QUERY} characters. Keep the words that matter.")
    found = _TERM.findall(clean)
    if len(found) > _MOST_TERMS:
        raise BadSearchError(f"A search has at most {_MOST_TERMS} words. Keep the words that matter.")
    choices: list[list[str]] = [[]]
    for term in found:
        if term.lower() == "or":
            choices.append([])
        else:
            choices[-1].append(term)
    parts, values = [], []
    for choice in choices:
        sql, filled = _all_of(choice)
        parts.append(f"({sql})")
        values += filled
    return " || ".join(parts), values


def _all_of(terms: list[str]) -> tuple[str, list[str]]:
    """Prefixes and words with two stems become parts of their own; the rest is PostgreSQL's web search syntax."""
    plain: list[str] = []
    values: list[str] = []
    sql = ["websearch_to_tsquery('english', %s)"]
    for term in terms:
        if (special := _special(term)) is None:
            plain.append(term)
        else:
            part = "(to_tsquery('english', %s) || to_tsquery('simple', %s))"
            sql.append(f"!!{part}" if term.startswith("-") else part)
            values += special
    return " && ".join(sql), [" ".join(plain), *values]


def _special(term: str) -> tuple[str, str] | None:
    """What a term asks of the English stemmer, and which stems it names outright."""
    if '"' in term:
        return None
    if term.endswith("*"):
        words = re.findall(r"\w+", term.lower())
        if len("".join(words)) < _SHORTEST_PREFIX:
            raise BadSearchError(f"Write at least {_SHORTEST_PREFIX} letters before the *.")
        # "reversa*" means reversal, whose stem "revers" is shorter than what was typed
        shorter = [words[0][:-n] for n in (1, 2, 3) if len(words) == 1 and len(words[0]) - n >= _SHORTEST_STEM]
        return " <-> ".join(words) + ":*", " | ".join(shorter)
    if base := _TWO_STEMS.fullmatch(term):
        return f"{base[1]}e | {base[1]}ed", ""
    return None
