"""What a text means as numbers: the port behind which a local model stands, and whether one does.

Search by meaning needs the model (two optional wheels), the extension `vector` in the database, and the setting
SEARCH_BY_MEANING not to be off. Where one is missing everything else works, and pages and API say which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

N_DIMENSIONS = 384
_HAS_VECTORS = "SELECT 1 FROM pg_attribute WHERE attrelid = 'documents_passage'::regclass AND attname = 'bits' AND NOT attisdropped"


class Embedder(Protocol):
    """A model. Texts that mean much the same get vectors with a small angle between them."""

    @property
    def name(self) -> str:
        """The model and its version; vectors of two names are never compared."""

    def embed(self, text: str) -> NDArray[np.float32]:
        """N_DIMENSIONS numbers, of length one. What goes beyond the model's reach is cut off."""


@dataclass(frozen=True, slots=True)
class _Source:
    missing: Callable[[], str]
    load: Callable[[], Embedder]


_sources: list[_Source] = []


def register_embedder(*, missing: Callable[[], str], load: Callable[[], Embedder]) -> None:
    """Name the model; called once, when the app is ready. `missing` tells which package it lacks, or nothing."""
    _sources[:] = [_Source(missing, load)]
    embedder.cache_clear()


@cache
def embedder() -> Embedder:
    """The model, loaded once in a process. Ask `meaning_is_off_because` first."""
    return _sources[0].load()


def meaning_is_off_because() -> str:
    """Why nothing can be searched by meaning here, as a sentence; empty when it can."""
    if not settings.SEARCH_BY_MEANING:
        return "Search by meaning is switched off in the settings of this platform."
    if lacks := _sources[0].missing():
        return f"Search by meaning is off: the package {lacks} is not installed."
    return "" if database_has_vectors() else "Search by meaning is off: the database lacks the extension “vector”."


def database_has_vectors() -> bool:
    """Whether passages have the columns that only pgvector knows."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS_VECTORS)
        return cursor.fetchone() is not None


def as_sql(vector: NDArray[np.float32]) -> str:
    """The text that pgvector reads."""
    if vector.shape != (N_DIMENSIONS,):
        raise ValueError(f"A vector of {N_DIMENSIONS} numbers is stored, not one of shape {vector.shape}.")
    return f"[{','.join(f'{x:.5f}' for x in vector.tolist())}]"
