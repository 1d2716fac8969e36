"""Documents of an earlier reader are read again; their quotes point where the words stand now."""

from __future__ import annotations

import json

import pymupdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.adapters.pdf import READER_VERSION
from apps.documents.models import Document, DocumentPage, PageText
from apps.events.models import Event
from apps.jobs.models import Job
from apps.strategies import queries as strategies
from apps.strategies.models import Strategy
from apps.strategies.services import fill_rules_hashes, locate_citations_again
from apps.tenancy.services import tenant_scope
from tests.conftest import in_new_context
from tests.documents import files

RULE = "On the last trading day of each month we hold the S&P 500 when it closes above its ten-month simple moving average and cash otherwise. The portfolio is rebalanced monthly."


def turned():
    document = pymupdf.open(stream=files.pdf(RULE, "The second page says nothing."))
    document[0].set_rotation(90)
    return document.tobytes()


def reread(*arguments):
    in_new_context(call_command, "reread_documents", *arguments)


@pytest.fixture
def outdated(alice, run_jobs):
    """A document whose first page an earlier reader put elsewhere, and a strategy that cites it there."""
    document = services.upload(
        file=ContentFile(files.pdf(RULE, "The second page says nothing.")),
        file_name="moved.pdf",
        actor=alice,
        at=timezone.now(),
    ).document
    run_jobs()
    page = DocumentPage.objects.get(document=document, number=1)
    page.words = [[text, x0 + 9, y0 + 9, x1 + 9, y1 + 9, line] for text, x0, y0, x1, y1, line in page.words]
    page.save()
    PageText.objects.filter(document=document, number=1).update(text="stale words")
    locate_citations_again(document_id=document.id, at=timezone.now())
    Document.objects.update(reader_version=0)
    return document


def boxes(document):
    [strategy] = Strategy.objects.filter(document=document)
    draft = strategies.draft_of(strategy)
    return {name: p.citation.boxes for name, p in draft.parameters.items() if p.citation and p.citation.boxes}


def test_new_document_has_the_version_of_its_reader(alice, run_jobs):
    document = services.upload(file=ContentFile(b"words"), file_name="a.txt", actor=alice, at=timezone.now()).document
    run_jobs()
    document.refresh_from_db()

    assert (document.reader_version, READER_VERSION > 0, services.outdated()) == (READER_VERSION, True, 0)


def test_outdated_document_is_read_again_and_its_quotes_point_right(outdated, run_jobs, capsys):
    old, n_answers = boxes(outdated), Strategy.objects.get().n_questions
    before = {p.number: (p.id, p.image) for p in DocumentPage.objects.filter(document=outdated)}

    reread("--dry-run")
    assert (capsys.readouterr().out, services.outdated()) == ("1 document to be read again.\n", 1)
    reread()
    run_jobs()
    outdated.refresh_from_db()

    assert (outdated.status, outdated.reader_version, outdated.n_pages) == ("read", READER_VERSION, 2)
    new = boxes(outdated)
    assert new.keys() == old.keys()
    assert len(new) > 0
    for name, places in new.items():
        assert [[round(v - 9, 1) for v in box[1:]] for box in old[name]] == [
            [round(v, 1) for v in box[1:]] for box in places
        ]
    assert Strategy.objects.get().n_questions == n_answers
    after = {p.number: (p.id, p.image) for p in DocumentPage.objects.filter(document=outdated)}
    assert after[2] == before[2]  # a page that reads as before is not touched
    assert after[1][1] == before[1][1] != ""  # the image stays
    assert "ten-month" in PageText.objects.get(document=outdated, number=1).text
    [event] = Event.objects.filter(type="documents.reread")
    assert json.loads(event.body)["data"]["n_changed"] == 1
    assert Event.objects.filter(type="documents.read").count() == 1  # nobody looks for strategies once more
    assert Strategy.objects.count() == 1


def test_second_time_nothing_is_left_to_read(outdated, run_jobs):
    reread()
    run_jobs()
    n = Job.objects.count()

    reread()

    assert Job.objects.count() == n


def test_document_that_cannot_be_read_again_keeps_its_words(outdated, run_jobs):
    words = [page.words for page in queries.pages_of(document_id=outdated.id)]
    name = queries.storage_name(outdated)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(files.truncated()))

    reread()
    run_jobs()
    outdated.refresh_from_db()

    assert (outdated.status, outdated.reader_version) == ("read", 0)
    assert [page.words for page in queries.pages_of(document_id=outdated.id)] == words
    assert Event.objects.filter(type="documents.not_reread").count() == 1


def test_quote_that_is_no_longer_there_is_not_located_and_that_is_recorded(outdated):
    DocumentPage.objects.filter(document=outdated).update(words=[["Gone.", 1.0, 1.0, 20.0, 9.0, 1]])
    statuses = {n: p.status for n, p in strategies.draft_of(Strategy.objects.get()).parameters.items()}

    assert locate_citations_again(document_id=outdated.id, at=timezone.now()) == 1

    assert boxes(outdated) == {}
    assert {n: p.status for n, p in strategies.draft_of(Strategy.objects.get()).parameters.items()} == statuses
    last = Event.objects.filter(type="strategies.located_again").order_by("at").last()
    assert json.loads(last.body)["data"]["n_lost"] > 0
    assert locate_citations_again(document_id=outdated.id, at=timezone.now()) == 0


def test_each_desk_is_read_again_in_its_own_scope(outdated, charlie, run_jobs):
    def theirs():
        with tenant_scope(charlie.tenant_id):
            document = services.upload(
                file=ContentFile(turned()), file_name="x.pdf", actor=charlie, at=timezone.now()
            ).document
        run_jobs()
        with tenant_scope(charlie.tenant_id):
            Document.objects.update(reader_version=0)
        return document.id

    document_id = in_new_context(theirs)
    reread()
    run_jobs()

    def version():
        with tenant_scope(charlie.tenant_id):
            return Document.objects.get(id=document_id).reader_version

    assert in_new_context(version) == READER_VERSION
    outdated.refresh_from_db()
    assert outdated.reader_version == READER_VERSION


def test_older_strategies_get_the_name_of_their_rules(outdated):
    known = Strategy.objects.get().rules_hash
    Strategy.objects.update(rules_hash="")

    in_new_context(call_command, "fill_rules_hashes")

    assert (Strategy.objects.get().rules_hash, len(known)) == (known, 64)
    assert fill_rules_hashes() == 0
