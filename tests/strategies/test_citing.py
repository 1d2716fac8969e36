"""A sentence of the document becomes the citation of a parameter, through every door, and never without proof."""

from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import services as documents
from apps.domain.language import UnknownParameter
from apps.events.queries import history
from apps.strategies import queries, services
from tests.documents import files
from tests.domain.examples import TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")

RULES = (
    "We compare the closing price of the S&P 500 with its eight-month simple moving average at the end of each month. "
    "We hold the index when it closes above the average and move to cash otherwise. The portfolio is rebalanced monthly. "
    "Orders are filled at the open of the next trading day. The sample runs from January 2000 to December 2012."
)
COSTS = "Every order pays 7 basis points to the broker. A reader may prefer another figure, such as 25 basis points."


@pytest.fixture
def draft(alice, run_jobs):
    document = documents.upload(
        file=ContentFile(files.pdf(RULES, COSTS)), file_name="timing.pdf", actor=alice, at=timezone.now()
    ).document
    run_jobs()
    return queries.strategies(document_id=document.id).get()


def cite(draft, actor, name="cost", page=2, quote="Every order pays 7 basis points to the broker.", **rest):
    return services.cite(
        strategy_id=draft.id, name=name, page=page, quote=quote, actor=actor, at=timezone.now(), **rest
    )


def answer(draft, actor, value, name="cost"):
    services.answer(strategy_id=draft.id, name=name, value=value, actor=actor, at=timezone.now())


def parameter(draft, name="cost"):
    return queries.draft_of(queries.strategy(strategy_id=draft.id)).parameters[name]


def test_quote_that_holds_the_value_makes_it_stated(draft, alice):
    answer(draft, alice, "7 bps")

    done = cite(draft, alice)

    cost = parameter(draft)
    assert (cost.status, cost.citation.page, cost.citation.match) == ("stated", 2, "exact")
    assert [box[0] for box in cost.citation.boxes] == [2]
    assert done.outcome == "Stated on page 2."
    assert done.strategy.revision == 3


def test_quote_without_the_value_is_cited_and_says_why_it_proves_nothing(draft, alice):
    answer(draft, alice, "9 bps")

    done = cite(draft, alice)

    assert parameter(draft).status == "analyst"
    assert parameter(draft).citation.page == 2
    assert done.outcome == "Cited page 2. Not counted as stated: the quote does not contain 9 bps."


def test_stated_value_whose_new_quote_lacks_it_is_inferred_until_a_better_one(draft, alice):
    answer(draft, alice, "7 bps")
    cite(draft, alice)

    cite(draft, alice, quote="A reader may prefer another figure")
    doubted = parameter(draft)
    cite(draft, alice)

    assert doubted.status == "inferred"
    assert doubted.note == "Not counted as stated: the quote does not contain 7 bps."
    assert (parameter(draft).status, parameter(draft).note) == ("stated", "")


def test_quote_that_holds_another_reading_becomes_that_readings_citation(draft, alice):
    answer(draft, alice, "25 bps")
    answer(draft, alice, "9 bps")

    done = cite(draft, alice, quote="such as 25 basis points")

    cost = parameter(draft)
    assert (cost.status, cost.citation) == ("analyst", None)
    assert [(a.value, a.citation.quote) for a in cost.alternatives] == [(25.0, "such as 25 basis points")]
    assert done.outcome == "Cited for the reading 25 bps: that is what page 2 says."


def test_missing_value_stays_a_question_beside_its_quote(draft, alice):
    done = cite(draft, alice)

    assert (parameter(draft).value, parameter(draft).citation.page) == (None, 2)
    assert done.outcome == "Cited page 2. It has no value yet: answer it."
    assert done.strategy.n_questions == draft.n_questions


@pytest.mark.parametrize(
    "quote",
    ["Every order pays 8 basis points to the broker.", "The moon is full.", "   ", "\x00", "7" * 900],
)
def test_sentence_that_is_not_in_the_document_is_refused_and_changes_nothing(draft, alice, quote):
    before = queries.strategy(strategy_id=draft.id).draft

    with pytest.raises(services.QuoteNotLocatedError, match="Copy it from page 2"):
        cite(draft, alice, quote=quote)

    assert queries.strategy(strategy_id=draft.id).draft == before


