"""Folders, tags, descriptions, versions; deleted, restored, removed for good."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import queries, services
from apps.documents.enums import FolderKind
from apps.documents.models import Document, DocumentPage, Folder, PageText
from apps.documents.queries import Filters
from apps.documents.services import Description
from apps.events.models import Event
from apps.strategies.models import Extraction, Strategy
from apps.tenancy.services import tenant_scope
from tests.conftest import in_new_context
from tests.documents import files

RULE = "On the last trading day of each month we hold the S&P 500 when it closes above its ten-month simple moving average and cash otherwise. The portfolio is rebalanced monthly."


def upload(actor, text="momentum", name="note.txt"):
    return services.upload(file=ContentFile(text.encode()), file_name=name, actor=actor, at=timezone.now()).document


def folder(actor, name="Momentum", kind=FolderKind.TOPIC):
    return services.create_folder(name=name, kind=kind, actor=actor, at=timezone.now())


def do(deed, actor, documents, **more):
    return deed(document_ids=[d.id for d in documents], actor=actor, at=more.pop("at", timezone.now()), **more)


def listed(**filters):
    return {document.title for document in queries.documents(Filters(**filters))}


def events():
    return list(Event.objects.filter(type__startswith="documents.").values_list("type", flat=True))


def test_documents_are_filed_tagged_and_filtered(alice):
    a, b, c = (upload(alice, text, f"{text}.txt") for text in "abc")
    shelf = folder(alice)

    assert do(services.move, alice, [a, b], folder_id=shelf.id) == 2
    assert do(services.move, alice, [a], folder_id=shelf.id) == 0
    assert do(services.tag, alice, [b, c], tag=" To  read ") == 2
    assert do(services.tag, alice, [b], tag="to READ") == 0

    assert listed(folder=str(shelf.id)) == {"A", "B"}
    assert listed(folder=queries.UNFILED) == {"C"}
    assert listed(tag="To read") == {"B", "C"}
    assert listed(tag="To read", folder=str(shelf.id)) == {"B"}
    assert listed(folder="nonsense") == listed(status="failed") == set()
    assert queries.tags_in_use() == ["To read"]
    assert [(s.name, s.n_documents) for s in queries.shelves()] == [("Momentum", 2)]
    assert do(services.untag, alice, [b, c], tag="TO READ") == 2
    assert queries.tags_in_use() == []


def test_removing_a_folder_leaves_its_documents(alice):
    document, shelf = upload(alice), folder(alice)
    do(services.move, alice, [document], folder_id=shelf.id)

    services.delete_folder(folder_id=shelf.id, actor=alice, at=timezone.now())
    document.refresh_from_db()

    assert document.folder_id is None
    with pytest.raises(services.FolderNotFoundError):
        services.delete_folder(folder_id=shelf.id, actor=alice, at=timezone.now())


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", services.BadDescriptionError),
        ("x" * 61, services.BadDescriptionError),
        ("MOMENTUM", services.FolderExistsError),
    ],
)
def test_folder_needs_a_name_of_its_own(alice, name, error):
    folder(alice)

    with pytest.raises(error):
        folder(alice, name)


def test_description_is_kept_and_recorded(alice):
    older, document, shelf = upload(alice, "v1"), upload(alice, "v2"), folder(alice)
    said = Description(
        title=" A  new title ", authors="Faber, M.", published_date=date(2007, 5, 1), doi="https://doi.org/10.1111/jofi.12345",
        source="Journal", tags=("a", "b", "A"), folder_id=shelf.id, older_id=older.id,
    )  # fmt: skip

    services.describe(document_id=document.id, description=said, actor=alice, at=timezone.now())
    services.describe(document_id=document.id, description=said, actor=alice, at=timezone.now())
    document.refresh_from_db()

    assert (document.title, document.doi, document.published_date, document.tags) == (
        "A new title",
        "10.1111/jofi.12345",
        date(2007, 5, 1),
        ["a", "b"],
    )
    assert events().count("documents.described") == 1
    assert [d.title for d in queries.newer_versions(document_id=older.id)] == ["A new title"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"doi": "doi?"}, "doi"),
        ({"tags": ("x" * 41,)}, "tags"),
        ({"tags": tuple(map(str, range(21)))}, "tags"),
    ],
)
def test_description_that_cannot_be_taken_names_its_field(alice, change, field):
    document = upload(alice)

    with pytest.raises(services.BadDescriptionError) as caught:
        services.describe(
            document_id=document.id,
            description=Description(**({"title": "x"} | change)),
            actor=alice,
            at=timezone.now(),
        )

    assert caught.value.details["field"] == field


def test_versions_never_go_in_a_circle(alice):
    first, second, third = (upload(alice, text) for text in "abc")

    def newer(document, older):
        services.describe(
            document_id=document.id,
            description=Description(title="x", older_id=older.id),
            actor=alice,
            at=timezone.now(),
        )

    newer(second, first)
    newer(third, second)

    for pair in ((first, first), (first, third)):
        with pytest.raises(services.BadDescriptionError):
            newer(*pair)


def test_deleted_document_is_hidden_everywhere_and_comes_back(alice, run_jobs, client_of):
    document = upload(alice)
    run_jobs()
    client = client_of(alice)

    assert do(services.delete, alice, [document]) == [document.id]
    assert do(services.delete, alice, [document]) == []
    assert listed() == set()
    assert listed(is_deleted=True) == {"Note"}
    assert queries.search(text="momentum").total == 0
    assert client.get("/api/v1/documents").json()["items"] == []
    assert 'data-testid="deleted"' in client.get(f"/documents/{document.id}/").content.decode()
    assert do(services.restore, alice, [document]) == 1
    assert (listed(), queries.search(text="momentum").total) == ({"Note"}, 1)


def test_same_bytes_uploaded_again_bring_a_deleted_document_back(alice):
    document = upload(alice)
    do(services.delete, alice, [document])

    assert upload(alice).deleted_at is None
    assert listed() == {"Note"}


def test_deleted_document_is_removed_for_good_after_its_days_of_grace(
    alice, run_jobs, settings, django_capture_on_commit_callbacks
):
    document, other = upload(alice, "nothing to find here"), upload(alice, "stays")
    run_jobs()
    document.refresh_from_db()
    name, image = queries.storage_name(document), queries.image_name(document_id=document.id, number=1)
    at = timezone.now()
    do(services.delete, alice, [document], at=at)

    assert services.purge_deleted(at=at + timedelta(days=settings.DOCUMENT_GRACE_DAYS - 1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert services.purge_deleted(at=at + timedelta(days=settings.DOCUMENT_GRACE_DAYS + 1)) == 1
    assert services.purge_deleted(at=at + timedelta(days=400)) == 0

    assert list(Document.objects.all()) == [other]
    assert {m.objects.filter(document_id=document.id).count() for m in (DocumentPage, PageText, Extraction)} == {0}
    assert not default_storage.exists(name)
    assert not default_storage.exists(image)
    assert events().count("documents.purged") == 1


def test_document_that_a_strategy_cites_is_never_removed_and_that_is_said(alice, run_jobs, client_of):
    document = services.upload(
        file=ContentFile(files.pdf(RULE)), file_name="rule.pdf", actor=alice, at=timezone.now()
    ).document
    run_jobs()
    n = Strategy.objects.filter(document=document).count()
    client = client_of(alice)

    client.post("/documents/bulk/", {"id": [document.id], "deed": "delete"})
    page = client.get("/documents/").content.decode()

    assert n > 0
    assert "kept by a strategy or a retention class: hidden here, not removed" in page
    assert services.purge_deleted(at=timezone.now() + timedelta(days=400)) == 0
    assert "Cited by 1 strategy: kept" in client.get("/documents/?deleted=1").content.decode()
    assert client.get(f"/documents/{document.id}/").status_code == 200


def test_purge_visits_each_desk(alice, charlie, settings):
    from apps.documents.tasks import purge

    def theirs():
        with tenant_scope(charlie.tenant_id):
            document = upload(charlie)
            do(services.delete, charlie, [document], at=timezone.now() - timedelta(days=60))

    in_new_context(theirs)
    do(services.delete, alice, [upload(alice)], at=timezone.now() - timedelta(days=60))

    in_new_context(purge)

    def left():
        with tenant_scope(charlie.tenant_id):
            return Document.objects.count()

    assert (Document.objects.count(), in_new_context(left)) == (0, 0)


def test_list_page_offers_undo_once(alice, client_of):
    document, client = upload(alice), client_of(alice)

    client.post("/documents/bulk/", {"id": [document.id], "deed": "delete"})
    first, second = (client.get("/documents/").content.decode() for _ in range(2))
    client.post("/documents/restore/", {"id": [document.id]})

    assert (first.count('data-testid="undo"'), second.count('data-testid="undo"')) == (1, 0)
    assert listed() == {"Note"}


def test_chosen_documents_are_moved_and_tagged_from_the_page(alice, client_of):
    document, shelf, client = upload(alice), folder(alice), client_of(alice)
    back = f"/documents/?folder={shelf.id}"

    moved = client.post("/documents/bulk/", {"id": [document.id], "deed": "move", "folder": shelf.id, "next": back})
    client.post("/documents/bulk/", {"id": [document.id], "deed": "tag", "tag": "to read"})
    away = client.post(
        "/documents/bulk/", {"id": [document.id], "deed": "tag", "tag": "", "next": "https://evil.example/"}
    )
    document.refresh_from_db()

    assert (moved.headers["Location"], away.headers["Location"]) == (back, "/documents/")
    assert (document.folder_id, document.tags) == (shelf.id, ["to read"])
    assert client.post("/documents/bulk/", {"deed": "move"}).status_code == 302
    assert client.post("/documents/bulk/", {"id": ["nonsense"], "deed": "move"}).status_code == 404
    assert client.get(back).content.decode().count('data-testid="document-row"') == 1
    assert client.get("/documents/?tag=none").content.decode().count('data-testid="document-row"') == 0


def test_description_form_saves_and_shows_its_mistakes(alice, client_of):
    document, client = upload(alice), client_of(alice)
    url = f"/documents/{document.id}/edit/"

    wrong = client.post(url, {"title": "", "published_date": "2007-13-01"})
    bad_doi = client.post(url, {"title": "T", "doi": "x"})
    good = client.post(url, {"title": "T", "published_date": "2007-05-01", "doi": "10.1111/jofi.1", "tags": "a, b"})
    shown = client.get(f"/documents/{document.id}/").content.decode()

    assert (wrong.status_code, bad_doi.status_code, good.status_code) == (422, 422, 302)
    assert "A DOI looks like" in bad_doi.content.decode()
    assert "https://doi.org/10.1111/jofi.1" in shown
    assert "1 May 2007" in shown


def test_everything_through_the_api(alice, client_of):
    client, document, older = client_of(alice), upload(alice), upload(alice, "older")
    post = {"content_type": "application/json"}

    shelf = client.post("/api/v1/folders", {"name": "JF", "kind": "source"}, **post).json()
    patched = client.patch(
        f"/api/v1/documents/{document.id}",
        {"published_date": "2007-05-01", "tags": ["x"], "folder_id": shelf["id"], "older_id": str(older.id)},
        **post,
    ).json()
    emptied = client.patch(f"/api/v1/documents/{document.id}", {"published_date": None, "authors": None}, **post).json()
    bulk = client.post("/api/v1/documents/bulk", {"deed": "tag", "tag": "y", "document_ids": [str(older.id)]}, **post)
    found = client.get("/api/v1/documents", {"tag": "y"}).json()["items"]
    deleted = client.delete(f"/api/v1/documents/{document.id}").json()
    restored = client.post(f"/api/v1/documents/{document.id}/restore").json()

    assert (patched["published_date"], patched["tags"], patched["folder_id"], patched["older_id"]) == (
        "2007-05-01",
        ["x"],
        shelf["id"],
        str(older.id),
    )
    assert (emptied["published_date"], emptied["title"], emptied["tags"]) == (None, "Note", ["x"])
    assert bulk.json() == {"n_changed": 1}
    assert [d["id"] for d in found] == [str(older.id)]
    assert (deleted["deleted_at"] is None, restored["deleted_at"]) == (False, None)
    assert client.get("/api/v1/folders").json()["items"][0]["n_documents"] == 1
    assert client.delete(f"/api/v1/folders/{shelf['id']}").status_code == 204
    assert client.post("/api/v1/documents/bulk", {"deed": "burn", "document_ids": []}, **post).status_code == 422


def test_viewer_may_look_but_change_nothing(alice, viewer, client_of):
    document, shelf, client = upload(alice), folder(alice), client_of(viewer)

    with pytest.raises(NotAllowedError):
        do(services.delete, viewer, [document])
    for url, data in [
        ("/documents/bulk/", {"id": [document.id], "deed": "delete"}),
        ("/documents/restore/", {"id": [document.id]}),
        ("/documents/folders/", {"name": "x", "kind": "topic"}),
        (f"/documents/folders/{shelf.id}/delete/", {}),
        (f"/documents/{document.id}/delete/", {}),
        (f"/documents/{document.id}/edit/", {"title": "x"}),
    ]:
        assert client.post(url, data).status_code == 403, url
    page = client.get("/documents/").content.decode()

    assert "bulk-delete" not in page
    assert 'name="id"' not in page
    assert (Document.objects.filter(deleted_at=None).count(), Folder.objects.count()) == (1, 1)


def test_other_desk_can_neither_see_nor_use_what_is_here(alice, charlie, client_of):
    document, shelf, client = upload(alice), folder(alice), client_of(charlie)

    def theirs():
        with tenant_scope(charlie.tenant_id):
            own = upload(charlie, "own")
            for wrong in ({"folder_id": shelf.id}, {"older_id": document.id}):
                with pytest.raises((services.FolderNotFoundError, queries.DocumentNotFoundError)):
                    services.describe(
                        document_id=own.id,
                        description=Description(title="x", **wrong),
                        actor=charlie,
                        at=timezone.now(),
                    )
            with pytest.raises(queries.DocumentNotFoundError):
                do(services.delete, charlie, [own, document])
            return queries.shelves(), queries.tags_in_use(), queries.counts()["shown"]

    assert in_new_context(theirs) == ([], [], 1)
    assert client.post("/documents/bulk/", {"id": [document.id], "deed": "delete"}).status_code == 404
    assert client.get(f"/documents/?folder={shelf.id}").content.decode().count('data-testid="document-row"') == 0
    assert (
        client.patch(f"/api/v1/documents/{document.id}", {"title": "x"}, content_type="application/json").status_code
        == 404
    )
    assert client.delete(f"/api/v1/documents/{uuid4()}").status_code == 404


def test_list_takes_the_same_number_of_queries_with_one_folder_and_with_many(alice, client_of):
    client, counts = client_of(alice), []
    for n in (1, 20):
        while Document.objects.count() < n:
            document = upload(alice, str(Document.objects.count()))
            do(services.move, alice, [document], folder_id=folder(alice, f"F{Folder.objects.count()}").id)
            do(services.tag, alice, [document], tag=f"t{Document.objects.count()}")
        for path in ("/documents/", "/documents/?deleted=1", "/api/v1/folders"):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts.append((path, len(captured)))

    assert counts[:3] == counts[3:]


def test_file_dropped_into_a_folder_lies_there(alice, charlie, client_of):
    shelf, client = folder(alice), client_of(alice)
    file = lambda text: {"file": ContentFile(text, name="a.txt")}  # noqa: E731

    client.post(f"/documents/upload/?folder={shelf.id}", file(b"one"))
    wrong = client.post(f"/documents/upload/?folder={uuid4()}", file(b"two"), headers={"Accept": "application/json"})
    theirs = client_of(charlie).post(
        f"/documents/upload/?folder={shelf.id}", file(b"x"), headers={"Accept": "application/json"}
    )

    assert f"/documents/upload/?folder={shelf.id}" in client.get(f"/documents/?folder={shelf.id}").content.decode()
    assert 'action="/documents/upload/"' in client.get("/documents/").content.decode()
    assert listed(folder=str(shelf.id)) == listed() == {"A"}
    assert (wrong.status_code, theirs.status_code) == (404, 404)
