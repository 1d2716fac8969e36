"""From pages to drafts, answers, versions: through every door, with nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import File
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import services as documents
from apps.domain.language import NotRunnable, UnknownParameter, ValueRefused
from apps.strategies import queries, services
from apps.strategies.models import Extraction, Strategy, StrategyVersion
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
NOTES = Path(__file__).parents[2] / "docs" / "research_notes"


def bring(actor, name):
    with (NOTES / name).open("rb") as handle:
        return documents.upload(file=File(handle), file_name=name, actor=actor, at=timezone.now()).document


@pytest.fixture
def draft(alice):
    return services.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())


@pytest.fixture
def holed(alice):
    spec = changed(TEN_MONTH_TIMING, "/parameters/cost/value", None)
    return services.create(specification=spec.model_dump(mode="json"), actor=alice, at=timezone.now())


def approve(strategy, actor):
    return services.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())


def answer(strategy, actor, name="cost", value="10 bps", **rest):
    return services.answer(strategy_id=strategy.id, name=name, value=value, actor=actor, at=timezone.now(), **rest)


def test_document_becomes_a_draft_whose_quotes_stand_on_their_pages(alice, run_jobs):
    document = bring(alice, "cross_sectional_momentum.pdf")

    run_jobs()

    [strategy] = queries.strategies(document_id=document.id)
    draft = queries.draft_of(strategy)
    cited = [p.citation for p in draft.parameters.values() if p.status == "stated"]
    assert strategy.n_questions == 3
    assert len(cited) >= 3
    assert {c.match for c in cited} <= {"exact", "normalised"}
    assert all(c.boxes for c in cited)
    assert sorted(a.value for a in draft.parameters["rebalance"].alternatives) == ["monthly", "quarterly"]
    assert draft.parameters["rebalance"].value is None


def test_document_is_looked_through_once_however_often_it_is_told(alice, run_jobs):
    document = bring(alice, "time_series_momentum.pdf")
    run_jobs()

    for _ in range(2):
        services.request_extraction(document_id=document.id, actor_id=None, at=timezone.now())
    run_jobs()

    assert Extraction.objects.filter(document=document).count() == 1
    assert Strategy.objects.filter(document=document).count() == 1


def test_document_without_a_strategy_says_what_was_looked_for(alice, run_jobs, client_of):
    from django.core.files.base import ContentFile

    document = documents.upload(
        file=ContentFile(b"The weather was fine in June. We had lunch."),
        file_name="memo.txt",
        actor=alice,
        at=timezone.now(),
    ).document
    run_jobs()

    extraction = queries.latest_extraction(document_id=document.id)
    page = client_of(alice).get(f"/strategies/of-document/{document.id}/").content.decode()

    assert (extraction.status, extraction.n_strategies, len(extraction.remarks)) == ("done", 0, 1)
    assert "No strategy was found" in page


def test_answer_settles_a_question_and_is_on_the_record(holed, alice, client_of):
    with pytest.raises(NotRunnable):
        approve(holed, alice)

    after = answer(holed, alice, value="10 bps", note="house view")

    parameter = queries.draft_of(after).parameters["cost"]
    assert (parameter.value, parameter.status, after.n_questions, after.revision) == (10.0, "analyst", 0, 2)
    assert (
        "set trading cost of “Ten-month moving-average timing” to 10 bps (was not stated)"
        in client_of(alice).get(f"/strategies/{holed.id}/").content.decode()
    )


def test_answer_on_a_stale_revision_is_refused(holed, alice, bob):
    answer(holed, alice, revision=1)

    with pytest.raises(services.DraftChangedError):
        answer(holed, bob, value="20", revision=1)


@pytest.mark.parametrize(
    ("name", "value", "error"), [("cost", "a lot", ValueRefused), ("costs", "10", UnknownParameter)]
)
def test_answer_that_makes_no_sense_is_refused_and_changes_nothing(holed, alice, name, value, error):
    with pytest.raises(error):
        answer(holed, alice, name=name, value=value)

    holed.refresh_from_db()
    assert holed.revision == 1


def test_approved_version_is_frozen(draft, alice):
    version = approve(draft, alice)

    with pytest.raises(TypeError):
        version.save()
    for statement in ("UPDATE strategies_strategyversion SET number = 9", "DELETE FROM strategies_strategyversion"):
        with (
            pytest.raises(ProgrammingError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(services.NotADraftError):
        answer(draft, alice)


def test_same_rules_approved_again_are_the_same_version_and_changed_ones_the_next(draft, alice):
    first = approve(draft, alice)
    again = approve(draft, alice)
    services.reopen(strategy_id=draft.id, actor=alice, at=timezone.now())
    answer(draft, alice, name="window", value="12 months")

    second = approve(draft, alice)

    assert (again.id, first.number, second.number) == (first.id, 1, 2)
    assert queries.specification_of(first).parameters["window"].value == 10
    assert StrategyVersion.objects.count() == 2


def test_rejected_draft_keeps_its_reason_and_can_be_opened_again(draft, alice):
    services.reject(strategy_id=draft.id, reason="no edge", actor=alice, at=timezone.now())
    draft.refresh_from_db()
    assert (draft.status, draft.rejection) == ("rejected", "no edge")

    services.reopen(strategy_id=draft.id, actor=alice, at=timezone.now())

    draft.refresh_from_db()
    assert draft.status == "draft"


def test_confirmation_is_given_and_taken_back(draft, alice):
    services.confirm(strategy_id=draft.id, name="capital", actor=alice, at=timezone.now())
    assert "capital" in queries.strategy(strategy_id=draft.id).confirmed

    services.confirm(strategy_id=draft.id, name="capital", actor=alice, at=timezone.now())

    assert "capital" not in queries.strategy(strategy_id=draft.id).confirmed


def test_viewer_may_read_but_not_change(draft, viewer, client_of):
    for deed in (
        lambda: answer(draft, viewer),
        lambda: approve(draft, viewer),
        lambda: services.reject(strategy_id=draft.id, reason="x", actor=viewer, at=timezone.now()),
    ):
        with pytest.raises(NotAllowedError):
            deed()
    client = client_of(viewer)

    assert client.get(f"/strategies/{draft.id}/review/").status_code == 200
    assert client.post(f"/strategies/{draft.id}/approve/").status_code == 403
    assert client.post(f"/api/v1/strategies/{draft.id}/approve").status_code == 403


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("/selection/enter", "close > smaa(close, window)", "formula_type"),
        ("/selection/enter", "close >", "formula"),
        ("/parameters/symbols/value", ["SPY"], "unknown_symbol"),
        ("/parameters/start/value", "2031-01-01", "outside_data"),
    ],
)
def test_specification_that_cannot_run_is_refused_with_the_findings(alice, client_of, path, value, code):
    content = TEN_MONTH_TIMING.model_dump(mode="json")
    content["parameters"].pop("end"), content["evaluation"].update(end=None)
    *parents, last = path.strip("/").split("/")
    node = content
    for key in parents:
        node = node[key]
    node[last] = value

    response = client_of(alice).post("/api/v1/strategies", {"specification": content}, content_type="application/json")

    assert response.status_code == 422
    assert code in [finding["code"] for finding in response.json()["details"]["findings"]]
    assert Strategy.objects.count() == 0


def test_nonsense_instead_of_a_specification_says_where(alice, client_of):
    response = client_of(alice).post(
        "/api/v1/strategies", {"specification": {"leverage": 3}}, content_type="application/json"
    )

    assert (response.status_code, response.json()["code"]) == (422, "not_a_specification")
    assert response.json()["details"]["problems"][0]["where"].startswith("/")


def test_api_answers_and_approves(holed, alice, client_of):
    client = client_of(alice)

    refused = client.post(f"/api/v1/strategies/{holed.id}/approve")
    answered = client.post(
        f"/api/v1/strategies/{holed.id}/answers", {"name": "cost", "value": "10"}, content_type="application/json"
    )
    approved = client.post(f"/api/v1/strategies/{holed.id}/approve")

    assert (refused.status_code, refused.json()["code"]) == (422, "not_runnable")
    assert (answered.status_code, answered.json()["n_questions"]) == (200, 0)
    assert (approved.status_code, approved.json()["number"]) == (201, 1)
    assert client.get(f"/api/v1/strategies/{holed.id}").json()["explanation"][0].startswith("Trade SPX")


def test_review_page_without_script_answers_and_returns_to_the_field(holed, alice, client_of):
    client = client_of(alice)

    response = client.post(f"/strategies/{holed.id}/answer/", {"name": "cost", "value": "10", "revision": 1})
    bad = client.post(f"/strategies/{holed.id}/answer/", {"name": "cost", "value": "ten"})

    assert (response.status_code, response["Location"]) == (302, f"/strategies/{holed.id}/review/#f-cost")
    assert bad.status_code == 422
    assert "is not a number" in bad.content.decode()


def test_htmx_answer_swaps_field_head_and_words(holed, alice, client_of):
    page = (
        client_of(alice)
        .post(f"/strategies/{holed.id}/answer/", {"name": "cost", "value": "10"}, headers={"HX-Request": "true"})
        .content.decode()
    )

    assert 'id="f-cost"' in page
    assert page.count("hx-swap-oob") == 3
    assert 'data-testid="approve"' in page


@pytest.mark.parametrize("path", ["/strategies/", "/api/v1/strategies"])
def test_list_takes_the_same_number_of_queries_for_one_row_and_for_fifty(alice, client_of, path):
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(alice), []
    for n in (1, 50):
        while Strategy.objects.count() < n:
            services.create(specification=CROSS_MOMENTUM.model_dump(mode="json"), actor=alice, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]
