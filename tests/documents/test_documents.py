"""Documents: taken in, read, refused with reasons; never half-written."""

from __future__ import annotations

import pymupdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import queries, services
from apps.documents.enums import DocumentStatus
from apps.documents.models import Document, DocumentPage
from apps.documents.services import reading
from apps.domain.evidence import page_text
from apps.jobs import services as jobs
from apps.jobs.models import Job
from tests.conftest import in_new_context
from tests.documents import files


def stored(document):
    with default_storage.open(queries.storage_name(document)) as handle:
        return handle.read()


def upload(actor, content, name="note.pdf"):
    return services.upload(file=ContentFile(content, name=name), file_name=name, actor=actor, at=timezone.now())


def test_pdf_is_stored_read_and_drawn(alice, run_jobs):
    document = upload(
        alice, files.pdf("Hold the index when it is above its ten-month average.", "Second page.")
    ).document

    run_jobs()
    document.refresh_from_db()

    assert (document.status, document.n_pages, document.title) == (DocumentStatus.READ, 2, "Note")
    first, second = queries.pages_of(document_id=document.id)
    assert page_text(first) == "Hold the index when it is above its ten-month average."
    assert page_text(second) == "Second page."
    assert default_storage.size(queries.image_name(document_id=document.id, number=2)) > 500
    assert stored(document)[:5] == b"%PDF-"


@pytest.mark.parametrize(("name", "media_type"), [("memo.txt", "text/plain"), ("memo.md", "text/markdown")])
def test_text_is_read_into_pages_with_words(alice, run_jobs, name, media_type):
    document = upload(alice, "# Momentum\n\nBuy the ten best – sell the rest.\n".encode(), name).document

    run_jobs()
    document.refresh_from_db()

    assert (document.status, document.media_type) == (DocumentStatus.READ, media_type)
    [page] = queries.pages_of(document_id=document.id)
    assert "Buy the ten best – sell the rest." in page_text(page)
    assert page.words[0].x1 > page.words[0].x0


def test_same_bytes_twice_are_one_document(alice, bob):
    first = upload(alice, files.pdf("x"), "a.pdf")

    second = upload(bob, stored(first.document), "b.pdf")

    assert (second.document.id, second.is_new) == (first.document.id, False)
    assert Document.objects.count() == 1


def test_same_bytes_on_another_desk_are_another_document(alice, charlie):
    from apps.tenancy.services import tenant_scope

    content = files.pdf("shared paper")
    mine = upload(alice, content).document

    def theirs():
        with tenant_scope(charlie.tenant_id):
            return upload(charlie, content).document

    assert in_new_context(theirs).id != mine.id


@pytest.mark.parametrize(
    ("content", "name", "error", "status"),
    [
        (b"", "empty.pdf", services.EmptyFileError, 422),
        (b"PK\x03\x04rest", "note.docx", services.UnsupportedTypeError, 415),
        (b"\x89PNG\r\n\x1a\nrest", "note.pdf", services.UnsupportedTypeError, 415),
        (b"\xff\xfe\x00binary", "note.txt", services.UnsupportedTypeError, 415),
        (b"text with \x00 in it", "note.txt", services.UnsupportedTypeError, 415),
    ],
)
def test_file_that_is_no_document_is_refused_and_nothing_is_kept(alice, client_of, content, name, error, status):
    with pytest.raises(error) as caught:
        upload(alice, content, name)
    response = client_of(alice).post("/api/v1/documents", {"file": SimpleUploadedFile(name, content)})

    assert caught.value.message.endswith(".")
    assert Document.objects.count() == Job.objects.count() == 0
    assert response.status_code == status


