"""Files that come in pieces: the protocol, what is refused, and that the end is that of a plain upload."""

from __future__ import annotations

import base64
import errno
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.accounts.services import create_token
from apps.documents import queries, services
from apps.documents.enums import UploadStatus
from apps.documents.models import Document, Upload
from apps.documents.tasks import forget_uploads
from apps.events.models import Event
from apps.jobs.models import Job
from tests.conftest import in_new_context
from tests.documents import files

TYPE = "application/offset+octet-stream"


class FullStorage(FileSystemStorage):
    """A disk without room, as the operating system reports it."""

    def _save(self, name, content):
        raise OSError(errno.ENOSPC, "No space left on device", name)


def begin(actor, content, name="paper.pdf", **more):
    return services.begin_upload(file_name=name, n_bytes=len(content), actor=actor, at=timezone.now(), **more)


def send(actor, upload, content, offset=0, size=None, **more):
    piece = content[offset : offset + size] if size else content[offset:]
    at = more.pop("at", timezone.now())
    return services.take_piece(upload_id=upload.id, offset=offset, piece=piece, actor=actor, at=at, **more)


def pieces_of(upload):
    """What lies in storage under the upload's place."""
    try:
        return default_storage.listdir(f"{upload.tenant_id.hex}/uploads/{upload.id.hex}")[1]
    except FileNotFoundError:
        return []


def document_events():
    return list(Event.objects.filter(type__startswith="documents.").order_by("at").values_list("type", flat=True))


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """What follows a commit follows at the end of the block; tasks go to the broker of this run."""
    import celery_app

    assert celery_app.app.conf.broker_url
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_pieces_become_the_document_that_a_plain_upload_makes(alice, bob, committed):
    content, other = files.pdf("Hold the index."), files.pdf("Another.")
    plain = services.upload(file=ContentFile(other), file_name="paper.pdf", actor=alice, at=timezone.now()).document
    upload = begin(alice, content, sha256=hashlib.sha256(content).hexdigest())

    assert send(alice, upload, content, 0, 100).n_received == 100
    assert send(alice, upload, content, 100, 50).n_received == 150
    assert len(pieces_of(upload)) == 2
    with committed():
        done = send(alice, upload, content, 150)

    made = Document.objects.get(id=done.document_id)
    assert (done.status, done.is_new, pieces_of(upload)) == (UploadStatus.FINISHED, True, [])
    assert b"".join(services.chunks_of(queries.storage_name(made))) == content
    same = ("title", "file_name", "media_type", "status", "folder_id", "created_by_id")
    assert [getattr(made, name) for name in same] == [getattr(plain, name) for name in same]
    assert document_events() == ["documents.stored", "documents.stored"]
    assert Job.objects.filter(subject_id=made.id, kind=services.READ_JOB).count() == 1


def test_same_bytes_in_pieces_are_the_document_that_is_there(alice, bob):
    content = files.pdf("x")
    first = services.upload(file=ContentFile(content), file_name="a.pdf", actor=alice, at=timezone.now()).document

    done = send(bob, begin(bob, content), content)

    assert (done.document_id, done.is_new, Document.objects.count()) == (first.id, False, 1)


def test_document_lies_in_the_folder_unless_that_is_gone_by_then(alice):
    shelf = services.create_folder(name="Momentum", kind="topic", actor=alice, at=timezone.now())
    filed, unfiled = (
        begin(alice, b"abc", "a.txt", folder_id=shelf.id),
        begin(alice, b"abcd", "b.txt", folder_id=shelf.id),
    )

    first = send(alice, filed, b"abc")
    services.delete_folder(folder_id=shelf.id, actor=alice, at=timezone.now())
    second = send(alice, unfiled, b"abcd")

    assert Event.objects.filter(type="documents.stored").count() == 2
    assert Document.objects.get(id=first.document_id).folder_id is None  # removed with the folder
    assert Document.objects.get(id=second.document_id).folder_id is None
    with pytest.raises(services.FolderNotFoundError):
        begin(alice, b"abc", folder_id=shelf.id)


