"""Documents of the gold set through the platform: uploaded, read, reviewed."""

from __future__ import annotations

from io import BytesIO

import pymupdf
import pytest
from django.core.files.base import File
from django.utils import timezone

from apps.documents import services as documents
from apps.strategies import queries
from apps.strategies.evaluation import gold_set

pytestmark = pytest.mark.django_db
KINDS = {
    "01-": "sorted",
    "11-": "pairs",
    "13-": "per_asset",
    "19-": "sorted",
    "25-": "per_asset",
    "31-": "all",
    "33-": "top_n",
}


def pdf_of(text: str) -> bytes:
    """The text as a page that a person could have printed."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_textbox(pymupdf.Rect(60, 60, 540, 780), text.replace("# ", ""), fontsize=10)
        return bytes(document.tobytes())


@pytest.mark.parametrize("number", KINDS)
def test_document_becomes_a_draft_that_can_be_reviewed(desk, alice, market_data, run_jobs, client_of, number):
    gold = next(gold for gold in gold_set() if gold.slug.startswith(number))
    file = File(BytesIO(pdf_of(gold.text)), name=f"{gold.slug}.pdf")

    stored = documents.upload(file=file, file_name=f"{gold.slug}.pdf", actor=alice, at=timezone.now()).document
    run_jobs()

    strategy = queries.strategies(document_id=stored.id).get()
    client = client_of(alice)
    assert queries.draft_of(strategy).selection.kind == KINDS[number]
    assert client.get(f"/strategies/{strategy.id}/review/").status_code == 200
    assert client.get(f"/strategies/{strategy.id}/").status_code == 200
    assert client.get(f"/api/v1/strategies/{strategy.id}").json()["draft"]["selection"]["kind"] == KINDS[number]
