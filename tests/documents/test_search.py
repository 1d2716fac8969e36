"""Pages found by their words, inside the desk only."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.models import Document, PageText
from apps.documents.services import reading
from apps.tenancy.services import tenant_scope
from tests.conftest import in_new_context
from tests.documents import files


def upload(actor, content, name="note.pdf"):
    return services.upload(
        file=ContentFile(content, name=name), file_name=name, actor=actor, at=timezone.now()
    ).document


@pytest.fixture
def papers(alice, run_jobs):
    timing = upload(
        alice,
        files.pdf("Hold the index above its ten-month average.", "Rebalance every month, gross of costs."),
        "timing.pdf",
    )
    pairs = upload(
        alice, b"Pairs trading: buy the loser, sell the winner. Momentum is rebalanced monthly.", "pairs.txt"
    )
    run_jobs()
    return timing, pairs


def found(text, **more):
    return {(hit.title, hit.number) for hit in queries.search(text=text, **more).hits}


WANTED = [
    ("index", {("Timing", 1)}),
    ("rebalancing", {("Timing", 2), ("Pairs", 1)}),  # the stem
    ("rebalance costs", {("Timing", 2)}),
    ('"buy the loser"', {("Pairs", 1)}),
    ('"loser buy"', set()),
    ("rebalance -costs", {("Pairs", 1)}),
    ("moment*", {("Pairs", 1)}),
    ("winne*", {("Pairs", 1)}),
    ("avera*", {("Timing", 1)}),
    ("rebalance -moment*", {("Timing", 2)}),
    ("index or loser", {("Timing", 1), ("Pairs", 1)}),
    ("inde* or win*", {("Timing", 1), ("Pairs", 1)}),
    ("ten-mon*", {("Timing", 1)}),
    ("nowhere", set()),
]


def test_pages_are_found_by_words_phrases_beginnings_and_exclusions(papers):
    assert [(text, found(text)) for text, _ in WANTED] == WANTED


@pytest.mark.parametrize(
    "text", ["", "   ", "the", "-costs", "a*", "x" * 201, "word " * 25, "\x00", "or", "--", '""', "*", "!&|"]
)
def test_search_that_asks_nothing_says_so(text, alice, client_of):
    with pytest.raises(queries.BadSearchError) as caught:
        queries.search(text=text)
    client = client_of(alice)

    assert caught.value.message.endswith(".")
    assert client.get("/api/v1/documents/search", {"q": text}).status_code == 422
    assert client.get("/documents/search/", {"q": text}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        '"unclosed',
        "a & b | !c",
        "(index",
        "index)",
        "in:de:x*",
        "'; DROP TABLE x; --",
        "<b>index</b>",
        "index\\",
        "🦊",
        "%s",
        "\x02index",
    ],
)
def test_odd_search_never_fails(text, alice, client_of):
    client = client_of(alice)

    assert client.get("/documents/search/", {"q": text}).status_code == 200
    assert client.get("/api/v1/documents/search", {"q": text}).status_code in {200, 422}


def test_snippet_marks_the_match_and_escapes_the_page(alice, run_jobs):
    upload(alice, b"1 < 2 <script>alert(1)</script> momentum & more", "evil.txt")
    run_jobs()

    [hit] = queries.search(text="momentum").hits

    assert hit.html.endswith("<mark>momentum</mark> &amp; more")
    assert "<script" not in hit.html


def test_word_broken_at_the_end_of_a_line_is_found_whole(alice, run_jobs):
    upload(alice, "Sort on momen-\ntum and eﬃciency.".encode(), "broken.txt")
    run_jobs()

    assert len(found("momentum efficiency")) == 1


def test_search_page_shows_hits_with_a_link_to_the_page(papers, alice, client_of):
    timing, _ = papers
    client = client_of(alice)

    whole = client.get("/documents/search/", {"q": "rebalance", "type": "application/pdf"}).content.decode()
    part = client.get("/documents/search/", {"q": "rebalance"}, headers={"HX-Request": "true"}).content.decode()

    assert whole.count('data-testid="hit"') == 1
    assert f"/documents/{timing.id}/?find=rebalance#page-2" in whole
    assert "<mark>Rebalance</mark>" in whole
    assert part.count('data-testid="hit"') == 2
    assert "<html" not in part


def test_api_answers_with_snippets_and_next_page(papers, alice, client_of):
    body = client_of(alice).get("/api/v1/documents/search", {"q": "costs"}).json()

    assert (body["total"], body["is_capped"], body["next_page"]) == (1, False, None)
    assert body["items"][0]["number"] == 2
    assert body["items"][0]["snippet"] == "Rebalance every month, gross of costs"
    assert body["items"][0]["matches"] == ["costs"]


def test_viewer_may_search_and_a_stranger_may_not(papers, viewer, client_of, stranger):
    assert client_of(viewer).get("/api/v1/documents/search", {"q": "index"}).json()["total"] == 1
    assert stranger.get("/api/v1/documents/search", {"q": "index"}).status_code == 401


def test_other_desk_finds_only_its_own(papers, charlie, client_of):
    def theirs():
        with tenant_scope(charlie.tenant_id):
            ids = list(Document.objects.values_list("id", flat=True))
            return found("index"), found("index", filters=queries.Filters(status="read")), ids

    assert in_new_context(theirs) == (set(), set(), [])
    assert client_of(charlie).get("/api/v1/documents/search", {"q": "index"}).json()["items"] == []
    assert found("index") == {("Timing", 1)}


def test_search_without_a_desk_is_refused_by_the_database(lone_desk):
    from django.db import Error

    with pytest.raises(Error, match="no tenant"), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM search_pages('index'::tsquery, NULL, 5)")


def test_reading_again_leaves_each_text_once(papers, alice, run_jobs):
    Document.objects.update(status="stored")
    reading._queue(papers[0], alice, timezone.now())
    run_jobs()

    assert PageText.objects.filter(document=papers[0]).count() == 2


def test_page_with_more_words_than_an_index_entry_holds_is_still_read(alice, run_jobs):
    words = " ".join(f"w{n}ö{n * 7}" for n in range(60_000))
    page = reading.DocumentPage(tenant_id=alice.tenant_id, number=1, words=[[words, 0, 0, 1, 1, 0]])
    page = reading._text(page, queries.page_words(1, page.words), ())

    page.document_id = upload(alice, b"x y z", "big.txt").id
    page.save()

    assert len(page.text) == 100_000


def test_search_takes_the_same_number_of_queries_for_one_hit_and_for_twenty(alice, run_jobs, client_of):
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(alice), []
    for n in (1, 20):
        while Document.objects.count() * 4 < n:
            at = Document.objects.count()
            upload(alice, files.pdf(*(f"momentum {at} {page}" for page in range(min(n, 4)))), "a.pdf")
        run_jobs()
        with CaptureQueriesContext(connection) as captured:
            page = client.get("/documents/search/?q=momentum").content.decode()
        assert page.count('data-testid="hit"') >= n - 3
        counts.append(len(captured))

    assert counts[0] == counts[1]