def test_piece_at_a_wrong_offset_is_refused_and_the_right_one_told(alice):
    upload = begin(alice, b"abcdef", "a.txt")
    send(alice, upload, b"abcdef", 0, 3)

    for offset in (0, 2, 4):  # a second tab that sends the same piece again, an overlap, a hole
        with pytest.raises(services.WrongOffsetError) as caught:
            send(alice, upload, b"abcdef", offset, 1)
        assert caught.value.details == {"offset": 3}

    assert send(alice, upload, b"abcdef", 3).status == UploadStatus.FINISHED


def test_more_bytes_than_declared_or_than_a_piece_may_have_are_refused(alice, settings):
    upload = begin(alice, b"abc", "a.txt")

    with pytest.raises(services.PieceTooLargeError):
        send(alice, upload, b"abcd")
    settings.UPLOAD_PIECE_BYTES = 2
    with pytest.raises(services.PieceTooLargeError):
        send(alice, upload, b"abc")

    assert (Upload.objects.get().n_received, pieces_of(upload)) == (0, [])


def test_piece_changed_on_its_way_is_refused_and_may_be_sent_again(alice):
    upload = begin(alice, b"abc", "a.txt")

    with pytest.raises(services.ChecksumError):
        send(alice, upload, b"abX", sha256=hashlib.sha256(b"abc").digest())

    assert send(alice, upload, b"abc", sha256=hashlib.sha256(b"abc").digest()).status == UploadStatus.FINISHED


def test_whole_file_of_another_hash_is_refused_for_good(alice, committed):
    upload = begin(alice, b"abc", "a.txt", sha256=hashlib.sha256(b"abd").hexdigest())

    with committed(), pytest.raises(services.ChecksumError):
        send(alice, upload, b"abc")

    upload.refresh_from_db()
    assert (upload.status, upload.error_code, pieces_of(upload)) == (UploadStatus.REFUSED, "checksum_mismatch", [])
    assert Document.objects.count() == 0
    with pytest.raises(services.UploadOverError):
        send(alice, upload, b"abc", 3)


def test_file_of_no_known_type_is_refused_as_a_plain_upload_is(alice, committed):
    content = b"\x89PNG" + b"\x00" * 20
    upload = begin(alice, content, "picture.pdf")
    send(alice, upload, content, 0, 10)

    with committed(), pytest.raises(services.UnsupportedTypeError):
        send(alice, upload, content, 10)

    upload.refresh_from_db()
    assert (upload.status, upload.error_code, pieces_of(upload)) == (UploadStatus.REFUSED, "unsupported_type", [])


def test_declared_size_has_the_limits_of_a_plain_upload(alice, settings):
    settings.DOCUMENT_MAX_BYTES = 5

    with pytest.raises(services.TooLargeError):
        begin(alice, b"abcdef")
    with pytest.raises(services.EmptyFileError):
        begin(alice, b"")
    with pytest.raises(services.ChecksumError):
        begin(alice, b"abc", sha256="abc")


def test_one_person_has_a_limited_number_of_unfinished_uploads(alice, bob, settings):
    settings.UPLOADS_AT_ONCE = 1
    first = begin(alice, b"abc", "a.txt")

    with pytest.raises(services.TooManyUploadsError):
        begin(alice, b"abc")
    begin(bob, b"abc")
    send(alice, first, b"abc")
    begin(alice, b"abcd")


def test_expired_upload_takes_no_piece_and_is_forgotten(alice, desk, settings, committed):
    upload, later = begin(alice, b"abc", "a.txt"), timezone.now() + timedelta(hours=settings.UPLOAD_EXPIRY_HOURS + 1)
    send(alice, upload, b"abc", 0, 2)

    with pytest.raises(services.UploadOverError):
        send(alice, upload, b"abc", 2, at=later)
    assert services.forget_uploads(at=timezone.now()) == 0
    assert len(pieces_of(upload)) == 1
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with committed():
        in_new_context(forget_uploads)

    assert (Upload.objects.count(), pieces_of(upload)) == (0, [])


def test_forgetting_a_finished_upload_leaves_its_document(alice, committed):
    done = send(alice, begin(alice, b"abc", "a.txt"), b"abc")

    with committed():
        assert services.forget_uploads(at=timezone.now() + timedelta(days=30)) == 1

    document = Document.objects.get(id=done.document_id)
    assert default_storage.exists(queries.storage_name(document))


