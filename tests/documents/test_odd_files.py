"""Files out of the ordinary: what nobody sees is not read, what is odd is told, and nothing in a file is ever run."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.adapters.pdf import DamagedDocumentError, Limits, TooHeavyError, TooManyPagesError, read_file
from apps.documents.enums import Flag
from apps.domain.evidence import locate
from tests.documents import files, odd_pdfs

LIMITS = Limits(max_pages=2000, max_bytes=2 * 1024**3, max_seconds=60)


def read(tmp_path, content, media_type="application/pdf"):
    path = tmp_path / "file"
    path.write_bytes(content)
    return list(read_file(path, media_type=media_type, limits=LIMITS))


def pages_of(messages):
    return [m for m in messages if "page" in m]


def text_of(page):
    return " ".join(word[0] for word in page["words"])


@pytest.mark.parametrize("make", [odd_pdfs.invisible, odd_pdfs.white_on_white, odd_pdfs.off_the_page])
def test_text_that_nobody_sees_is_left_out_and_that_is_told(tmp_path, make):
    (page,) = pages_of(read(tmp_path, make()))

    assert text_of(page) == odd_pdfs.PLAIN
    assert page["flags"] == ([] if make is odd_pdfs.off_the_page else [Flag.HIDDEN_TEXT])


def test_white_text_on_a_dark_ground_is_read(tmp_path):
    (page,) = pages_of(read(tmp_path, odd_pdfs.white_on_dark()))

    assert (text_of(page), page["flags"]) == (f"{odd_pdfs.PLAIN} {odd_pdfs.SECRET}", [])


def test_text_under_a_scanned_picture_is_text_recognition_of_somebody_else(tmp_path):
    (page,) = pages_of(read(tmp_path, odd_pdfs.scan_with_text_under_it()))

    assert (text_of(page), page["origin"], page["confidence"]) == (odd_pdfs.PLAIN, "recognised", None)


@pytest.mark.parametrize(
    ("make", "flag"),
    [
        (odd_pdfs.one_point, Flag.TINY),
        (odd_pdfs.hebrew, Flag.RIGHT_TO_LEFT),
        (odd_pdfs.without_characters, Flag.GARBLED),
        (lambda: odd_pdfs.rotated(90), Flag.ROTATED),
    ],
)
def test_odd_text_is_read_and_told(tmp_path, make, flag):
    (page,) = pages_of(read(tmp_path, make()))

    assert page["words"]
    assert page["flags"] == [flag]


@pytest.mark.parametrize(
    ("by", "box"),
    [(0, (72, 88, 300, 103)), (90, (737, 72, 753, 300)), (180, (295, 738, 523, 755)), (270, (88, 295, 104, 523))],
)
def test_words_of_a_turned_page_stand_where_the_page_shows_them(tmp_path, by, box):
    (page,) = pages_of(read(tmp_path, odd_pdfs.rotated(by)))

    x0, y0, x1, y1 = (f(word[i] for word in page["words"]) for f, i in ((min, 1), (min, 2), (max, 3), (max, 4)))
    assert (page["width"] > page["height"]) == (by in {90, 270})
    assert box[0] - 2 <= x0 <= x1 <= box[2] + 2
    assert box[1] - 2 <= y0 <= y1 <= box[3] + 2


def test_landscape_page_that_shows_its_text_level_is_not_told(tmp_path):
    (page,) = pages_of(read(tmp_path, odd_pdfs.landscape()))

    assert (text_of(page), page["flags"], page["width"]) == (odd_pdfs.PLAIN, [], 842)
    assert page["words"][0][1] < page["words"][-1][1]


def test_programs_in_a_file_are_told_and_never_run(tmp_path):
    messages = read(tmp_path, odd_pdfs.with_programs())

    assert messages[0]["flags"] == [Flag.ATTACHMENTS, Flag.LAUNCHES, Flag.SCRIPTS]
    assert text_of(pages_of(messages)[0]) == odd_pdfs.PLAIN


def test_form_that_draws_itself_ends(tmp_path):
    assert text_of(pages_of(read(tmp_path, odd_pdfs.recursive()))[0]) == odd_pdfs.PLAIN


def test_tree_of_pages_that_holds_itself_is_refused(tmp_path):
    with pytest.raises((DamagedDocumentError, TooHeavyError, TooManyPagesError)):
        read(tmp_path, odd_pdfs.tree_of_itself())


def test_empty_pages_are_pages_without_words(tmp_path):
    pages = pages_of(read(tmp_path, odd_pdfs.with_empty_pages()))

    assert [len(page["words"]) > 0 for page in pages] == [True, False, False]
    assert all(page["flags"] == [] for page in pages)


def test_two_thousand_pages_are_read(tmp_path):
    messages = read(tmp_path, files.many_pages(1999) and _many(2000))

    assert len(pages_of(messages)) == 2000


def _many(n):
    import pymupdf

    document = pymupdf.open()
    for number in range(n):
        document.new_page(width=200, height=200).insert_text((20, 50), f"Page {number}")
    return document.tobytes()


@pytest.mark.parametrize("name", ["note.txt", "note.docx", "note.html", "note"])
def test_name_with_another_ending_changes_nothing(alice, run_jobs, name):
    document = services.upload(
        file=ContentFile(files.pdf("Hold the index.")), file_name=name, actor=alice, at=timezone.now()
    ).document
    run_jobs()
    document.refresh_from_db()

    assert (document.media_type, document.status, document.n_pages) == ("application/pdf", "read", 1)


def test_flags_stand_on_the_page_and_in_the_api(alice, run_jobs, client_of):
    client = client_of(alice)
    ids = []
    for make in (odd_pdfs.invisible, odd_pdfs.with_programs):
        file = ContentFile(make())
        ids.append(services.upload(file=file, file_name="a.pdf", actor=alice, at=timezone.now()).document.id)
    run_jobs()
    hidden, programs = (client.get(f"/documents/{id_}/").content.decode() for id_ in ids)

    assert "Text that nobody sees was left out" in hidden
    assert 'href="#page-1"' in hidden
    assert "Programs, never run" in programs
    assert client.get(f"/api/v1/documents/{ids[0]}/pages/1").json()["flags"] == ["hidden_text"]
    assert client.get(f"/api/v1/documents/{ids[1]}").json()["flags"] == ["attachments", "launches", "scripts"]
    assert queries.search(text="everything").total == 0
    assert locate(odd_pdfs.SECRET, pages=queries.pages_of(document_id=ids[0])).match == "not located"


def test_blocks_of_a_page_say_what_they_are(alice, run_jobs, client_of):
    from docs.research_notes.build_notes import FOLDER

    content = ContentFile((FOLDER / "ten_month_timing.pdf").read_bytes())
    document = services.upload(file=content, file_name="note.pdf", actor=alice, at=timezone.now()).document
    run_jobs()

    blocks = client_of(alice).get(f"/api/v1/documents/{document.id}/pages/2").json()["blocks"]

    kinds = {block["kind"]: block["text"] for block in blocks}
    assert {"text", "heading", "caption", "table", "footer"} == set(kinds)
    assert kinds["caption"].startswith("Table 1.")
    assert kinds["table"].startswith("Measure Timing Buy and hold Annual return 6.3%")
    assert kinds["footer"].endswith("2 of 2")