def test_101_megabytes_are_refused_through_each_door(alice, client_of, tmp_path):
    big = tmp_path / "big.pdf"
    with big.open("wb") as handle:
        handle.write(b"%PDF-1.7\n")
        handle.truncate(101 * 1024 * 1024)
    client = client_of(alice)

    with big.open("rb") as handle:
        api = client.post("/api/v1/documents", {"file": handle})
    with big.open("rb") as handle:
        page = client.post("/documents/upload/", {"file": handle})

    assert (api.status_code, api.json()["code"]) == (413, "too_large")
    assert page.status_code == 413
    assert "The file has 101 MB; at most 100 MB are taken." in page.content.decode()
    assert Document.objects.count() == 0


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (files.encrypted, "encrypted"),
        (files.truncated, "damaged"),
        (files.image_only, "no_text"),
        (lambda: files.many_pages(2100), "too_many_pages"),
        (lambda: b"%PDF-1.7\nnothing of the kind", "damaged"),
    ],
)
def test_unreadable_pdf_fails_with_its_reason_and_leaves_no_page(alice, run_jobs, client_of, make, code):
    document = upload(alice, make()).document

    run_jobs()
    document.refresh_from_db()

    assert (document.status, document.error_code) == (DocumentStatus.FAILED, code)
    assert document.error_message.endswith(".")
    assert DocumentPage.objects.filter(document=document).count() == 0
    assert document.error_message in client_of(alice).get(
        f"/documents/{document.id}/progress/"
    ).content.decode().replace("&#x27;", "'")


def test_bomb_in_a_stream_ends_its_child_only(alice, run_jobs, settings):
    settings.DOCUMENT_PARSE_BYTES = 700 * 1024**2
    settings.DOCUMENT_PARSE_SECONDS = 20
    document = upload(alice, files.bomb()).document

    run_jobs()
    document.refresh_from_db()

    assert document.status == DocumentStatus.FAILED
    assert document.error_code in {"too_heavy", "no_text", "damaged"}


def test_failed_document_can_be_read_again_and_a_read_one_cannot(alice, run_jobs):
    document = upload(alice, files.image_only()).document
    run_jobs()

    services.retry(document_id=document.id, actor=alice, at=timezone.now())
    run_jobs()
    good = upload(alice, files.pdf("fine")).document
    run_jobs()

    assert Job.objects.filter(subject_id=document.id).count() == 2
    with pytest.raises(services.NotRetriableError):
        services.retry(document_id=good.id, actor=alice, at=timezone.now())


def test_reading_twice_leaves_each_page_once(alice, run_jobs):
    document = upload(alice, files.pdf("one", "two")).document
    run_jobs()
    Document.objects.update(status=DocumentStatus.STORED)
    reading._queue(document, alice, timezone.now())

    run_jobs()

    assert list(DocumentPage.objects.values_list("number", flat=True)) == [1, 2]


def test_part_of_a_file_left_by_a_crash_is_replaced(alice):
    content = files.pdf("whole")
    import hashlib

    name = queries.content_name(alice.tenant_id, "documents", hashlib.sha256(content).hexdigest())
    default_storage.save(name, ContentFile(content[:100]))

    document = upload(alice, content).document

    assert default_storage.size(queries.storage_name(document)) == len(content)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\note.pdf", "note.pdf"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
        ("no\x00te\n.pdf", "note.pdf"),
        ("...", "document"),
        ("", "document"),
        ("Zürich – Q3.pdf", "Zürich – Q3.pdf"),
    ],
)
def test_file_name_is_cleaned(name, clean):
    assert services.clean_file_name(name) == clean


def test_cancelled_reading_is_told(alice, run_jobs):
    document = upload(alice, files.pdf("x")).document

    services.cancel(document_id=document.id, actor=alice, at=timezone.now())
    run_jobs()
    document.refresh_from_db()

    assert (document.status, document.error_code) == (DocumentStatus.FAILED, "cancelled")


def test_viewer_may_look_but_not_upload(alice, viewer, client_of):
    upload(alice, files.pdf("x"))

    with pytest.raises(NotAllowedError):
        upload(viewer, files.pdf("y"))
    client = client_of(viewer)

    assert client.get("/documents/").content.decode().count('data-testid="document-row"') == 1
    assert client.get("/documents/").content.decode().count('data-testid="upload-input"') == 0
    assert client.post("/api/v1/documents", {"file": SimpleUploadedFile("a.pdf", files.pdf("z"))}).status_code == 403


