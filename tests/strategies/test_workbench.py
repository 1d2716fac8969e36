"""The review workbench: formulas edited and checked before they are saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import File
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.documents import services as documents
from apps.domain.language import FormulaError, UnknownPlace
from apps.events.queries import history
from apps.strategies import queries, services
from tests.domain.examples import TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
NOTES = Path(__file__).parents[2] / "docs" / "research_notes"
ENTER = "/selection/enter"


@pytest.fixture
def draft(alice):
    return services.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())


@pytest.fixture
def holed(alice):
    spec = changed(TEN_MONTH_TIMING, "/parameters/cost/value", None)
    return services.create(specification=spec.model_dump(mode="json"), actor=alice, at=timezone.now())


def edit(strategy, actor, text="close > ema(close, window)", pointer=ENTER, **rest):
    return services.edit_formula(
        strategy_id=strategy.id, pointer=pointer, text=text, actor=actor, at=timezone.now(), **rest
    )


def test_edited_formula_is_in_the_draft_and_on_the_record(draft, alice, client_of):
    after = edit(draft, alice, note="smoother")

    assert queries.draft_of(after).selection.enter == "close > ema(close, window)"
    assert after.revision == 2
    event = history(subject_id=draft.id)[-1]
    assert (event.type, event.data.pointer, event.data.note) == ("strategies.formula_edited", ENTER, "smoother")
    assert "to close &gt; ema(close, window)" in client_of(alice).get(f"/strategies/{draft.id}/").content.decode()


def test_same_formula_again_changes_nothing(draft, alice):
    after = edit(draft, alice, text=TEN_MONTH_TIMING.selection.enter)

    assert after.revision == 1
    assert [event.type for event in history(subject_id=draft.id)] == ["strategies.created"]


@pytest.mark.parametrize(
    ("pointer", "text", "error"),
    [(ENTER, "close > smaa(close, window)", FormulaError), ("/selection/exit", "close > open", UnknownPlace)],
)
def test_formula_that_cannot_stand_is_refused_and_changes_nothing(draft, alice, pointer, text, error):
    with pytest.raises(error):
        edit(draft, alice, text=text, pointer=pointer)

    draft.refresh_from_db()
    assert draft.revision == 1


def test_formula_on_a_stale_revision_or_of_a_version_is_refused(draft, alice, bob):
    edit(draft, alice, revision=1)
    with pytest.raises(services.DraftChangedError):
        edit(draft, bob, text="close > open", revision=1)
    services.approve(strategy_id=draft.id, actor=bob, at=timezone.now())

    with pytest.raises(services.NotADraftError):
        edit(draft, alice, text="close > open")


def test_viewer_may_check_but_not_edit_and_another_desk_finds_nothing(draft, viewer, charlie, client_of):
    with pytest.raises(NotAllowedError):
        edit(draft, viewer)
    body = {"pointer": ENTER, "text": "close > open"}
    for path, seen, theirs in (("formulas", 403, 404), ("check", 200, 404)):
        url = f"/api/v1/strategies/{draft.id}/{path}"
        assert client_of(viewer).post(url, body, content_type="application/json").status_code == seen
        assert client_of(charlie).post(url, body, content_type="application/json").status_code == theirs
    for path in ("formula", "check"):
        assert client_of(charlie).post(f"/strategies/{draft.id}/{path}/", body).status_code == 404
    assert client_of(charlie).get(f"/api/v1/strategies/{draft.id}/formulas").status_code == 404


def test_check_shows_column_and_nearest_name_and_stores_nothing(draft, alice, client_of):
    client = client_of(alice)

    page = client.post(
        f"/strategies/{draft.id}/check/", {"pointer": ENTER, "text": "close > smaa(close, window)"}
    ).content.decode()
    answer = client.post(
        f"/api/v1/strategies/{draft.id}/check",
        {"pointer": ENTER, "text": "close > smaa(close, window)"},
        content_type="application/json",
    ).json()

    assert "Column 9" in page
    assert 'data-take="sma"' in page
    assert (answer["ok"], answer["column"], answer["suggestion"]) == (False, 9, "sma")
    draft.refresh_from_db()
    assert draft.revision == 1


def test_check_of_a_formula_says_it_in_words_with_what_comes_and_goes(draft, alice, client_of):
    answer = (
        client_of(alice)
        .post(
            f"/api/v1/strategies/{draft.id}/check",
            {"pointer": ENTER, "text": "close > close"},
            content_type="application/json",
        )
        .json()
    )

    assert answer["ok"]
    assert [line["sign"] for line in answer["lines"]] == ["-", "+"]
    assert [f["pointer"] for f in answer["new_findings"]] == [ENTER]


def test_check_of_a_value_shows_the_finding_that_it_settles_and_the_one_it_brings(holed, alice, client_of):
    client = client_of(alice)

    def check(name, value):
        return client.post(
            f"/api/v1/strategies/{holed.id}/check", {"name": name, "value": value}, content_type="application/json"
        ).json()

    settled, bad, late = check("cost", "10 bps"), check("cost", "ten"), check("end", "2031-01-01")

    assert [f["pointer"] for f in settled["settled_findings"]] == ["/parameters/cost"]
    assert settled["words"] == "Trading cost: 10 bps"
    assert (bad["ok"], bad["code"]) == (False, "value_refused")
    assert [f["code"] for f in late["new_findings"]] == ["shorter_window"]
    holed.refresh_from_db()
    assert (holed.revision, holed.n_questions) == (1, 1)


def test_api_lists_formulas_and_names_and_replaces_one(draft, alice, client_of):
    client = client_of(alice)

    listed = client.get(f"/api/v1/strategies/{draft.id}/formulas").json()
    replaced = client.post(
        f"/api/v1/strategies/{draft.id}/formulas",
        {"pointer": ENTER, "text": "close > ema(close, window)", "revision": 1},
        content_type="application/json",
    )
    refused = client.post(
        f"/api/v1/strategies/{draft.id}/formulas",
        {"pointer": ENTER, "text": "close >"},
        content_type="application/json",
    )

    assert [item["pointer"] for item in listed["items"]] == ["/signals/trend", ENTER]
    assert {"window", "close", "sma"} <= {name["name"] for name in listed["names"]}
    assert replaced.json()["draft"]["selection"]["enter"] == "close > ema(close, window)"
    assert (refused.status_code, refused.json()["code"], refused.json()["details"]["column"]) == (422, "formula", 8)


def test_page_saves_a_formula_without_script_and_shows_the_error_where_it_belongs(draft, alice, client_of):
    client = client_of(alice)

    saved = client.post(
        f"/strategies/{draft.id}/formula/", {"pointer": ENTER, "text": "close > ema(close, window)", "revision": 1}
    )
    bad = client.post(f"/strategies/{draft.id}/formula/", {"pointer": ENTER, "text": "close > smaa(close, window)"})

    assert (saved.status_code, saved["Location"]) == (302, f"/strategies/{draft.id}/review/#r-selection-enter")
    assert bad.status_code == 422
    assert "Did you mean" in bad.content.decode()
    assert 'value="close &gt; smaa(close, window)"' in bad.content.decode()


def test_htmx_save_swaps_formulas_head_and_words(draft, alice, client_of):
    client = client_of(alice)
    body = {"pointer": ENTER, "text": "close > ema(close, window)", "revision": 1}

    page = client.post(f"/strategies/{draft.id}/formula/", body, headers={"HX-Request": "true"}).content.decode()

    assert 'id="r-selection-enter"' in page
    assert 'data-revision="2"' in page
    assert page.count("hx-swap-oob") == 3


@pytest.fixture
def momentum(alice, run_jobs):
    """The draft of a research note whose figures are of other markets, long and short."""
    note = NOTES / "cross_sectional_momentum.pdf"
    with note.open("rb") as handle:
        document = documents.upload(file=File(handle), file_name=note.name, actor=alice, at=timezone.now()).document
    run_jobs()
    [strategy] = queries.strategies(document_id=document.id)
    return strategy


def test_claims_are_data_with_every_field(momentum, alice, client_of):
    claims = client_of(alice).get(f"/api/v1/strategies/{momentum.id}").json()["draft"]["claims"]
    page = client_of(alice).get(f"/strategies/{momentum.id}/review/").content.decode()

    monthly = next(claim for claim in claims if claim["metric"] == "mean_monthly_return")
    yearly = next(claim for claim in claims if claim["metric"] == "annual_return")
    assert (monthly["annualisation"], yearly["annualisation"]) == ("per month", "compound per year")
    assert {claim["costs"] for claim in claims} <= {"gross", "net", "not stated"}
    assert all(claim["universe"] and claim["citation"]["page"] == 1 for claim in claims)
    assert page.count('data-testid="claim"') == len(claims)
    for head in ("Metric", "Definition", "Gross or net", "Annualisation", "Window", "Universe"):
        assert page.count(f"<dt>{head}</dt>") == len(claims)


def test_every_field_has_status_confidence_quote_and_reason(momentum, alice, client_of):
    fields = client_of(alice).get(f"/api/v1/strategies/{momentum.id}").json()["fields"]

    assert len(fields) == len(queries.draft_of(momentum).parameters)
    by_name = {field["name"]: field for field in fields}
    assert (by_name["lookback"]["status"], by_name["lookback"]["confidence"]) == ("stated", "high")
    assert by_name["lookback"]["quote"].startswith("At the end of each month")
    assert (by_name["cost"]["confidence"], by_name["cost"]["question"][:12]) == ("none", "The document")
    assert all(field["reason"] for field in fields)
    assert (
        'data-testid="confidence-lookback"'
        in client_of(alice).get(f"/strategies/{momentum.id}/review/").content.decode()
    )


def test_what_the_rules_do_otherwise_than_the_document_is_said_first(alice, client_of):
    said = "The weights of the document are left out: equal ones are proposed."
    spec = changed(TEN_MONTH_TIMING, "/meta/differences", [said])
    strategy = services.create(specification=spec.model_dump(mode="json"), actor=alice, at=timezone.now())
    client = client_of(alice)

    for path in (f"/strategies/{strategy.id}/", f"/strategies/{strategy.id}/review/"):
        page = client.get(path).content.decode()
        assert said in page[page.index('data-testid="differences"') :]
    version = services.approve(strategy_id=strategy.id, actor=alice, at=timezone.now())
    assert queries.specification_of(version).meta.differences == [said]


def test_api_confirms_and_opens_again(draft, alice, viewer, client_of):
    client, path = client_of(alice), f"/api/v1/strategies/{draft.id}"

    refused = client_of(viewer).post(f"{path}/confirm", {"name": "capital"}, content_type="application/json")
    confirmed = client.post(f"{path}/confirm", {"name": "capital"}, content_type="application/json")
    approved = client.post(f"{path}/approve")
    again = client.post(f"{path}/reopen")

    assert refused.status_code == 403
    assert [f["is_settled"] for f in confirmed.json()["fields"] if f["name"] == "capital"] == [True]
    assert (approved.status_code, again.json()["status"]) == (201, "draft")
    assert client_of(viewer).post(f"{path}/reopen").status_code == 403


# --- formulas added and removed -----------------------------------------------------------------------------------------


def test_rule_is_added_and_removed_through_the_api_with_events(draft, alice, client_of):
    client, address = client_of(alice), f"/api/v1/strategies/{draft.id}/formulas"

    places = {place["pointer"] for place in client.get(address).json()["vacant"]}
    added = client.post(
        f"{address}/add",
        {"pointer": "/selection/exit", "text": "close < sma(close, 50)"},
        content_type="application/json",
    )
    listed = {row["pointer"]: row for row in client.get(address).json()["items"]}
    removed = client.post(f"{address}/remove", {"pointer": "/selection/exit"}, content_type="application/json")
    said = [event.data.sentence() for event in history(subject_id=draft.id)][-2:]

    assert "/selection/exit" in places
    assert (added.status_code, added.json()["revision"]) == (201, 2)
    assert (listed["/selection/exit"]["text"], listed["/selection/exit"]["may_go"]) == ("close < sma(close, 50)", True)
    assert (removed.status_code, removed.json()["revision"]) == (200, 3)
    assert said == [
        f"added the exit rule to “{draft.title}”: close < sma(close, 50)",
        f"removed the exit rule from “{draft.title}” (was close < sma(close, 50))",
    ]


@pytest.mark.parametrize(
    ("deed", "body", "status", "code"),
    [
        ("add", {"pointer": "/selection/enter", "text": "close > 1"}, 404, "unknown_place"),
        ("add", {"pointer": "/selection/exit", "text": "close <"}, 422, "formula"),
        ("add", {"pointer": "/signals/close", "text": "open"}, 422, "value_refused"),
        ("add", {"pointer": "/selection/exit", "text": "close < 1", "revision": 7}, 409, "draft_changed"),
        ("remove", {"pointer": "/selection/exit"}, 404, "unknown_place"),
        ("remove", {"pointer": "/selection/enter", "revision": 7}, 409, "draft_changed"),
    ],
)
def test_what_cannot_be_added_or_removed_is_refused(draft, alice, client_of, deed, body, status, code):
    answer = client_of(alice).post(
        f"/api/v1/strategies/{draft.id}/formulas/{deed}", body, content_type="application/json"
    )

    assert answer.status_code == status
    assert answer.json()["code"].startswith(code)
    assert queries.strategy(strategy_id=draft.id).revision == 1


def test_page_adds_a_signal_and_the_json_follows_at_once(draft, alice, client_of):
    client = client_of(alice)
    sent = {"pointer": "/signals/-", "signal": "gap", "text": "close / open - 1", "revision": 1}

    checked = client.post(f"/strategies/{draft.id}/check/", sent).content.decode()
    added = client.post(f"/strategies/{draft.id}/formula/add/", sent, headers={"HX-Request": "true"}).content.decode()
    plain = client.post(f"/strategies/{draft.id}/formula/remove/", {"pointer": "/signals/gap", "text": ""})
    page = client.get(f"/strategies/{draft.id}/review/").content.decode()

    assert "gap" not in queries.strategy(strategy_id=draft.id).draft["signals"]
    assert checked.strip()
    assert 'data-testid="rule-signals-gap"' in added
    assert 'id="spec-json" hx-swap-oob="true"' in added
    assert "&quot;gap&quot;: &quot;close / open - 1&quot;" in added
    assert plain.status_code == 302
    assert 'data-testid="rule-signals-gap"' not in page


def test_answered_value_brings_the_json_along(draft, alice, client_of):
    sent = {"name": "cost", "value": "7"}

    answer = client_of(alice).post(f"/strategies/{draft.id}/answer/", sent, headers={"HX-Request": "true"})

    shown = answer.content.decode().split('id="spec-json"')[1]
    assert "&quot;value&quot;: 7.0" in shown


def test_refused_formula_keeps_what_was_typed_in_an_open_form(draft, alice, client_of):
    sent = {"pointer": "/signals/-", "signal": "Gap", "text": "close / open"}

    answer = client_of(alice).post(f"/strategies/{draft.id}/formula/add/", sent, headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="r-new" open' in page
    assert 'value="Gap"' in page
    assert 'value="close / open"' in page
    assert "begins with a letter" in page


@pytest.mark.parametrize("deed", ["add", "remove"])
def test_formulas_are_changed_by_reviewers_of_the_desk_alone(draft, viewer, charlie, client_of, deed):
    body = {"data": {"pointer": "/selection/enter", "text": "close > 1"}, "content_type": "application/json"}
    address = f"/api/v1/strategies/{draft.id}/formulas/{deed}"

    assert client_of(viewer).post(address, **body).status_code == 403
    assert client_of(charlie).post(address, **body).status_code == 404
    form = {"pointer": "/selection/enter", "text": "close > 1"}
    assert client_of(viewer).post(f"/strategies/{draft.id}/formula/{deed}/", form).status_code == 403
    assert client_of(charlie).post(f"/strategies/{draft.id}/formula/{deed}/", form).status_code == 404


def test_history_is_what_the_record_holds(momentum, alice, charlie, client_of):
    client, address = client_of(alice), f"/api/v1/strategies/{momentum.id}/history"
    client.post(f"/api/v1/strategies/{momentum.id}/comments", {"text": "Is this net?"}, content_type="application/json")

    items = client.get(address).json()["items"]

    assert [item["type"] for item in items] == ["strategies.created", "strategies.commented"]
    assert (items[-1]["actor"], items[-1]["actor_id"]) == ("Alice", str(alice.person_id))
    assert client_of(charlie).get(address).status_code == 404
