"""Give the passages of a document their vectors, after it is read and apart from reading."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.documents import queries
from apps.documents.enums import DocumentStatus
from apps.documents.models import Document, PageText, Passage
from apps.documents.queries.embedding import as_sql
from apps.jobs.services import Work, enqueue

EMBED_JOB = "documents.embed"
_WORDS, _LEAST, _SHARED = 100, 70, 30  # a passage, where it may end with a sentence, most that the next one repeats
_FEWEST = 4  # words below which a page says nothing
_LONGEST = 1_500  # characters: a hundred words without a space are a table or an attack
_PAGES_PER_WRITE = 10
_WORD = re.compile(rf"\S{{1,{_LONGEST // 10}}}")
_INSERT = """
INSERT INTO documents_passage (id, tenant_id, document_id, number, starts_at, ends_at, model, embedding)
VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s::halfvec(384))
"""

ADD_VECTORS = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector')
    OR EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'documents_passage'::regclass AND attname = 'bits')
  THEN
    RETURN;
  END IF;
  ALTER TABLE documents_passage ADD COLUMN embedding halfvec(384) NOT NULL;
  ALTER TABLE documents_passage ADD COLUMN bits bit(384) NOT NULL
    GENERATED ALWAYS AS (binary_quantize(embedding)::bit(384)) STORED;
  CREATE INDEX passage_signs ON documents_passage (tenant_id, model, document_id)
    INCLUDE (id, number, starts_at, ends_at, bits);
END $$
"""
"""The columns that need pgvector, where it is there; asked for by the owner of the tables. Running it again changes nothing.

The index holds the signs beside the tenant: searching reads those of a desk from it alone, a fifth of the rows' size.
"""


def queue_embedding(*, document: Document, requested_by_id: UUID | None, at: datetime) -> None:
    """Queue the job for a document that has just been read; nothing where search by meaning is off."""
    if not queries.meaning_is_off_because():
        enqueue(
            kind=EMBED_JOB,
            tenant_id=document.tenant_id,
            subject_id=document.id,
            plan={},
            requested_by_id=requested_by_id,
            at=at,
        )


def embed_read_document(work: Work) -> None:
    """The job: the vectors of one document, of pages as they stand now."""
    embed_document(document_id=work.subject_id, scope=work.scope, progress=work.progress)


def embedding_failed(work: Work, code: str, message: str) -> None:
    """Nothing of the document changes: it is found by its words, and `manage.py embed_documents` does it again."""


def embed_document(
    *,
    document_id: UUID,
    scope: Callable[[], AbstractContextManager[None]],
    progress: Callable[[int, int, str], None],
    again: bool = False,
) -> int:
    """Replace a document's passages by those of the present model; how many there are. Nothing to do is 0.

    `scope` opens a transaction of the desk: computing stands between two of them. Until the end the document is found by what
    is in. Raises MeaningOffError.
    """
    with scope():
        if why := queries.meaning_is_off_because():
            raise queries.MeaningOffError(why)
        model = queries.embedder()
        document = Document.objects.filter(id=document_id, status=DocumentStatus.READ).first()
        if document is None or (document.embedded_by == model.name and not again):
            return 0
        numbers = list(PageText.objects.filter(document_id=document_id).values_list("number", flat=True))
        Passage.objects.filter(document_id=document_id).exclude(number__in=numbers).delete()
    written = 0
    for first in range(0, len(numbers), _PAGES_PER_WRITE):
        some = numbers[first : first + _PAGES_PER_WRITE]
        with scope():
            texts = list(
                PageText.objects.filter(document_id=document_id, number__in=some).values_list("number", "text")
            )
        rows = [
            (document.tenant_id, document_id, number, begin, end, model.name, as_sql(model.embed(text[begin:end])))
            for number, text in texts
            for begin, end in passages_of(text)
        ]
        with scope():
            Passage.objects.filter(document_id=document_id, number__in=some).delete()
            if rows:
                with connection.cursor() as cursor:
                    cursor.executemany(_INSERT, rows)
        written += len(rows)
        done = first + len(some)
        progress(done, len(numbers), f"{done} of {len(numbers)} pages searchable by meaning")
    with scope():
        Document.objects.filter(id=document_id, status=DocumentStatus.READ).update(embedded_by=model.name)
    return written


def passages_of(text: str) -> Iterator[tuple[int, int]]:
    """Where the passages of a text begin and end: about a hundred words, in whole sentences where these are near.

    The last sentences of one are the first of the next, so that what is said across an end is said in one of them.
    """
    words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    ends = [n for n, (_, end) in enumerate(words, start=1) if text[end - 1] in ".!?"]
    first = 0
    while len(words) - first >= _FEWEST:
        last = min(first + _WORDS, len(words))
        if last < len(words):
            last = _last(ends, first + _LEAST, last) or last
        begin, end = words[first][0], words[last - 1][1]
        yield begin, min(end, begin + _LONGEST)
        if last == len(words):
            return
        shared = bisect_left(ends, last - _SHARED)
        first = ends[shared] if shared < len(ends) and ends[shared] <= last else last - _SHARED // 2


def _last(ends: list[int], least: int, most: int) -> int:
    found = bisect_right(ends, most)
    return ends[found - 1] if found and ends[found - 1] >= least else 0
