"""Words with their boxes: on the page as it is shown, and found by what is written there."""

from __future__ import annotations

import io

import pymupdf
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from apps.documents import queries, services
from tests.documents import files


def upload(actor, content, name):
    return services.upload(
        file=ContentFile(content, name=name), file_name=name, actor=actor, at=timezone.now()
    ).document


def turned(degrees, *, crop=False):
    """A page that is shown turned, with one sentence set so that it does not cross the crop."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.insert_text((60, 120), "Hold the index above its average", fontsize=14)
    if crop:
        page.set_cropbox(pymupdf.Rect(40, 60, 380, 560))
    page.set_rotation(degrees)
    return document.tobytes()


def ink(image, box, scale):
    """How dark the darkest pixel within a box of the page's image is."""
    x0, y0, x1, y1 = (round(v * scale) for v in box)
    return min(image.crop((x0, y0, max(x0 + 1, x1), max(y0 + 1, y1))).convert("L").tobytes())


@pytest.mark.parametrize("crop", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_word_boxes_of_a_turned_page_lie_on_the_ink(alice, run_jobs, degrees, crop):
    document = upload(alice, turned(degrees, crop=crop), "turned.pdf")
    run_jobs()

    page = queries.page(document_id=document.id, number=1)
    name = queries.image_name(document_id=document.id, number=1)
    image = Image.open(io.BytesIO(b"".join(services.chunks_of(name))))
    scale = image.width / page.width

    boxes = [word[1:5] for word in page.words]
    assert [word[0] for word in page.words] == ["Hold", "the", "index", "above", "its", "average"]
    assert all(0 <= x0 < x1 <= page.width and 0 <= y0 < y1 <= page.height for x0, y0, x1, y1 in boxes)
    assert max(ink(image, box, scale) for box in boxes) < 90
    covered = pymupdf.Rect(boxes[0])
    for box in boxes:
        covered |= pymupdf.Rect(box)
    outside = image.convert("L").copy()
    outside.paste(255, tuple(round(v * scale) for v in covered))
    assert min(outside.tobytes()) > 200


@pytest.fixture
def paper(alice, run_jobs):
    document = upload(
        alice,
        files.pdf(
            "The effect of momentum. Momentum is bought when it is strong; the mo-\nmentum of losers is sold.",
            "Volatility rises.\nWe use a ten-month moving\naverage of the index.",
            "Nothing here. Rebalancing is done monthly.",
        ),
        "paper.pdf",
    )
    run_jobs()
    return document


def found(document, text):
    return queries.find_in_document(document_id=document.id, text=text)


FINDS = [
    ("momentum", [1, 1, 1]),  # the third is broken by the line's end
    ("MOMENT", [1, 1, 1]),
    ("e\ufb00ect of", [1]),
    ("ten-month moving average", [2]),
    ("ten\u2010month  moving\naverage", [2]),
    ("index.", [2]),
    ("absent", []),
    ("", []),
    ("   ", []),
    ("%_", []),
    ("\x00", []),
]


@pytest.mark.parametrize(("text", "pages"), FINDS, ids=[repr(text) for text, _ in FINDS])
def test_find_answers_where_the_text_stands(paper, text, pages):
    answer = found(paper, text)

    assert [place.number for place in answer.places] == pages
    assert answer.as_written


def test_find_over_two_lines_gives_a_box_for_each(paper):
    [place] = found(paper, "ten-month moving average").places
    words = {w[0]: w for w in queries.page(document_id=paper.id, number=2).words}

    assert len(place.boxes) == 2
    assert place.boxes[0][0] == words["ten-month"][1]
    assert place.boxes[1][2] == words["average"][3]


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("rebalanced", [3]),
        ("monthly rebalance", [3, 3]),
        ("volatil*", [2]),
        ("rise -losers", [2]),
        ("momentum losers", [1, 1, 1]),
        ("losers volatility", []),
    ],
)
def test_find_falls_back_to_the_words_that_a_search_matches(paper, text, pages):
    answer = found(paper, text)

    assert [place.number for place in answer.places] == pages
    assert answer.as_written == (not pages)


def test_find_stops_counting(alice, run_jobs):
    document = upload(alice, ("alpha " * 700).encode(), "many.txt")
    run_jobs()

    answer = found(document, "alpha")

    assert (len(answer.places), answer.is_capped) == (queries.MAX_PLACES, True)


@pytest.mark.parametrize("kind", ["docx", "html", "txt"])
def test_find_works_in_every_format(alice, run_jobs, kind):
    content = {
        "docx": files.docx,
        "html": lambda: b"<html><body><p>Hold the index above its average.</p></body></html>",
        "txt": lambda: b"Hold the index above its average.",
    }[kind]()
    document = upload(alice, content, f"paper.{kind}")
    run_jobs()

    assert [p.number for p in found(document, "above its average").places] == [1]


def test_ligature_is_found_by_its_letters(alice, run_jobs):
    document = upload(alice, "The e\ufb00ect is strong.".encode(), "ligature.txt")
    run_jobs()

    assert [p.number for p in found(document, "effect").places] == [1]


def odd_page():
    """Small, invisible and clipped-away text, and a font without a map to characters."""
    document = pymupdf.open()
    page = document.new_page(width=300, height=300)
    page.insert_text((20, 40), "tiny words of one point", fontsize=1)
    page.insert_text((20, 80), "hidden layer of a scan", fontsize=12, render_mode=3)
    page.insert_text((20, 120), "plain words", fontsize=12)
    content = document.xref_stream(page.get_contents()[-1])
    document.update_stream(page.get_contents()[-1], content + b"\nBT /Nope 12 Tf 20 140 Td (broken) Tj ET")
    return document.tobytes()


def test_small_hidden_and_broken_text_has_boxes_within_its_page(alice, run_jobs):
    document = upload(alice, odd_page(), "odd.pdf")
    run_jobs()

    page = queries.page(document_id=document.id, number=1)
    assert all(0 <= w[1] <= w[3] <= page.width and 0 <= w[2] <= w[4] <= page.height for w in page.words)
    [tiny] = found(document, "one point").places
    assert tiny.boxes[0][3] - tiny.boxes[0][1] < 2
    assert found(document, "hidden layer of a scan").places == (), "what nobody sees is not read"


def test_doors_answer_the_desk_and_nobody_else(paper, viewer, charlie, client_of, stranger):
    words, find = f"/api/v1/documents/{paper.id}/pages/1/words", f"/api/v1/documents/{paper.id}/find"

    client = client_of(viewer)
    body = client.get(words).json()
    assert (body["number"], body["words"][0][0]) == (1, "The")
    assert client.get(words)["Cache-Control"].startswith("private")
    assert [item["number"] for item in client.get(find, {"q": "momentum"}).json()["items"]] == [1, 1, 1]
    assert client.get(words.replace("/1/", "/9/")).status_code == 404
    for other, status in ((client_of(charlie), 404), (stranger, 401)):
        assert other.get(words).status_code == status
        assert other.get(find, {"q": "momentum"}).status_code == status


def test_thumbnail_is_small_and_kept_by_the_browser(paper, alice, client_of):
    client = client_of(alice)
    address = f"/documents/{paper.id}/pages/1.webp"

    whole, small = client.get(address), client.get(address + "?small")

    assert Image.open(io.BytesIO(small.content)).width == 144
    assert len(small.content) < len(whole.content)
    assert "immutable" in small["Cache-Control"]
