"""Scanned pages: read by text recognition where it is installed, else shown as pictures; never silently."""

from __future__ import annotations

import os
import shutil

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.adapters import recognise
from apps.documents.enums import PageOrigin
from apps.domain.evidence import locate, page_text
from tests.documents import files

TABLE = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
4\t1\t1\t1\t1\t0\t300\t300\t900\t50\t-1\t
5\t1\t1\t1\t1\t1\t300\t300\t200\t50\t96.5\tHold
5\t1\t1\t1\t1\t2\t520\t300\t80\t50\t90.5\tthe
5\t1\t1\t1\t2\t1\t300\t400\t300\t50\t83\tindex
5\t1\t1\t1\t2\t2\t700\t400\t30\t50\t12\t|~
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A tesseract that answers with a table, as the real one does on its output."""

    def install(script):
        program = tmp_path / "bin" / "tesseract"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    (tmp_path / "table.tsv").write_text(TABLE)
    install(f"cat {tmp_path / 'table.tsv'}")
    return install


@pytest.fixture
def without_tesseract(tmp_path, monkeypatch):
    if shutil.which("tesseract"):
        monkeypatch.setenv("PATH", str(tmp_path))


def upload(actor, content):
    return services.upload(file=ContentFile(content), file_name="scan.pdf", actor=actor, at=timezone.now()).document


def test_scanned_page_without_recognition_is_a_picture_and_says_so(alice, run_jobs, client_of, without_tesseract):
    document = upload(alice, files.scan("Hold the index."))
    run_jobs()
    client = client_of(alice)
    page = client.get(f"/documents/{document.id}/").content.decode()

    assert [p.origin for p in queries.page_sizes(document_id=document.id)] == [PageOrigin.FILE, PageOrigin.PICTURE]
    assert "1 page scanned, no text" in page
    assert client.get(f"/api/v1/documents/{document.id}/pages/2").json()["origin"] == "picture"


def test_scanned_page_is_recognised_flagged_and_searchable(alice, run_jobs, client_of, stand_in):
    document = upload(alice, files.scan("Hold the index."))
    run_jobs()
    _, second = queries.pages_of(document_id=document.id)
    page = client_of(alice).get(f"/documents/{document.id}/").content.decode()

    assert page_text(second) == "Hold the\nindex"
    assert (second.words[0].x0, second.words[0].y1) == (72, 84)
    assert queries.page_sizes(document_id=document.id)[1].confidence == pytest.approx(0.9)
    assert queries.search(text="index").total == 1
    assert "1 page read by text recognition" in page
    assert "Text recognition, 90% sure" in page


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo nonsense",
        "true",
        "printf 'a\\tb\\n5\\t1\\n'",
        "printf 'a\\n5\\ta\\ta\\ta\\ta\\ta\\ta\\ta\\ta\\ta\\ta\\ta\\n'",
    ],
)
def test_recognition_that_fails_leaves_a_picture(alice, run_jobs, stand_in, script):
    stand_in(script)
    document = upload(alice, files.scan("Hold the index."))
    run_jobs()

    assert queries.page_sizes(document_id=document.id)[1].origin == PageOrigin.PICTURE


@pytest.mark.skipif(not recognise.is_installed(), reason="tesseract is not installed")
def test_stand_in_is_like_the_real_one(alice, run_jobs):
    document = upload(alice, files.scan("Hold the index above its average."))
    run_jobs()

    assert "index" in page_text(queries.pages_of(document_id=document.id)[1])


@pytest.mark.skipif(not recognise.is_installed(), reason="tesseract is not installed")
def test_real_recognition_gives_words_where_they_stand_and_figures_as_they_are(alice, run_jobs):
    sentence = "We charge 10 basis points for each trade, and the Sharpe ratio is 0.55 from 1973 to 2012."
    document = upload(alice, files.scan(f"A title of the paper.\n\n{sentence} The rest of the text goes on."))
    run_jobs()

    pages = queries.pages_of(document_id=document.id)
    located = locate(sentence, pages=pages)
    size = queries.page_sizes(document_id=document.id)[1]

    assert (located.match, located.page) == ("exact", 2)
    assert (size.origin, size.confidence > 0.8) == ("recognised", True)
    assert all(45 <= x0 < x1 <= 550 and 60 < y0 < y1 < 120 for _, x0, y0, x1, y1 in located.boxes)
    assert locate(sentence.replace("10 basis", "12 basis"), pages=pages).match == "not located"


@pytest.mark.skipif(not recognise.is_installed(), reason="tesseract is not installed")
@pytest.mark.parametrize("by", [90, 180, 270])
def test_real_recognition_of_a_scan_that_lies_on_its_side(alice, run_jobs, by):
    document = upload(alice, files.turned_scan("Hold the index above its ten-month average of prices. " * 8, by=by))
    run_jobs()

    page = queries.pages_of(document_id=document.id)[1]
    located = locate("Hold the index above its ten-month average of prices", pages=[page])
    size = queries.page_sizes(document_id=document.id)[1]

    assert located.match != "not located"
    assert all(0 <= x0 < x1 <= size.width and 0 <= y0 < y1 <= size.height for _, x0, y0, x1, y1 in located.boxes)
    if by == 180:  # the text began at the top left, so it now ends at the bottom right
        assert min(box[2] for box in located.boxes) > 0.6 * size.width
        assert max(box[2] for box in located.boxes) > 540 - 2


def test_thirty_page_pdf_is_read_and_searchable_in_three_seconds(alice, run_jobs):
    filler = "The remaining pages discuss the history of the subject without adding a rule of their own. " * 30
    began = timezone.now()
    document = upload(alice, files.pdf(*[f"{filler} Page {i}." for i in range(30)]))

    run_jobs()
    document.refresh_from_db()

    assert (document.read_at - began).total_seconds() < 3
    assert queries.search(text="history").total == 30
