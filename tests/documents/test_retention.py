"""How long documents are kept: retention classes, legal holds, and that nothing goes before its time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import queries, services
from apps.documents.models import Document
from apps.documents.queries import Filters
from apps.documents.services import organising
from apps.events.models import Event

BORN = datetime(2024, 2, 29, 9, tzinfo=UTC)


def upload(actor, text="momentum", at=None):
    made = services.upload(
        file=ContentFile(text.encode()), file_name=f"{text}.txt", actor=actor, at=at or timezone.now()
    )
    return made.document


def retain(actor, *documents, retention="standard"):
    ids = [d.id for d in documents]
    return services.set_retention(document_ids=ids, retention=retention, actor=actor, at=timezone.now())


def hold(actor, *documents, reason="Case 7", at=None):
    return services.hold(document_ids=[d.id for d in documents], reason=reason, actor=actor, at=at or timezone.now())


def release(actor, *documents, reason="Case 7 closed"):
    return services.release(document_ids=[d.id for d in documents], reason=reason, actor=actor, at=timezone.now())


def delete(actor, document, at):
    services.delete(document_ids=[document.id], actor=actor, at=at)


def events():
    found = Event.objects.exclude(type__in=["documents.stored"]).filter(type__startswith="documents.").order_by("at")
    return list(found.values_list("type", flat=True))


@pytest.mark.parametrize(
    ("retention", "until"),
    [
        ("working", None),
        ("standard", datetime(2029, 3, 1, 9, tzinfo=UTC)),
        ("extended", datetime(2031, 3, 1, 9, tzinfo=UTC)),
    ],
)
def test_class_keeps_a_document_from_the_day_it_was_added(alice, retention, until):
    document = upload(alice, at=BORN)  # on a 29th of February: never a day too short
    retain(alice, document, retention=retention)
    document.refresh_from_db()
    delete(alice, document, BORN)

    assert document.kept_until == until
    if until:
        day_before = until - timedelta(days=1)
        assert services.purge_deleted(at=day_before) == 0
        said = services.kept_because(document_ids=[document.id], at=day_before)[document.id]
        assert said == f"{document.get_retention_display()}, kept until 1 Mar {until.year}"
    assert services.purge_deleted(at=until or BORN + timedelta(days=31)) == 1


def test_new_document_has_the_class_of_the_setting(alice, settings):
    settings.DOCUMENT_RETENTION = "extended"

    assert upload(alice).retention == "extended"


def test_who_works_may_lengthen_and_compliance_may_shorten(alice, viewer, compliance):
    document = upload(alice)

    assert retain(alice, document, retention="extended") == 1
    assert retain(alice, document, retention="extended") == 0
    with pytest.raises(NotAllowedError):
        retain(alice, document, retention="standard")
    with pytest.raises(NotAllowedError):
        retain(viewer, document, retention="extended")
    assert retain(compliance, document, retention="standard") == 1
    with pytest.raises(services.BadDescriptionError):
        retain(compliance, document, retention="forever")

    assert events() == ["documents.retention_set"] * 2
    last = Event.objects.filter(type="documents.retention_set").order_by("at").last()
    assert last.actor_id == compliance.person_id


def test_shortening_one_of_many_leaves_all_as_they_were(alice):
    short, long = upload(alice, "a"), upload(alice, "b")
    retain(alice, long, retention="extended")

    with pytest.raises(NotAllowedError):
        retain(alice, short, long, retention="standard")

    assert set(Document.objects.values_list("title", "retention")) == {("A", "working"), ("B", "extended")}


def test_held_document_is_neither_deleted_nor_removed_until_it_is_released(alice, compliance):
    held, gone = upload(alice, "held", BORN), upload(alice, "gone", BORN)
    for document in (held, gone):
        delete(alice, document, BORN)
    hold(compliance, held, reason="  Case   7 ", at=BORN)  # it comes back from the deleted ones

    assert services.purge_deleted(at=BORN + timedelta(days=4000)) == 1
    assert Document.objects.get() == held
    with pytest.raises(services.DocumentHeldError, match="Held"):
        delete(alice, held, BORN)
    assert services.kept_because(document_ids=[held.id], at=BORN) == {
        held.id: "Under legal hold since 29 Feb 2024: Case 7"
    }
    assert hold(compliance, held) == 0
    assert (release(compliance, held), release(compliance, held)) == (1, 0)
    delete(alice, held, BORN)
    assert services.purge_deleted(at=BORN + timedelta(days=31)) == 1
    assert [t for t in events() if t in {"documents.held", "documents.released"}] == [
        "documents.held",
        "documents.released",
    ]


def test_hold_needs_a_reason_and_somebody_who_may(alice, bob, administrator, compliance):
    document = upload(alice)

    for actor in (alice, bob):
        with pytest.raises(NotAllowedError):
            hold(actor, document)
    for reason in (" ", "x" * 201):
        with pytest.raises(services.BadDescriptionError) as caught:
            hold(compliance, document, reason=reason)
        assert caught.value.details["field"] == "reason"
    assert hold(administrator, document) == 1
    with pytest.raises(NotAllowedError):
        release(alice, document)


def test_database_refuses_a_hold_without_reason_and_a_held_document_that_is_deleted(alice, compliance):
    document = upload(alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.update(held_at=timezone.now())
    hold(compliance, document)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.update(deleted_at=timezone.now())


def test_more_kept_documents_than_one_round_takes_do_not_hide_those_that_may_go(alice, monkeypatch):
    monkeypatch.setattr(organising, "MOST_AT_ONCE", 2)
    documents = [upload(alice, f"n{i}", BORN) for i in range(5)]
    for document in documents[:4]:
        retain(alice, document)
    for n, document in enumerate(documents):
        delete(alice, document, BORN + timedelta(hours=n))

    assert services.purge_deleted(at=BORN + timedelta(days=60)) == 1
    assert Document.objects.count() == 4


def test_documents_are_found_by_class_and_by_hold(alice, compliance):
    a, b, _ = (upload(alice, text) for text in "abc")
    retain(alice, a)
    hold(compliance, b)

    def listed(retention):
        return {d.title for d in queries.documents(Filters(retention=retention))}

    assert (listed("standard"), listed(queries.HELD), listed("working")) == ({"A"}, {"B"}, {"B", "C"})


# --- the doors --------------------------------------------------------------------------------------------------------


def test_api_sets_holds_and_releases(alice, compliance, charlie, client_of):
    document = upload(alice)
    path, mine, theirs = f"/api/v1/documents/{document.id}", client_of(compliance), client_of(charlie)

    def post(client, deed, **body):
        return client.post(f"{path}/{deed}", body, content_type="application/json")

    assert post(mine, "retention", retention="extended").json()["kept_until"][:4] == str(timezone.now().year + 7)
    held = post(mine, "hold", reason="Case 7").json()
    assert (held["hold_reason"], held["held_at"] is None) == ("Case 7", False)
    assert client_of(alice).delete(path).status_code == 409
    assert post(client_of(alice), "release", reason="x").status_code == 403
    assert post(mine, "hold", reason="").status_code == 422
    for deed, body in (
        ("retention", {"retention": "working"}),
        ("hold", {"reason": "x"}),
        ("release", {"reason": "x"}),
    ):
        assert post(theirs, deed, **body).status_code == 404
    listed = mine.get("/api/v1/documents?retention=held").json()["items"]
    assert [item["id"] for item in listed] == [str(document.id)]
    bulk = {"deed": "release", "document_ids": [str(document.id)], "reason": "closed"}
    assert mine.post("/api/v1/documents/bulk", bulk, content_type="application/json").json() == {"n_changed": 1}
    bulk = {"deed": "retain", "document_ids": [str(document.id)], "retention": "working"}
    assert client_of(alice).post("/api/v1/documents/bulk", bulk, content_type="application/json").status_code == 403
    assert mine.post("/api/v1/documents/bulk", bulk, content_type="application/json").json() == {"n_changed": 1}


def test_pages_show_and_change_retention(alice, compliance, viewer, client_of):
    document = upload(alice)
    path = f"/documents/{document.id}/"
    officer, analyst = client_of(compliance), client_of(alice)

    analyst.post(f"{path}retention/", {"retention": "standard"})
    officer.post(f"{path}retention/", {"deed": "hold", "reason": "Case 7"})
    page = analyst.get(path).content.decode()
    assert "Under legal hold since" in page
    assert "Case 7" in page
    assert 'data-dialog="delete-document"' not in page
    assert 'data-testid="hold"' not in page
    assert 'data-testid="release"' not in page
    assert 'data-testid="release"' in officer.get(path).content.decode()
    assert "Change retention" not in client_of(viewer).get(path).content.decode()
    assert "Legal hold" in analyst.get("/documents/?retention=held").content.decode()
    analyst.post(f"{path}delete/")
    document.refresh_from_db()
    assert document.deleted_at is None
    assert officer.post(f"{path}retention/", {"deed": "hold", "reason": ""}).status_code == 302
    officer.post("/documents/bulk/", {"deed": "release", "reason": "closed", "id": [document.id]})
    analyst.post("/documents/bulk/", {"deed": "delete", "id": [document.id]})
    document.refresh_from_db()
    assert document.deleted_at is not None
    assert "Standard record, kept until" in analyst.get("/documents/?deleted=1").content.decode()
    assert "Standard record, kept until" in analyst.get(path).content.decode()


@pytest.mark.parametrize(("name", "value"), [("RETENTION_YEARS_STANDARD", "4"), ("DOCUMENT_RETENTION", "none")])
def test_server_does_not_start_with_a_period_under_its_floor(name, value):
    done = subprocess.run(
        [sys.executable, "-c", "import fo_platform.settings.base"],
        env=os.environ | {name: value}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert name in done.stderr