def test_upload_through_the_api_is_created_then_found(alice, client_of):
    client, content = client_of(alice), files.pdf("x")

    first = client.post("/api/v1/documents", {"file": SimpleUploadedFile("a.pdf", content)})
    second = client.post("/api/v1/documents", {"file": SimpleUploadedFile("a.pdf", content)})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_drop_zone_gets_its_answers_as_json(alice, client_of):
    client = client_of(alice)

    good = client.post(
        "/documents/upload/",
        {"file": SimpleUploadedFile("a.pdf", files.pdf("x"))},
        headers={"Accept": "application/json"},
    )
    bad = client.post(
        "/documents/upload/",
        {"file": SimpleUploadedFile("a.png", b"\x89PNG....")},
        headers={"Accept": "application/json"},
    )

    assert (good.status_code, good.json()["duplicate"]) == (201, False)
    assert (bad.status_code, bad.json()["message"]) == (
        415,
        "a.png: This is a picture. Upload a PDF with text, a text or a Markdown file.",
    )


@pytest.mark.parametrize("path", ["/documents/", "/documents/rows/", "/api/v1/documents"])
def test_list_takes_the_same_number_of_queries_for_one_row_and_for_fifty(alice, client_of, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(alice)
    counts = []
    for n in (1, 50):
        while Document.objects.count() < n:
            upload(alice, f"text number {Document.objects.count()}".encode(), "a.txt")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_list_pages_by_cursor_without_gap_or_repeat(alice, client_of):
    for n in range(7):
        upload(alice, f"text {n}".encode(), f"{n}.txt")
    client, seen, cursor = client_of(alice), [], ""

    while cursor is not None:
        body = client.get(f"/api/v1/documents?limit=3&cursor={cursor}").json()
        seen += [item["title"] for item in body["items"]]
        cursor = body["next_cursor"]

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert client.get("/api/v1/documents?cursor=nonsense").status_code == 400


def test_words_of_waiting_documents_come_before_the_images_of_one_that_is_read(alice, run_jobs):
    first, second = (upload(alice, files.pdf(text)).document for text in ("first", "second"))
    [job] = Job.objects.filter(subject_id=first.id)

    in_new_context(jobs.run, tenant_id=alice.tenant_id, job_id=job.id)
    first.refresh_from_db()

    assert first.status == DocumentStatus.READ
    assert set(first.pages.values_list("image", flat=True)) == {""}
    assert list(Job.objects.filter(status="queued").values_list("kind", "subject_id").order_by("kind")) == [
        (services.DRAW_JOB, first.id),
        (services.READ_JOB, second.id),
    ]
    run_jobs()
    assert not DocumentPage.objects.filter(image="").exists()
    assert Job.objects.filter(kind=services.DRAW_JOB).count() == 1  # the last one draws its own at once


def test_file_is_downloaded_whole_in_part_and_not_twice(alice, charlie, client_of):
    content = b"One line.\n" * 300
    document = upload(alice, content, "lines.txt").document
    client, address = client_of(alice), f"/api/v1/documents/{document.id}/file"

    whole, part = client.get(address), client.get(address, headers={"Range": "bytes=10-18"})
    again = client.get(address, headers={"If-None-Match": whole["ETag"]})

    assert b"".join(whole.streaming_content) == content
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"One line.")
    assert (again.status_code, again.content) == (304, b"")
    assert client_of(charlie).get(address).status_code == 404


def test_text_of_pages_is_read_fifty_at_a_time(alice, charlie, client_of, run_jobs):
    document = upload(alice, files.pdf(*(f"Page {n} says something of its own." for n in range(1, 61)))).document
    run_jobs()
    client, address = client_of(alice), f"/api/v1/documents/{document.id}/pages"

    first, rest = client.get(address).json(), client.get(address, {"first": 51}).json()

    assert ([p["number"] for p in first["items"]], first["next_page"]) == (list(range(1, 51)), 51)
    assert ([p["number"] for p in rest["items"]], rest["next_page"]) == (list(range(51, 61)), None)
    assert rest["items"][0]["text"] == "Page 51 says something of its own."
    assert [p["number"] for p in client.get(address, {"first": 7, "last": 8}).json()["items"]] == [7, 8]
    assert client.get(address, {"first": 9**20, "last": -(9**20)}).json() == {"items": [], "next_page": None}
    assert client_of(charlie).get(address).status_code == 404