def test_full_disk_leaves_the_upload_where_it_was(alice, settings, tmp_path):
    upload, content = begin(alice, b"abcdef", "a.txt"), b"abcdef"
    room = settings.STORAGES
    send(alice, upload, content, 0, 3)

    settings.STORAGES = room | {
        "default": {"BACKEND": f"{__name__}.FullStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    with pytest.raises(services.StorageFullError):
        send(alice, upload, content, 3)
    assert Upload.objects.get().n_received == 3
    settings.STORAGES = room

    assert send(alice, upload, content, 3).status == UploadStatus.FINISHED


def test_upload_that_could_not_be_finished_is_finished_by_an_empty_piece(alice, settings, tmp_path):
    content = b"abcdef"
    upload = begin(alice, content, "a.txt")
    send(alice, upload, content, 0, 3)
    piece = f"{upload.tenant_id.hex}/uploads/{upload.id.hex}/{pieces_of(upload)[0]}"
    default_storage.delete(piece)  # as when storage is away at the end

    with pytest.raises(FileNotFoundError):
        send(alice, upload, content, 3)
    default_storage.save(piece, ContentFile(b"abc"))
    upload.refresh_from_db()

    assert (upload.status, upload.n_received) == (UploadStatus.OPEN, 6)
    done = services.take_piece(upload_id=upload.id, offset=6, piece=b"", actor=alice, at=timezone.now())
    assert done.status == UploadStatus.FINISHED


def test_abandoned_upload_leaves_nothing(alice, committed):
    upload = begin(alice, b"abc", "a.txt")
    send(alice, upload, b"abc", 0, 2)

    with committed():
        services.abandon_upload(upload_id=upload.id, actor=alice)

    assert (Upload.objects.count(), pieces_of(upload)) == (0, [])


def test_viewer_may_not_upload_in_pieces_and_a_colleague_not_into_mine(alice, bob, viewer):
    upload = begin(alice, b"abc", "a.txt")

    with pytest.raises(NotAllowedError):
        begin(viewer, b"abc")
    with pytest.raises(NotAllowedError):
        send(viewer, upload, b"abc")
    with pytest.raises(NotAllowedError):
        services.abandon_upload(upload_id=upload.id, actor=viewer)
    with pytest.raises(queries.UploadNotFoundError):
        send(bob, upload, b"abc")
    with pytest.raises(queries.UploadNotFoundError):
        services.abandon_upload(upload_id=upload.id, actor=bob)


# --- the doors --------------------------------------------------------------------------------------------------------


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def tus(alice, stranger):
    """The protocol, spoken with an API token."""
    _, secret = create_token(label="x", actor=alice, at=timezone.now())

    def ask(method, path="/api/v1/uploads", data=b"", **headers):
        headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {secret}"} | {
            name.replace("_", "-"): str(value) for name, value in headers.items()
        }
        return stranger.generic(method, path, data, headers={"Content-Type": TYPE} | headers)

    return ask


def test_protocol_from_creation_to_document(tus, committed):
    content = files.pdf("Hold the index.")
    digest = base64.b64encode(hashlib.sha256(content[:200]).digest()).decode()

    asked = tus("OPTIONS")
    assert (asked.status_code, asked["Tus-Version"], asked["Tus-Max-Size"]) == (204, "1.0.0", str(100 * 1024 * 1024))
    made = tus("POST", Upload_Length=len(content), Upload_Metadata=f"filename {b64('A study.pdf')},is_draft")
    path = made["Location"]
    assert (made.status_code, made["Upload-Offset"], made.json()["url"]) == (201, "0", path)
    first = tus("PATCH", path, content[:200], Upload_Offset=0, Upload_Checksum=f"sha256 {digest}")
    assert (first.status_code, first["Upload-Offset"], first["Tus-Resumable"]) == (204, "200", "1.0.0")
    head = tus("HEAD", path)
    assert (head.status_code, head["Upload-Offset"], head["Upload-Length"], head["Cache-Control"]) == (
        200, "200", str(len(content)), "no-store",
    )  # fmt: skip
    assert "Upload-Expires" in head
    wrong = tus("PATCH", path, content[:200], Upload_Offset=0)
    assert (wrong.status_code, wrong.json()["details"]["offset"]) == (409, 200)
    with committed():
        assert tus("PATCH", path, content[200:], Upload_Offset=200).status_code == 204

    state = tus("GET", path).json()
    assert (state["status"], state["is_new"], state["n_received"]) == ("finished", True, len(content))
    assert tus("GET", f"/api/v1/documents/{state['document_id']}").json()["title"] == "A study"
    assert tus("HEAD", path)["Upload-Offset"] == str(len(content))
    assert tus("DELETE", path).status_code == 204
    assert tus("HEAD", path).status_code == 404
    assert tus("GET", f"/api/v1/documents/{state['document_id']}").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "bad_upload_request"),
        ({"Upload_Length": "-1"}, 400, "bad_upload_request"),
        ({"Upload_Length": "²"}, 400, "bad_upload_request"),
        ({"Upload_Length": "9" * 40}, 400, "bad_upload_request"),
        ({"Upload_Length": 10**12}, 413, "too_large"),
        ({"Upload_Length": 0}, 422, "empty_file"),
        ({"Upload_Length": 3, "Upload_Metadata": "filename %%%"}, 400, "bad_upload_request"),
        ({"Upload_Length": 3, "Upload_Metadata": f"sha256 {b64('x')}"}, 460, "checksum_mismatch"),
        ({"Upload_Length": 3, "Upload_Metadata": f"folder {b64('x')}"}, 404, "folder_not_found"),
        ({"Upload_Length": 3, "Tus_Resumable": "0.2.2"}, 412, "protocol_version"),
    ],
)
def test_upload_that_cannot_begin_says_why(tus, headers, status, code):
    answer = tus("POST", **headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload_Offset": 0, "Content_Type": "application/pdf"}, 415),
        ({}, 400),
        ({"Upload_Offset": 0, "Upload_Checksum": "md5 abc"}, 400),
        ({"Upload_Offset": 0, "Upload_Checksum": f"sha256 {base64.b64encode(bytes(32)).decode()}"}, 460),
    ],
)
def test_piece_that_cannot_be_taken_changes_nothing(tus, headers, status):
    path = tus("POST", Upload_Length=3)["Location"]

    assert tus("PATCH", path, b"abc", **headers).status_code == status
    assert tus("HEAD", path)["Upload-Offset"] == "0"


