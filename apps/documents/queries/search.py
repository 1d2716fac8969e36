"""Find pages by their words, by their meaning, or by both.

The words go through PostgreSQL's English stemmer. Under row-level security the planner may not use the index for `@@` (the
operator is not leakproof), so candidates come from the function `search_pages`, which runs as the tables' owner, may only
read the search table, and filters by the tenant of the transaction itself. Titles and snippets are then read as everybody
reads them, under the policies. How pages are found by meaning is told in `meaning.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.documents.enums import SearchMode
from apps.documents.queries import meaning
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
_FUSION = 60  # of reciprocal rank fusion: so many ranks count for little against standing in both lists
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
    similarity: float | None = None  # of the page's nearest passage, when meaning was asked for and it is near enough

    @property
    def html(self) -> SafeString:
        """The snippet with its matches in <mark>, everything else escaped."""
        marked = [f"<mark>{escape(p)}</mark>" if i % 2 else escape(p) for i, p in enumerate(self.pieces)]
        return mark_safe("".join(marked))  # noqa: S308 -- each piece is escaped above

    @property
    def has_words(self) -> bool:
        """Whether a match is marked: a page found by its meaning alone has none."""
        return len(self.pieces) > 1

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
    mode: SearchMode = SearchMode.WORDS

    @property
    def is_capped(self) -> bool:
        return self.total >= MAX_RANKED

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page * PER_PAGE < self.total else None


def search(*, text: str, filters: Filters = ALL, page: int = 1, mode: SearchMode = SearchMode.WORDS) -> Found:
    """The pages of the desk's documents that match `text`, best first.

    By words, all must occur; "quoted words" stand together; -word must not occur; `momen*` finds beginnings; `or` gives a
    choice. By meaning, a passage of the page says much the same. By both, each page counts by its ranks in the two lists.
    Raises BadSearchError, MeaningOffError.
    """
    page = max(1, min(page, MAX_RANKED // PER_PAGE))
    if mode == SearchMode.WORDS:
        words = _Words(*search_terms(text)).require()
        places, total = words.places(document_ids(filters), limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        return Found(_hits(places, {}, words, set(places)), total, page)
    clean = _clean(text)
    among = document_ids(filters)
    near = {(n.document_id, n.number): n for n in meaning.nearest_pages(text=clean, among=among)}
    stated = _Words(*search_terms(clean)) if mode == SearchMode.BOTH else None
    by_words = stated.places(among, limit=MAX_RANKED, offset=0)[0] if stated and stated.asks() else []
    ranked = _fused(list(near), by_words)[:MAX_RANKED]
    shown = ranked[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Found(_hits(shown, near, stated, set(by_words)), len(ranked), page, mode)


Place = tuple[UUID, int]


def _fused(*lists: list[Place]) -> list[Place]:
    """Reciprocal rank fusion; equal scores in the order of the documents."""
    scores: dict[Place, float] = {}
    for places in lists:
        for rank, place in enumerate(places, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (_FUSION + rank)
    return sorted(scores, key=lambda place: (-scores[place], str(place[0]), place[1]))


def _hits(
    shown: list[Place], near: dict[Place, meaning.Near], words: _Words | None, by_words: set[Place]
) -> tuple[Hit, ...]:
    """A page that has the words shows them; any other shows the passage that comes nearest."""
    worded = words.snippets([place for place in shown if place in by_words]) if words else {}
    lacking = [near[place] for place in shown if place not in worded]
    meant = meaning.passages(lacking) if lacking else {}
    hits = []
    for place in shown:
        title, pieces = worded[place] if place in worded else (meant[place][0], (meant[place][1],))
        similarity = near[place].similarity if place in near else None
        hits.append(Hit(place[0], title, place[1], pieces, similarity))
    return tuple(hits)


@dataclass(frozen=True, slots=True)
class _Words:
    """A search by words, as SQL of a tsquery and what fills its placeholders."""

    query: str
    terms: list[str]

    def require(self) -> _Words:
        """Itself; raises BadSearchError when it asks for nothing."""
        if not self.asks():
            raise BadSearchError(
                "Nothing to look for: very common words and words to leave out are not enough. Add a word."
            )
        return self

    def asks(self) -> bool:
        """Whether anything must occur."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT querytree({self.query})", self.terms)
            return (cursor.fetchone() or ("",))[0] not in {"", "T"}

    def places(self, among: list[UUID] | None, *, limit: int, offset: int) -> tuple[list[Place], int]:
        """Pages, best first, and how many there are up to MAX_RANKED."""
        with connection.cursor() as cursor:
            wanted: list[Any] = [*self.terms, among, MAX_RANKED, limit, offset]
            cursor.execute(_RANKED.format(query=self.query), wanted)
            rows = cursor.fetchall()
        return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0

    def snippets(self, places: list[Place]) -> dict[Place, tuple[str, tuple[str, ...]]]:
        """Title and snippet of each page."""
        with connection.cursor() as cursor:
            wanted: list[Any] = [*self.terms, _HEADLINE, [p[0] for p in places], [p[1] for p in places]]
            cursor.execute(_SNIPPETS.format(query=self.query), wanted)
            return {(row[0], row[1]): (row[2], _pieces(row[3])) for row in cursor.fetchall()}


def _pieces(headline: str) -> tuple[str, ...]:
    return tuple(re.split(f"[{_BEGIN}{_END}]", " ".join(headline.replace(_GAP, " … ").split())))


def _clean(text: str) -> str:
    """Without control characters, and of a length that is answered. Raises BadSearchError."""
    clean = re.sub(r"[\x00-\x1f]", " ", text).strip()
    if not clean:
        raise BadSearchError("Write a word to look for.")
    if len(clean) > _LONGEST_QUERY:
        raise BadSearchError(f"A search has at most {_LONGEST_QUERY} characters. Keep the words that matter.")
    return clean


def search_terms(text: str) -> tuple[str, list[str]]:
    """SQL of a tsquery made of constants and placeholders, and what fills them. Raises BadSearchError."""
    clean = _clean(text)
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
