"""What a page is made of: kept when it is read, told by the API, left out of the search where it only repeats."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.models import DocumentPage, PageText
from tests.documents import files

HEAD = "Meridian quarterly review of anomalies"


def upload(actor, content, name):
    return services.upload(
        file=ContentFile(content, name=name), file_name=name, actor=actor, at=timezone.now()
    ).document


@pytest.fixture
def paper(alice, run_jobs):
    """Four pages with a running head, page numbers, a table on the second."""
    import pymupdf

    with pymupdf.open() as pdf:
        for n in range(4):
            page = pdf.new_page()
            page.insert_text((72, 40), HEAD, fontsize=8)
            page.insert_text((300, 800), str(n + 1), fontsize=8)
            for i in range(12):
                page.insert_text(
                    (72, 120 + 16 * i),
                    f"Paragraph {'abcd'[n]} of the study speaks of momentum and its limits here.",
                    fontsize=11,
                )
            if n == 1:
                page.insert_text((72, 400), "Table 1. What the rule earned", fontsize=11)
                for row, cells in enumerate(
                    (("Measure", "Rule", "Index"), ("Return", "11.4%", "8.5%"), ("Sharpe", "0.97", "0.54"))
                ):
                    for column, cell in enumerate(cells):
                        page.insert_text((72 + 140 * column, 424 + 18 * row), cell, fontsize=11)
        content = pdf.tobytes()
    document = upload(alice, content, "paper.pdf")
    run_jobs()
    return document


def test_running_heads_are_searched_on_the_first_page_only_and_never_shown_beside_a_match(paper):
    by_head = queries.search(text="quarterly anomalies").hits
    by_text = queries.search(text="momentum").hits

    assert [hit.number for hit in by_head] == [1]
    assert len(by_text) == 4
    assert [HEAD in hit.text for hit in sorted(by_text, key=lambda hit: hit.number)][1:] == [False] * 3


def test_running_head_is_still_found_in_the_document_on_every_page(paper):
    found = queries.find_in_document(document_id=paper.id, text=HEAD)

    assert ([place.number for place in found.places], found.as_written) == ([1, 2, 3, 4], True)


def test_api_tells_blocks_with_boxes_and_a_table_by_its_cells(paper, alice, client_of):
    page = client_of(alice).get(f"/api/v1/documents/{paper.id}/pages/2").json()

    kinds = [block["kind"] for block in page["blocks"]]
    [table] = [block for block in page["blocks"] if block["kind"] == "table"]

    assert {"header", "text", "caption", "table", "footer"} == set(kinds)
    assert table["rows"] == [["Measure", "Rule", "Index"], ["Return", "11.4%", "8.5%"], ["Sharpe", "0.97", "0.54"]]
    assert [block["rows"] for block in page["blocks"] if block["kind"] != "table"] == [None] * (len(kinds) - 1)
    assert all(0 <= b["box"][0] < b["box"][2] <= page["width"] and b["box"][1] < b["box"][3] for b in page["blocks"])


def test_pages_read_before_blocks_were_kept_are_judged_when_asked(paper):
    kept = queries.blocks_of_page(document_id=paper.id, number=2)
    DocumentPage.objects.update(blocks=None)

    assert queries.blocks_of_page(document_id=paper.id, number=2) == kept
    assert queries.blocks_of_page(document_id=paper.id, number=9) == []


def test_other_desk_is_told_nothing_of_the_structure(paper, charlie, client_of):
    assert client_of(charlie).get(f"/api/v1/documents/{paper.id}/pages/2").status_code == 404


def test_pages_that_say_the_same_are_all_found(alice, run_jobs):
    upload(alice, files.pdf(*["The whole page is this line."] * 8), "same.pdf")
    run_jobs()

    assert queries.search(text="whole line").total == 8


def test_running_head_beyond_the_pages_that_are_written_together_is_left_out_too(alice, run_jobs):
    import pymupdf

    with pymupdf.open() as pdf:
        for n in range(21):
            page = pdf.new_page()
            page.insert_text((72, 40), HEAD, fontsize=8)
            for i in range(6):
                page.insert_text(
                    (72, 120 + 16 * i),
                    f"Words {chr(97 + n) * 5} of its own {chr(97 + i) * 4} about carry.",
                    fontsize=11,
                )
        content = pdf.tobytes()
    document = upload(alice, content, "long.pdf")
    run_jobs()

    texts = dict(PageText.objects.filter(document=document).values_list("number", "aside"))

    assert [n for n, aside in texts.items() if aside != HEAD] == [1]
