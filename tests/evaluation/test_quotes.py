"""Quotes of known place: located at those words or not at all; false quotes never. And where the counts are shown."""

from __future__ import annotations

import json
import random
import time

import pytest
from django.core.management import call_command

from apps.domain.evidence import PageWords, QuoteFinder, Word
from apps.strategies.evaluation.quotes import SEED, evaluate_quotes, sources
from apps.strategies.evaluation.quotes.perturb import DISTURBANCES, LIES
from apps.strategies.queries.evaluation import QUOTE_RESULTS


@pytest.fixture(scope="module")
def stored():
    return json.loads(QUOTE_RESULTS.read_text())


@pytest.fixture(scope="module")
def found():
    return evaluate_quotes(seed=SEED)


def test_no_quote_is_located_at_wrong_words(found):
    wrong = {row["kind"]: row["n_wrong"] for row in found["kinds"] if row["n_wrong"]}

    assert (found["precision"], wrong) == (1.0, {})


def test_true_quotes_are_located_however_they_are_disturbed(found):
    true = [row for row in found["kinds"] if row["group"] == "true"]

    assert found["recall"] >= 0.98
    assert [row["kind"] for row in true if row["n_right"] < 0.98 * row["n"]] == []
    assert {*DISTURBANCES, "across pages, verbatim", "across pages, all together"} == {row["kind"] for row in true}


def test_the_set_is_large_enough_to_mean_something(found):
    counts = {row["kind"]: row["n"] for row in found["kinds"]}

    assert found["n_documents"] >= 50
    assert min(counts.values()) >= 80
    assert {*LIES, "of another document", "two passages joined"} <= counts.keys()


def test_quotes_of_another_draw_fare_alike():
    found = evaluate_quotes(seed=17)

    assert (found["precision"], found["recall"] >= 0.98) == (1.0, True)


def test_stored_counts_are_those_of_the_finder_as_it_is(found, stored):
    assert stored == json.loads(json.dumps(found)), "run manage.py evaluate_evidence"


def test_printed_words_stand_where_they_were_put():
    for source in sources():
        read = [word.text for page in source.pages for word in page.words]
        same = sum(
            "".join(read[i] for i in place) == word for word, place in zip(source.written, source.places, strict=True)
        )
        assert same > 0.9 * len(source.written), source.name


def test_quotes_in_three_hundred_pages_take_milliseconds():
    rng = random.Random(3)
    vocabulary = [word for source in sources() for word in source.written]
    words = [rng.choice(vocabulary) for _ in range(150_000)]
    pages = [
        PageWords(n + 1, tuple(Word(text, 40.0 * (i % 10), 12.0 * (i // 10), 40.0 * (i % 10) + 35, 12.0 * (i // 10) + 10, i // 10)
                               for i, text in enumerate(words[500 * n : 500 * n + 500])))
        for n in range(300)
    ]  # fmt: skip
    finder = QuoteFinder(pages)
    quotes = [" ".join(rng.choice(vocabulary) for _ in range(20)) for _ in range(20)]
    quotes += [" ".join(words[at : at + 20]).upper() for at in range(0, 20_000, 1000)]

    began = time.process_time()
    finder.locate("a first quote builds the index")
    indexed = time.process_time()
    matches = [finder.locate(quote).match for quote in quotes]
    done = time.process_time()

    assert indexed - began < 8
    assert done - indexed < 2
    assert matches == ["not located"] * 20 + ["normalised"] * 20


def test_command_prints_each_kind_and_writes_where_told(tmp_path, capsys, stored):
    path = tmp_path / "quotes.json"

    call_command("evaluate_evidence", output=path)

    assert "across pages, all together" in capsys.readouterr().out
    assert json.loads(path.read_text()) == stored


@pytest.mark.django_db
def test_page_and_endpoint_show_the_counts(desk, viewer, client_of, stored):
    page = client_of(viewer).get("/evaluation/").content.decode()
    answer = client_of(viewer).get("/api/v1/evaluation").json()["evidence"]

    assert page.count('data-testid="quote-row"') == len(stored["kinds"])
    assert answer == stored