def test_nearly_right_sentence_is_kept_in_the_documents_own_words(draft, alice):
    answer(draft, alice, "7 bps")

    cite(draft, alice, quote="Every order pays 7 basis points the broker")

    assert parameter(draft).citation.match == "fuzzy"
    assert parameter(draft).citation.quote == "Every order pays 7 basis points to the broker."


def test_page_is_the_one_on_which_the_sentence_stands(draft, alice):
    cite(draft, alice, page=1)

    assert parameter(draft).citation.page == 2


def test_record_says_who_cited_what(draft, alice):
    cite(draft, alice)

    [event] = [e for e in history(subject_id=draft.id) if e.type == "strategies.cited"]
    assert event.actor_id == alice.person_id
    assert (event.data.page, event.data.quote) == (2, "Every order pays 7 basis points to the broker.")
    assert event.data.sentence().startswith("cited page 2 for ")


def test_changed_draft_unknown_parameter_and_missing_document_are_refused(draft, alice):
    typed = services.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())

    with pytest.raises(services.DraftChangedError):
        cite(draft, alice, revision=7)
    with pytest.raises(UnknownParameter):
        cite(draft, alice, name="colour")
    with pytest.raises(services.NothingToCiteError):
        cite(typed, alice)


def test_only_a_draft_can_be_cited(draft, alice):
    services.reject(strategy_id=draft.id, reason="x", actor=alice, at=timezone.now())

    with pytest.raises(services.NotADraftError):
        cite(draft, alice)


FORM = {"name": "cost", "page": 2, "quote": "Every order pays 7 basis points to the broker."}


def test_every_door_refuses_viewers_other_desks_and_strangers(draft, viewer, charlie, client_of, stranger):
    page, api = f"/strategies/{draft.id}/cite/", f"/api/v1/strategies/{draft.id}/citations"

    with pytest.raises(NotAllowedError):
        cite(draft, viewer)
    for client, expected in ((client_of(viewer), (403, 403)), (client_of(charlie), (404, 404)), (stranger, (302, 401))):
        answers = (
            client.post(page, FORM).status_code,
            client.post(api, FORM, content_type="application/json").status_code,
        )
        assert answers == expected
    assert parameter(draft).citation is None


def test_form_without_script_cites_and_returns_to_the_field(draft, alice, client_of):
    client = client_of(alice)

    response = client.post(f"/strategies/{draft.id}/cite/", FORM)
    shown = client.get(f"/strategies/{draft.id}/review/").content.decode()
    wrong = client.post(f"/strategies/{draft.id}/cite/", FORM | {"quote": "Nobody wrote this."})
    empty = client.post(f"/strategies/{draft.id}/cite/", {"name": "cost"})

    assert (response.status_code, response["Location"]) == (302, f"/strategies/{draft.id}/review/#f-cost")
    assert shown.count("It has no value yet") == 1
    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert "This sentence is not in the document" in wrong.content.decode()
    assert "say on which page it stands" in empty.content.decode()


def test_htmx_gets_the_field_and_the_highlights_to_redraw(draft, alice, client_of):
    response = client_of(alice).post(f"/strategies/{draft.id}/cite/", FORM, headers={"HX-Request": "true"})

    told = json.loads(response["HX-Trigger"])
    assert response.status_code == 200
    assert 'id="f-cost"' in response.content.decode()
    assert told["toast"]["text"].startswith("Cited page 2.")
    assert [(m["key"], m["page"], len(m["boxes"])) for m in told["viewer:marks"]["marks"]] == [("cost-0", 2, 1)]
    assert told["viewer:marks"]["revision"] == 2


def test_api_answers_with_the_draft_and_what_the_quote_proves(draft, alice, client_of):
    client = client_of(alice)
    address = f"/api/v1/strategies/{draft.id}/citations"

    done = client.post(address, FORM, content_type="application/json")
    wrong = client.post(address, FORM | {"quote": "Nobody wrote this."}, content_type="application/json")

    assert (done.status_code, done.json()["outcome"]) == (200, "Cited page 2. It has no value yet: answer it.")
    assert done.json()["draft"]["parameters"]["cost"]["citation"]["page"] == 2
    assert (wrong.status_code, wrong.json()["code"]) == (422, "quote_not_located")
