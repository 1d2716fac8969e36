"""Search by meaning with a model that anybody can compute in their head."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection


class Signs:
    """A model of three letters: which of a, b, c a text begins with. For what does not rest on the real one's judgement."""

    name = "signs/1"

    def embed(self, text):
        vector = np.full(384, 0.01, dtype=np.float32)
        vector["abc".find(text[:1]) if text[:1] in "abc" else 3] = 1
        return vector / np.linalg.norm(vector)


@pytest.fixture
def signs(db, settings, pgvector):
    from apps.documents import queries
    from apps.documents.receivers import register_model

    settings.SEARCH_BY_MEANING = True
    queries.register_embedder(missing=lambda: "", load=Signs)
    yield
    register_model()


@pytest.fixture
def pgvector(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if cursor.fetchone() is None:
            pytest.skip("this PostgreSQL has no pgvector")
