"""Find passages by what they mean.

Only the passages of the desk are looked at, all of them: an index of nearest neighbours over every desk would be asked by
each and answer a small desk with what is left after the others' passages are taken out, slowly and not with its nearest
(docs/benchmarks.md). Instead the signs of the numbers are compared first, 48 bytes a passage, which drops all but the
nearest two thousand, and are read from an index that begins with the tenant; those are ranked by the numbers themselves.
Neither step filters by an operator that is not leakproof, so the ordinary policies hold without an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.documents.enums import DocumentStatus
from apps.documents.models import Document
from apps.documents.queries.embedding import as_sql, embedder, meaning_is_off_because
from apps.domain.errors import DomainError

LEAST_SIMILARITY = 0.20
"""Cosine below which a passage says something else; chosen on the questions of tests/documents/meaning.py."""
_BY_SIGNS, _RANKED, _MOST_WORDS = 2000, 500, 60

_NEAREST = """
WITH near AS MATERIALIZED (
  SELECT id, document_id, number, starts_at, ends_at FROM documents_passage
  WHERE tenant_id = (SELECT current_tenant()) AND model = %(model)s
    AND (%(among)s::uuid[] IS NULL OR document_id = ANY (%(among)s::uuid[]))
  ORDER BY bits <~> binary_quantize(%(asked)s::halfvec(384))::bit(384) LIMIT %(by_signs)s
), ranked AS MATERIALIZED (
  SELECT document_id, number, starts_at, ends_at, 1 - (
    SELECT p.embedding <=> %(asked)s::halfvec(384) FROM documents_passage p WHERE p.id = near.id
  )::real AS similarity FROM near
), best AS (
  SELECT DISTINCT ON (document_id, number) * FROM ranked WHERE similarity >= %(least)s
  ORDER BY document_id, number, similarity DESC
)
SELECT * FROM best ORDER BY similarity DESC, document_id, number LIMIT %(ranked)s
"""
# The planner takes the rows for as cheap as the index; they are four times its size.
_FROM_THE_INDEX = "SET LOCAL enable_seqscan = {0}; SET LOCAL enable_bitmapscan = {0}"
_PASSAGES = """
SELECT t.document_id, t.number, d.title, substr(t.text, wanted.starts_at + 1, wanted.ends_at - wanted.starts_at)
FROM documents_pagetext t JOIN documents_document d ON d.tenant_id = t.tenant_id AND d.id = t.document_id
JOIN unnest(%s::uuid[], %s::integer[], %s::integer[], %s::integer[]) wanted (document_id, number, starts_at, ends_at)
  ON t.document_id = wanted.document_id AND t.number = wanted.number
WHERE t.tenant_id = (SELECT current_tenant())
"""


class MeaningOffError(DomainError):
    """Nothing can be searched by meaning on this platform; the message says what is missing."""

    code = "meaning_off"
    status = 409


@dataclass(frozen=True, slots=True)
class Near:
    """The passage of a page that comes nearest to what was asked. `similarity` is a cosine, at most 1."""

    document_id: UUID
    number: int
    starts_at: int
    ends_at: int
    similarity: float


def nearest_pages(*, text: str, among: list[UUID] | None) -> list[Near]:
    """The pages whose passages mean what `text` says, nearest first, each with its nearest passage. Raises MeaningOffError."""
    if why := meaning_is_off_because():
        raise MeaningOffError(why)
    model = embedder()
    asked = {"asked": as_sql(model.embed(text)), "model": model.name, "among": among}
    with connection.cursor() as cursor:
        cursor.execute(_FROM_THE_INDEX.format("off"))
        cursor.execute(_NEAREST, asked | {"by_signs": _BY_SIGNS, "ranked": _RANKED, "least": LEAST_SIMILARITY})
        rows = cursor.fetchall()
        cursor.execute(_FROM_THE_INDEX.format("on"))
    return [Near(*row) for row in rows]


def passages(places: list[Near]) -> dict[tuple[UUID, int], tuple[str, str]]:
    """The title and the first words of each passage, by document and page."""
    columns = [[getattr(p, name) for p in places] for name in ("document_id", "number", "starts_at", "ends_at")]
    with connection.cursor() as cursor:
        cursor.execute(_PASSAGES, columns)
        return {(row[0], row[1]): (row[2], _beginning(row[3])) for row in cursor.fetchall()}


def n_without_meaning() -> int:
    """How many of the desk's documents are read but not yet searched by meaning."""
    return _without_meaning().filter(deleted_at__isnull=True).count()


def documents_to_embed(*, again: bool) -> list[UUID]:
    """The documents that lack the vectors of the present model, or `again` all that are read; oldest first."""
    wanted = Document.objects.filter(status=DocumentStatus.READ) if again else _without_meaning()
    return list(wanted.order_by("created_at", "id").values_list("id", flat=True))


def _without_meaning() -> QuerySet[Document]:
    return Document.objects.filter(status=DocumentStatus.READ).exclude(embedded_by=embedder().name)


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else "")
