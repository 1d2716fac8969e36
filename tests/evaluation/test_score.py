"""Scoring by hand-made cases: what counts as right, wrong, unread, invented and asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.domain.language import Status, Unit
from apps.strategies.evaluation import Counts, ExpectedField, gold_set, score
from apps.strategies.evaluation.canonical import canonical
from apps.strategies.evaluation.rewording import reword
from apps.strategies.evaluation.score import of_document
from tests.evaluation.drafts import expected_draft

GOLD = next(gold for gold in gold_set() if gold.slug.startswith("01-"))


def _outcomes(draft, gold=GOLD):
    return {
        (r.field, r.outcome) for r in of_document(gold, (draft,), universe=500) if r.outcome not in {"right", "asked"}
    }


def _with(**changes):
    draft = expected_draft(GOLD)
    table = {name: draft.parameters[name].model_copy(update=update) for name, update in changes.items()}
    return draft.model_copy(update={"parameters": {**draft.parameters, **table}})


def test_wrong_value_counts_against_precision_and_recall():
    found = score([(GOLD, (_with(lookback={"value": 6}),))], universe=500)

    assert found.by_field["lookback"] == Counts(0, 1, 1)
    assert (found.by_field["lookback"].precision, found.by_field["lookback"].recall, found.by_field["lookback"].f1) == (
        0,
        0,
        0,
    )


@pytest.mark.parametrize(
    "update",
    [{"value": 1, "unit": Unit.YEARS}, {"value": 252, "unit": Unit.DAYS}, {"value": 12, "unit": Unit.MONTHS}],
)
def test_equal_lengths_in_other_units_are_right(update):
    assert _outcomes(_with(lookback=update)) == set()


def test_share_of_the_universe_and_its_number_are_the_same():
    assert _outcomes(_with(size={"value": 50, "unit": Unit.COUNT})) == set()
    assert _outcomes(_with(size={"value": 10, "unit": Unit.COUNT})) == {("size", "wrong")}


def test_question_about_a_stated_value_is_unread_and_no_more():
    assert _outcomes(_with(cost={"value": None, "status": Status.MISSING})) == {("cost", "unread")}


def test_default_of_the_platform_is_not_a_reading():
    assert _outcomes(_with(cost={"status": Status.ASSUMED})) == {("cost", "unread")}


def test_gap_must_be_asked_about():
    gold = replace(GOLD, fields={**GOLD.fields, "cost": ExpectedField("missing")})

    silent = score([(gold, (_with(cost={"status": Status.ASSUMED}),))], universe=500)
    asked = score([(gold, (_with(cost={"value": None, "status": Status.MISSING}),))], universe=500)

    assert (silent.abstention, asked.abstention) == (0.0, 1.0)
    assert silent.by_field["cost"].n_wrong == 1


def test_value_out_of_nothing_is_invented():
    gold = replace(GOLD, fields={name: field for name, field in GOLD.fields.items() if name != "skip"})

    assert _outcomes(expected_draft(GOLD), gold) == {("skip", "invented")}


def test_quote_must_be_located_and_hold_the_value():
    citation = expected_draft(GOLD).parameters["cost"].citation
    lost = _with(cost={"citation": citation.model_copy(update={"match": "not located"})})
    other = _with(cost={"citation": citation.model_copy(update={"quote": "The top decile is bought"})})

    scores = [score([(GOLD, (draft,))], universe=500) for draft in (expected_draft(GOLD), lost, other)]

    assert scores[0].quote_precision > scores[1].quote_precision == scores[2].quote_precision
    assert scores[2].same_place < 1.0


def test_claims_are_matched_by_metric_and_value_with_basis_and_window():
    draft = expected_draft(GOLD)
    first, *others = draft.claims
    wrong = first.model_copy(update={"basis": "Net of costs.", "window_start": first.window_start.replace(year=1990)})

    assert _outcomes(draft.model_copy(update={"claims": [wrong, *others]})) == {
        ("claim basis", "wrong"),
        ("claim window", "wrong"),
    }
    assert _outcomes(draft.model_copy(update={"claims": others})) == {("claim", "unread")}
    assert _outcomes(draft.model_copy(update={"claims": [*draft.claims, first.model_copy(update={"value": 0.5})]})) == {
        ("claim", "invented")
    }


def test_what_others_published_is_no_claim_of_the_document():
    draft = expected_draft(GOLD)
    cited = draft.claims[0].model_copy(update={"value": 0.5, "basis": "As the cited publication reports it."})

    assert _outcomes(draft.model_copy(update={"claims": [*draft.claims, cited]})) == set()


def test_strategy_made_of_a_document_without_one_is_wrong():
    none = next(gold for gold in gold_set() if not gold.is_strategy)

    assert [r.outcome for r in of_document(none, (), universe=500)] == ["right"]
    assert [r.outcome for r in of_document(none, (expected_draft(GOLD),), universe=500)] == ["wrong"]


def test_second_strategy_out_of_one_is_invented():
    draft = expected_draft(GOLD)

    assert ("kind", "invented") in {(r.field, r.outcome) for r in of_document(GOLD, (draft, draft), universe=500)}


def test_canonical_form_does_not_depend_on_names():
    draft = expected_draft(GOLD)
    renamed = draft.model_dump()
    renamed["parameters"]["j"] = renamed["parameters"].pop("lookback")
    renamed["signals"] = {"past": "trailing_return(close, j, skip)"}
    for side in ("long", "short"):
        renamed["selection"][side][0]["by"] = "past"

    one, two = (canonical(type(draft).model_validate(content)) for content in (draft.model_dump(), renamed))

    assert {name: read.value for name, read in one.items()} == {name: read.value for name, read in two.items()}


def test_rewording_changes_words_and_numbers_and_keeps_the_rest():
    assert reword("Over the past twelve months, costs of 10 basis points; the top decile is sold short.") == (
        "Over the past one year, costs of 10 bps; the top tenth is shorted."
    )


def test_counts_without_anything_have_no_measures():
    assert (Counts().precision, Counts().recall, Counts().f1) == (None, None, None)