def test_title_is_what_the_first_page_is_headed_with(alice, run_jobs):
    page = pymupdf.open()
    for _ in range(2):
        sheet = page.new_page()
        sheet.insert_text((60, 40), "Example Securities Research", fontsize=8)
        sheet.insert_text((60, 160), "We buy the index when it is above its ten-month average.", fontsize=11)
        sheet.insert_text((60, 176), "Orders are filled at the next close and cost five basis points.", fontsize=11)
    page[0].insert_text((60, 90), "Timing the Index with a", fontsize=20)
    page[0].insert_text((60, 114), "Ten-Month Average", fontsize=20)

    document = upload(alice, page.tobytes(), "wp_2016_03.pdf").document
    run_jobs()
    document.refresh_from_db()

    assert document.title == "Timing the Index with a Ten-Month Average"


@pytest.mark.parametrize("shown", ["stored", "reading"])
def test_page_that_waited_for_its_document_is_loaded_anew_once(alice, run_jobs, client_of, shown):
    document = upload(alice, files.pdf("x y z")).document
    client, address = client_of(alice), f"/documents/{document.id}/progress/"

    assert "HX-Refresh" not in client.get(address, {"shown": shown})
    run_jobs()

    assert client.get(address, {"shown": shown})["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(address, {"shown": "read"})


def described(alice, run_jobs, text, **fields):
    made = pymupdf.open()
    made.new_page().insert_text((60, 80), text, fontsize=11)
    made.set_metadata(fields)
    document = upload(alice, made.tobytes(), "wp.pdf").document
    run_jobs()
    document.refresh_from_db()
    return document


def test_authors_and_doi_are_taken_from_the_file(alice, run_jobs):
    document = described(
        alice, run_jobs, "We buy low.", author="Jane Roe,  Richard Poe", subject="J. Fin. doi:10.1111/jofi.12345."
    )

    assert (document.authors, document.doi) == ("Jane Roe, Richard Poe", "10.1111/jofi.12345")


@pytest.mark.parametrize(
    "author", ["jroe", "Microsoft Office User", "pdf admin", "a@b.example c", "C:\\x y", "User 42"]
)
def test_author_that_is_a_program_or_an_account_is_left_out(alice, run_jobs, author):
    assert described(alice, run_jobs, "We buy low.", author=author).authors == ""


def test_doi_of_the_first_page_is_taken_where_it_names_one_only(alice, run_jobs):
    assert described(alice, run_jobs, "See https://doi.org/10.2139/ssrn.962461, 2007.").doi == "10.2139/ssrn.962461"
    assert described(alice, run_jobs, "10.1000/a1 and 10.1000/b2 are cited.").doi == ""


def test_what_a_person_wrote_is_not_written_over_by_a_later_reading(alice, run_jobs):
    document = described(alice, run_jobs, "We buy low.", title="A title of the file", author="Jane Roe")
    DocumentPage.objects.filter(document_id=document.id).update(image="")
    Document.objects.filter(id=document.id).update(title="Mine", authors="Nobody")

    jobs.enqueue(
        kind=reading.DRAW_JOB,
        tenant_id=alice.tenant_id,
        subject_id=document.id,
        plan={},
        requested_by_id=None,
        at=timezone.now(),
    )
    run_jobs()
    document.refresh_from_db()

    assert (document.title, document.authors) == ("Mine", "Nobody")
    assert document.pages.get().image


def test_drawing_gives_way_to_words_and_goes_on_where_it_was_left(alice, run_jobs, monkeypatch):
    answers, asked, read_file = iter([False, True]), [], reading.read_file

    def recorded(path, **options):
        asked.append(options["first_image"])
        return read_file(path, **options)

    monkeypatch.setattr(reading, "_PAGES_PER_WRITE", 2)
    monkeypatch.setattr(reading, "is_waiting", lambda **_: next(answers))
    monkeypatch.setattr(reading, "read_file", recorded)
    document = upload(alice, files.pdf(*(f"Page {n}." for n in range(5)))).document

    run_jobs()

    assert asked == [1, 3]  # nobody waited when the words were in, somebody did after two images
    assert not document.pages.filter(image="").exists()
