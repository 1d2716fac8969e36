"""A folder of papers read by Claude in batches: rounds, prices, interruptions, fall-back, the page and the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import services as documents
from apps.jobs.models import Job
from apps.llm.models import ModelBatch, ModelCall
from apps.strategies import queries, services
from apps.strategies.adapters.reader import ReaderUnavailable
from apps.strategies.models import BatchReading, Extraction
from tests.conftest import in_new_context
from tests.llm.server import Said, busy
from tests.strategies.adapters.answers import Script, found, written

pytestmark = pytest.mark.usefixtures("market_data")
TEXT = (
    "We buy the S&P 500 at each month end when it is above its ten-month moving average and hold cash otherwise. "
    "Trades cost 5 bps. It returned 7.1% a year. This is note number {n}."
)


@pytest.fixture
def folder(alice, run_jobs, model_service):
    made = documents.create_folder(name="Timing", kind="topic", actor=alice, at=timezone.now())
    for n in range(3):
        file = ContentFile(TEXT.format(n=n).encode())
        documents.upload(file=file, file_name=f"n{n}.txt", actor=alice, at=timezone.now(), folder_id=made.id)
    run_jobs()
    return made


def poll(run_jobs, times=1):
    for _ in range(times):
        in_new_context(services.poll_batches, at=timezone.now())
        run_jobs()


def hand_in(alice, folder, run_jobs):
    batch = services.read_in_batch(folder_id=folder.id, actor=alice, at=timezone.now())
    run_jobs()
    return batch


def by_claude(batch):
    return list(Extraction.objects.filter(id__in=batch.extraction_ids))


def test_folder_is_read_in_two_rounds_at_half_the_price(folder, alice, run_jobs, model_service):
    script = Script().play(model_service)

    batch = hand_in(alice, folder, run_jobs)
    first = (len(model_service.batches), list(script.asked))
    poll(run_jobs, 2)

    batch.refresh_from_db()
    assert first == (1, [])
    assert [len(items) for items in model_service.batches.values()] == [3, 3]
    assert (batch.status, batch.n_rounds, script.asked) == ("done", 2, ["find"] * 3 + ["write"] * 3)
    assert {(e.status, e.read_by, e.n_strategies) for e in by_claude(batch)} == {("done", "claude", 1)}
    # each answer took 1200 and 340 tokens: 1200 x 3 + 340 x 15 dollars a million, halved
    assert {call.cost_usd for call in ModelCall.objects.all()} == {Decimal("0.004350")}
    assert {call.state for call in ModelCall.objects.all()} == {"settled"}
    assert all(e.cross_check["reader"] == "rules" for e in by_claude(batch))


def test_batch_that_is_being_worked_on_is_left_alone(folder, alice, run_jobs, model_service):
    Script().play(model_service)
    model_service.is_batch_ended = False

    batch = hand_in(alice, folder, run_jobs)
    n_jobs = Job.objects.count()
    poll(run_jobs, 3)

    batch.refresh_from_db()
    assert (batch.status, len(model_service.batches), Job.objects.count()) == ("open", 1, n_jobs)
    assert {call.state for call in ModelCall.objects.all()} == {"reserved"}


def test_killed_worker_loses_and_pays_nothing(folder, alice, run_jobs, model_service):
    """The step is done again from the start at every point where a worker may die."""
    script = Script().play(model_service)
    batch = hand_in(alice, folder, run_jobs)

    for _ in range(6):  # the job is run again although it had done its step
        Job.objects.filter(subject_id=batch.id).update(status="queued")
        run_jobs()
    poll(run_jobs)

    assert (len(model_service.batches), len(script.asked)) == (2, 6)
    assert queries.strategies().filter(extraction_id__in=batch.extraction_ids).count() == 3


def test_worker_that_dies_before_the_service_answers_hands_in_again(folder, alice, run_jobs, model_service):
    Script().play(model_service)
    batch = hand_in(alice, folder, run_jobs)
    ModelBatch.objects.update(provider_id="")  # as if it had died between handing in and writing that down

    poll(run_jobs, 3)

    batch.refresh_from_db()
    states = list(ModelBatch.objects.order_by("created_at").values_list("state", flat=True))
    assert (batch.status, states) == ("done", ["failed", "ended", "ended"])
    assert {e.read_by for e in by_claude(batch)} == {"claude"}


def test_repairs_are_rounds_too(folder, alice, run_jobs, model_service):
    script = Script(write=[written(enter="close >> trend"), written(), written()]).play(model_service)

    batch = hand_in(alice, folder, run_jobs)
    poll(run_jobs, 4)

    batch.refresh_from_db()
    assert [len(items) for items in model_service.batches.values()] == [3, 3, 1]
    assert (batch.status, batch.n_rounds, script.asked.count("repair")) == ("done", 3, 1)


def test_document_without_an_answer_is_read_by_rules_and_says_so(folder, alice, run_jobs, model_service):
    Script().play(model_service)
    model_service.fail_batch_items = {1}

    batch = hand_in(alice, folder, run_jobs)
    poll(run_jobs)
    model_service.fail_batch_items = set()
    poll(run_jobs)

    batch.refresh_from_db()
    assert batch.status == "done"
    assert sorted(e.fallback_code for e in by_claude(batch)) == ["", "", "model_unavailable"]


@pytest.mark.parametrize("said", [Said("No.", stop_reason="refusal"), Said("{"), Said('{"a', stop_reason="max_tokens")])
def test_useless_answer_in_a_batch_falls_back_once(folder, alice, run_jobs, model_service, said):
    Script(find=[said, found("Ten-month timing")]).play(model_service)

    batch = hand_in(alice, folder, run_jobs)
    poll(run_jobs, 3)

    batch.refresh_from_db()
    assert (batch.status, sum(bool(e.fallback_code) for e in by_claude(batch))) == ("done", 1)


def test_budget_that_does_not_hold_the_batch_sends_nothing(folder, alice, run_jobs, model_service, settings):
    settings.LLM_MONTHLY_BUDGET_USD = Decimal("0.10")

    batch = hand_in(alice, folder, run_jobs)

    batch.refresh_from_db()
    assert (batch.status, model_service.batches, ModelCall.objects.count()) == ("done", {}, 0)
    assert {e.fallback_code for e in by_claude(batch)} == {"budget_exceeded"}


def test_service_that_is_away_when_asked_is_asked_again_later(folder, alice, run_jobs, model_service, settings):
    Script().play(model_service)
    batch = hand_in(alice, folder, run_jobs)

    good = settings.ANTHROPIC_BASE_URL
    settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"
    poll(run_jobs)
    batch.refresh_from_db()
    while_away = batch.status
    settings.ANTHROPIC_BASE_URL = good
    poll(run_jobs, 2)

    batch.refresh_from_db()
    assert (while_away, batch.status) == ("open", "done")


def test_batch_that_never_ends_is_given_up_and_read_by_rules(folder, alice, run_jobs, model_service):
    Script().play(model_service)
    model_service.is_batch_ended = False
    batch = hand_in(alice, folder, run_jobs)
    ModelBatch.objects.update(created_at=timezone.now() - timedelta(hours=27))

    poll(run_jobs)

    batch.refresh_from_db()
    assert (batch.status, {e.fallback_code for e in by_claude(batch)}) == ("done", {"model_unavailable"})


def test_batch_that_is_not_taken_is_read_by_rules(folder, alice, run_jobs, model_service):
    model_service.answers = [busy(500, "api_error")]

    batch = hand_in(alice, folder, run_jobs)

    batch.refresh_from_db()
    assert (batch.status, {e.fallback_code for e in by_claude(batch)}) == ("done", {"model_unavailable"})


def test_document_that_claude_has_read_is_not_handed_in_again(folder, alice, run_jobs, model_service):
    Script().play(model_service)
    hand_in(alice, folder, run_jobs)
    poll(run_jobs, 2)

    with pytest.raises(services.NothingToReadError):
        services.read_in_batch(folder_id=folder.id, actor=alice, at=timezone.now())


def test_batch_needs_a_key_and_a_role(folder, alice, viewer, settings):
    with pytest.raises(NotAllowedError):
        services.read_in_batch(folder_id=folder.id, actor=viewer, at=timezone.now())
    settings.ANTHROPIC_API_KEY = ""
    with pytest.raises(ReaderUnavailable, match="ANTHROPIC_API_KEY"):
        services.read_in_batch(folder_id=folder.id, actor=alice, at=timezone.now())


def test_batch_that_fails_for_good_leaves_its_documents_to_be_read_again(folder, alice, run_jobs, model_service):
    from apps.jobs.services import cancel

    Script().play(model_service)
    batch = services.read_in_batch(folder_id=folder.id, actor=alice, at=timezone.now())
    cancel(job_id=Job.objects.get(subject_id=batch.id).id, at=timezone.now())

    batch.refresh_from_db()
    assert (batch.status, {e.status for e in by_claude(batch)}) == ("failed", {"failed"})
    assert services.read_in_batch(folder_id=folder.id, actor=alice, at=timezone.now()).status == "open"


def test_page_hands_in_a_folder_and_shows_how_far_it_is(folder, alice, viewer, run_jobs, model_service, client_of):
    Script().play(model_service)
    client = client_of(alice)

    before = client.get(f"/strategies/batches/?folder={folder.id}").content.decode()
    refused = client_of(viewer).post("/strategies/batches/start/", {"folder": folder.id}).status_code
    done = client.post("/strategies/batches/start/", {"folder": folder.id})
    nothing = client.post("/strategies/batches/start/", {"folder": ""})
    run_jobs()
    poll(run_jobs, 2)
    after = client.get("/strategies/batches/").content.decode()

    assert "3 of 3 documents in “Timing” are not yet read by Claude" in before
    assert (refused, done.status_code, nothing.status_code) == (403, 302, 422)
    assert "3 of 3" in after
    assert "$0.03" in after
    assert f"/strategies/batches/?folder={folder.id}" in client.get(f"/documents/?folder={folder.id}").content.decode()
    assert "read “Timing” in one batch: 3 documents" in client.get("/activity/").content.decode()


def test_page_without_a_key_explains(alice, client_of):
    assert "Claude is not set up" in client_of(alice).get("/strategies/batches/").content.decode()


def test_api_hands_in_and_tells(folder, alice, charlie, run_jobs, model_service, client_of):
    Script().play(model_service)
    client, path = client_of(alice), "/api/v1/reading-batches"

    made = client.post(path, {"folder_id": str(folder.id)}, content_type="application/json")
    again = client.post(path, {"folder_id": str(folder.id)}, content_type="application/json")
    run_jobs()
    poll(run_jobs, 2)

    said = client.get(f"{path}/{made.json()['id']}").json()
    assert (made.status_code, again.status_code, again.json()["code"]) == (202, 422, "nothing_to_read")
    assert (said["status"], said["n_done"], said["n_strategies"], said["n_by_rules"]) == ("done", 3, 3, 0)
    assert [b["id"] for b in client.get(path).json()] == [said["id"]]
    assert (client_of(charlie).get(path).json(), BatchReading.objects.count()) == ([], 1)


def test_step_that_takes_long_gives_way_and_goes_on_with_the_rest(folder, alice, run_jobs, model_service, monkeypatch):
    from apps.jobs.services import recover
    from apps.strategies.services import reading

    Script().play(model_service)
    batch = hand_in(alice, folder, run_jobs)
    poll(run_jobs)
    monkeypatch.setattr(reading, "SLICE", 0.0)
    poll(run_jobs)
    job = Job.objects.filter(subject_id=batch.id).order_by("-queued_at").first()
    before = job.status
    monkeypatch.setattr(reading, "SLICE", 300.0)

    recover(job, at=timezone.now() + timedelta(seconds=60))
    run_jobs()

    batch.refresh_from_db()
    assert (before, batch.status, len(model_service.batches)) == ("running", "done", 2)


def test_document_in_a_batch_says_that_it_waits(folder, alice, run_jobs, model_service, client_of):
    Script().play(model_service)
    batch = hand_in(alice, folder, run_jobs)
    [one, *_] = by_claude(batch)

    page = client_of(alice).get(f"/strategies/of-document/{one.document_id}/").content.decode()

    assert "the answer comes within a day" in page
