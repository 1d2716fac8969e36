"""A document read by Claude and by the rule reader: progress, fall-back with its note, disagreements beside fields, reading again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.documents import services as documents
from apps.jobs.models import Job
from apps.llm.adapters.breaker import note_failure
from apps.llm.models import ModelCall
from apps.strategies import queries, services
from apps.strategies.evaluation.disagreement import disagreements, pairs
from apps.strategies.models import Extraction
from apps.strategies.services.extraction import EXTRACT_JOB
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.llm.server import Said, busy
from tests.strategies.adapters.answers import Script, found, quote, strategy, written
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")

TEXT = (
    b"We buy the S&P 500 at each month end when it is above its ten-month moving average and hold cash otherwise. "
    b"Orders are filled at the next open. Trades cost 5 bps. From January 2000 to December 2015 it returned 7.1% a year."
)


@pytest.fixture
def claude(model_service, settings):
    settings.STRATEGY_READER = "claude"
    return Script().play(model_service)


def bring(alice, run_jobs, text=TEXT, name="note.txt"):
    document = documents.upload(file=ContentFile(text), file_name=name, actor=alice, at=timezone.now()).document
    run_jobs()
    return document


def test_document_is_read_by_claude_with_cost_and_the_second_opinion(claude, alice, run_jobs, client_of):
    document = bring(alice, run_jobs)

    extraction = queries.latest_extraction(document_id=document.id)
    [read] = queries.strategies(document_id=document.id)
    assert (extraction.status, extraction.read_by, extraction.model, extraction.fallback_code) == (
        "done",
        "claude",
        "claude-sonnet-test",
        "",
    )
    assert {call.purpose for call in ModelCall.objects.all()} == {"strategies.find", "strategies.extract"}
    assert {(call.subject_id, call.document_id) for call in ModelCall.objects.all()} == {(extraction.id, document.id)}
    told = {one["field"]: one["second"] for one in extraction.cross_check["strategies"][str(read.id)]}
    assert told["fill"] == "next open"

    page = client_of(alice).get(f"/strategies/{read.id}/review/").content.decode()
    assert "By the Claude reader" in page
    assert 'data-testid="second-fill"' in page
    assert "The rule reader reads next open" in page
    said = client_of(alice).get(f"/api/v1/strategies/{read.id}").json()
    one = next(one for one in said["disagreements"] if one["field"] == "fill")
    assert (said["read_by"], one["parameter"], one["second_page"]) == ("Claude reader", "fill", 1)
    assert one["second_quote"]
    [reading] = client_of(alice).get(f"/api/v1/documents/{document.id}/readings").json()
    assert Decimal(reading["cost_usd"]) > 0


def test_disagreement_goes_when_the_analyst_takes_the_other_value(claude, alice, run_jobs, client_of):
    document = bring(alice, run_jobs)
    [read] = queries.strategies(document_id=document.id)

    services.answer(strategy_id=read.id, name="fill", value="next_open", actor=alice, at=timezone.now(), note="")

    assert 'data-testid="second-fill"' not in client_of(alice).get(f"/strategies/{read.id}/review/").content.decode()


def test_progress_tells_section_strategy_and_repair(claude, alice, run_jobs, monkeypatch, client_of):
    claude.write, seen = [written(enter="close >> trend")], []
    from apps.jobs.services import Work

    keep = Work.progress

    def watch(work, done, total, note=""):
        seen.append((work.kind, note))
        return keep(work, done, total, note)

    monkeypatch.setattr(Work, "progress", watch)

    bring(alice, run_jobs)

    notes = [note for kind, note in seen if kind == EXTRACT_JOB and "so far" not in note]
    assert notes == [
        "looking at section 1 of 1", "writing down strategy 1 of 1", "writing down strategy 1 of 1, repair 1", "strategies found"
    ]  # fmt: skip


def test_running_reading_shows_its_progress_on_the_document(claude, alice, run_jobs, client_of):
    document = bring(alice, run_jobs)
    extraction = queries.latest_extraction(document_id=document.id)
    Extraction.objects.filter(id=extraction.id).update(status="running")
    job = Job.objects.get(subject_id=extraction.id)
    Job.objects.filter(id=job.id).update(
        status="running", done_steps=2, total_steps=9, note="looking at section 3 of 9",
        lease_token=job.id, lease_until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip

    page = client_of(alice).get(f"/strategies/of-document/{document.id}/").content.decode()

    assert "looking at section 3 of 9" in page


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (busy(), "model_unavailable", "busy or failing"),
        (busy(401, "authentication_error"), "model_not_set_up", "ANTHROPIC_API_KEY"),
        (Said("No.", stop_reason="refusal"), "model_declined", "declined"),
        (Said('{"strat', stop_reason="max_tokens"), "answer_cut_off", "cut off"),
        (Said("Certainly! Here it is"), "answer_invalid", "does not have the form"),
    ],
)
def test_reading_that_fails_falls_back_to_the_rule_reader_and_says_so(
    claude, alice, run_jobs, client_of, said, code, words
):
    claude.find = [said]

    document = bring(alice, run_jobs)

    extraction = queries.latest_extraction(document_id=document.id)
    [read] = queries.strategies(document_id=document.id)
    assert (extraction.status, extraction.reader, extraction.read_by, extraction.fallback_code) == (
        "done",
        "claude",
        "rules",
        code,
    )
    client = client_of(alice)
    review = client.get(f"/strategies/{read.id}/review/").content.decode()
    panel = client.get(f"/strategies/of-document/{document.id}/").content.decode()
    for page in (review, panel):
        assert "Read by the rule reader, not by Claude" in page
        assert words in page
    assert "By the rule reader" in review
    assert "Read again with Claude" in panel
    said = client.get(f"/api/v1/strategies/{read.id}").json()
    assert (said["read_by"], words in said["fallback_reason"], said["disagreements"]) == ("rule reader", True, [])


def test_budget_that_does_not_hold_the_reading_sends_nothing_and_falls_back(
    claude, model_service, alice, run_jobs, settings
):
    settings.LLM_MONTHLY_BUDGET_USD = Decimal("0.01")

    document = bring(alice, run_jobs)

    extraction = queries.latest_extraction(document_id=document.id)
    assert (extraction.fallback_code, model_service.requests, ModelCall.objects.count()) == ("budget_exceeded", [], 0)
    assert "The budget of $0.01 for this month does not hold this" in extraction.fallback_reason


def test_open_breaker_falls_back_without_asking(claude, model_service, alice, run_jobs, settings):
    settings.LLM_BREAKER_FAILURES = 1
    note_failure("claude-sonnet-test", at=timezone.now())

    document = bring(alice, run_jobs)

    assert queries.latest_extraction(document_id=document.id).fallback_code == "model_paused"
    assert (model_service.requests, model_service.counted) == ([], [])


def test_document_too_long_for_a_model_is_read_by_rules(claude, model_service, alice, run_jobs, settings):
    settings.ANTHROPIC_TOKEN_BUDGET = 5

    document = bring(alice, run_jobs)

    assert queries.latest_extraction(document_id=document.id).fallback_code == "too_long"
    assert model_service.counted == []


def test_fallback_that_is_switched_off_fails_with_the_reason(claude, alice, run_jobs, settings, client_of):
    settings.EXTRACTION_FALLBACK = False
    claude.find = [busy()]

    document = bring(alice, run_jobs)

    extraction = queries.latest_extraction(document_id=document.id)
    page = client_of(alice).get(f"/strategies/of-document/{document.id}/").content.decode()
    assert (extraction.status, extraction.error_code) == ("failed", "reader_unavailable")
    assert "Try again" in page


def test_reading_again_after_a_fallback_asks_claude(claude, alice, run_jobs, client_of, viewer):
    claude.find = [busy(), found("Ten-month timing")]
    document = bring(alice, run_jobs)
    client, body = client_of(alice), {"reader": "claude"}

    refused = client_of(viewer).post(f"/api/v1/documents/{document.id}/readings", body, content_type="application/json")
    done = client.post(f"/strategies/of-document/{document.id}/again/", {"reader": "claude"})
    run_jobs()
    again = client.post(f"/api/v1/documents/{document.id}/readings", body, content_type="application/json")

    readings = client.get(f"/api/v1/documents/{document.id}/readings").json()
    assert (refused.status_code, done.status_code, again.status_code) == (403, 302, 202)
    assert [(r["read_by"], r["fallback_code"]) for r in readings] == [("claude", ""), ("rules", "model_unavailable")]
    assert again.json()["id"] == readings[0]["id"]  # it was read by Claude: nothing more to do


def test_fallback_on_a_document_that_the_rules_have_read_makes_no_second_draft(
    claude, alice, run_jobs, client_of, settings
):
    settings.STRATEGY_READER = "rules"
    document = bring(alice, run_jobs)
    claude.find = [busy()]

    for _ in range(2):
        client_of(alice).post(f"/strategies/of-document/{document.id}/again/", {"reader": "claude"})
        run_jobs()

    panel = client_of(alice).get(f"/strategies/of-document/{document.id}/").content.decode()
    assert (Extraction.objects.count(), queries.strategies(document_id=document.id).count()) == (3, 1)
    assert "Read by the rule reader, not by Claude" in panel
    assert "The drafts that the rule reader made of it before stand." in panel


def test_interrupted_reading_is_taken_up_without_paying_twice(claude, model_service, alice, run_jobs, monkeypatch):
    """The worker dies after the first answer: the next one asks only what is still open."""
    from apps.jobs.services import recover
    from apps.strategies.services import reading

    claude.find = [Said(found("One", "Two"), delay=0.3)]
    claude.write = [written(name="One"), written(name="Two")]
    monkeypatch.setattr(reading, "SLICE", 0.2)  # gives the lease back after the first question
    document = documents.upload(file=ContentFile(TEXT), file_name="n.txt", actor=alice, at=timezone.now()).document
    run_jobs()
    job = Job.objects.get(kind=EXTRACT_JOB)
    before = (job.status, len(model_service.requests))

    monkeypatch.setattr(reading, "SLICE", 300.0)
    recover(Job.objects.get(id=job.id), at=timezone.now() + timedelta(seconds=60))
    run_jobs()

    assert before == ("running", 1)
    assert (
        Job.objects.get(id=job.id).status,
        len(model_service.requests),
        queries.strategies(document_id=document.id).count(),
    ) == ("done", 3, 2)


def test_recorded_answers_serve_a_second_run_of_the_same_reading(claude, model_service, alice, run_jobs):
    document = bring(alice, run_jobs)
    extraction = queries.latest_extraction(document_id=document.id)
    job = Job.objects.get(subject_id=extraction.id)
    Job.objects.filter(id=job.id).update(status="queued")

    run_jobs()

    assert (len(model_service.requests), queries.strategies(document_id=document.id).count()) == (2, 1)


def test_document_without_a_strategy_for_claude_names_what_the_rules_find(claude, alice, run_jobs, client_of):
    claude.find = [found(not_a_strategy="A market commentary.")]

    document = bring(alice, run_jobs)

    extraction = queries.latest_extraction(document_id=document.id)
    page = client_of(alice).get(f"/strategies/of-document/{document.id}/").content.decode()
    assert extraction.n_strategies == 0
    assert "A market commentary." in extraction.remarks[0]
    assert extraction.remarks[1].startswith("The rule reader finds a strategy here: ")
    assert "Use the rule reader" in page


def test_document_that_goes_for_good_takes_the_recorded_answers_along(claude, alice, run_jobs):
    claude.find = [found(not_a_strategy="A market commentary.")]
    document = bring(alice, run_jobs)

    services.forget_readings(document.id)

    assert {call.answer for call in ModelCall.objects.all()} == {""}
    assert Extraction.objects.count() == 0


def test_button_to_read_with_claude_is_there_only_with_a_key(model_service, alice, run_jobs, client_of, settings):
    document = bring(alice, run_jobs)
    client, path = client_of(alice), f"/strategies/of-document/{document.id}/"

    with_key = client.get(path).content.decode()
    settings.ANTHROPIC_API_KEY = ""

    assert "Read with Claude too" in with_key
    assert "Read with Claude too" not in client.get(path).content.decode()


# --- the comparison itself ------------------------------------------------------------------------------------------


def test_same_draft_disagrees_with_itself_on_nothing():
    assert disagreements(TEN_MONTH_TIMING, TEN_MONTH_TIMING) == []


def test_other_window_is_told_with_its_parameter_and_page():
    window = next(n for n, p in TEN_MONTH_TIMING.parameters.items() if p.unit == "months")
    other = changed(TEN_MONTH_TIMING, f"/parameters/{window}/value", 12)
    other = changed(
        other, f"/parameters/{window}/citation", {"page": 4, "quote": "twelve months", "match": "exact", "score": 1.0}
    )

    [found] = disagreements(TEN_MONTH_TIMING, other)

    assert (found.parameter, found.first, found.second, found.second_page) == (window, "10 months", "12 months", 4)


def test_same_length_in_another_unit_is_no_disagreement():
    window = next(n for n, p in TEN_MONTH_TIMING.parameters.items() if p.unit == "months")
    other = changed(TEN_MONTH_TIMING, f"/parameters/{window}/value", 210)
    other = changed(other, f"/parameters/{window}/unit", "days")

    assert disagreements(TEN_MONTH_TIMING, other) == []


def test_what_a_reader_assumed_is_no_reading():
    other = changed(TEN_MONTH_TIMING, "/parameters/cost/value", 99.0)

    assert [d.field for d in disagreements(TEN_MONTH_TIMING, other)] == ["cost"]
    assert disagreements(TEN_MONTH_TIMING, changed(other, "/parameters/cost/status", "assumed")) == []


def test_drafts_are_paired_by_what_they_agree_on():
    assert pairs([TEN_MONTH_TIMING, CROSS_MOMENTUM], [CROSS_MOMENTUM, TEN_MONTH_TIMING]) == [1, 0]
    assert pairs([TEN_MONTH_TIMING], []) == [None]
    assert pairs([TEN_MONTH_TIMING], [CROSS_MOMENTUM]) == [None]


def test_figure_that_the_readers_read_differently_is_told(claude, alice, run_jobs):
    other = strategy()
    other["claims"][0] |= {"value": "0.0710001", "quote": quote("it returned 7.1% a year.")}
    claude.write = [{"strategy": other}]

    document = bring(alice, run_jobs)

    [told] = queries.latest_extraction(document_id=document.id).cross_check["strategies"].values()
    assert [one["second_value"] for one in told if one["field"] == "claim_annual_return"] == [0.071]