def test_file_refused_at_the_end_stays_refused_after_the_answer(tus):
    path = tus("POST", Upload_Length=8, Upload_Metadata=f"filename {b64('a.pdf')}")["Location"]

    refused = tus("PATCH", path, b"\x89PNG\x00\x00\x00\x00", Upload_Offset=0)

    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_type")
    assert tus("GET", path).json()["error_code"] == "unsupported_type"
    assert tus("HEAD", path).status_code == 410
    assert tus("PATCH", path, b"", Upload_Offset=8).status_code == 410


def test_piece_larger_than_a_piece_may_be_is_not_read_to_its_end(tus, settings):
    settings.UPLOAD_PIECE_BYTES = 1000
    path = tus("POST", Upload_Length=5000)["Location"]

    assert tus("PATCH", path, b"a" * 5000, Upload_Offset=0).status_code == 413
    assert tus("PATCH", path, b"a" * 1000, Upload_Offset=0).status_code == 204


def test_upload_of_another_person_or_desk_is_not_there(tus, alice, bob, viewer, charlie, client_of):
    path = tus("POST", Upload_Length=3, Upload_Metadata=f"filename {b64('a.txt')}")["Location"]
    for actor, expected in ((bob, 404), (charlie, 404), (viewer, 403)):
        theirs = client_of(actor)
        assert theirs.generic("HEAD", path).status_code == 404
        assert theirs.get(path).status_code == 404
        sent = theirs.generic("PATCH", path, b"abc", content_type=TYPE, headers={"Upload-Offset": "0"})
        assert sent.status_code == expected
        assert theirs.delete(path).status_code == expected
    assert client_of(viewer).post("/api/v1/uploads", headers={"Upload-Length": "3"}).status_code == 403

    assert tus("HEAD", path)["Upload-Offset"] == "0"
    assert tus("HEAD", f"/api/v1/uploads/{uuid4()}").status_code == 404


def test_stranger_gets_no_upload(stranger, db):
    for method in ("OPTIONS", "POST"):
        assert stranger.generic(method, "/api/v1/uploads", headers={"Upload-Length": "3"}).status_code == 401
