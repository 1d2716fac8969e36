"""The gold set: large enough, well-formed, verbatim, sayable in the language, and with every trap in it."""

from __future__ import annotations

import pytest

from apps.domain.language import Severity, findings
from apps.strategies.evaluation import gold_set, score
from apps.strategies.evaluation.gold import FOLDER
from apps.strategies.evaluation.run import UNIVERSE
from tests.evaluation.drafts import expected_draft

GOLD = gold_set()
STRATEGIES = [gold for gold in GOLD if gold.is_strategy]
TRAPS = {
    "in_sample_out_of_sample", "gross_net", "benchmark_beside", "several_variants", "negation", "number_words", "footnote", "robustness",
    "contradiction", "missing", "not_a_strategy", "hostile", "cited_results", "unit_mix", "same_condition_both_sides",
}  # fmt: skip


def _flat(text: str) -> str:
    return " ".join(text.replace("|", " ").split())


def test_set_is_large_and_half_of_it_is_held_out():
    assert len(GOLD) >= 40
    assert sum(gold.is_held_out for gold in GOLD) * 2 == len(GOLD)
    assert {gold.style for gold in GOLD} == {"paper", "broker", "memo", "blog"}
    assert {file.stem for file in FOLDER.glob("*.md")} == {gold.slug for gold in GOLD}


def test_every_trap_is_in_the_set():
    assert {trap for gold in GOLD for trap in gold.traps} == TRAPS
    held_out = {trap for gold in GOLD if gold.is_held_out for trap in gold.traps}
    assert {"missing", "contradiction", "hostile", "footnote", "negation", "not_a_strategy"} <= held_out


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.slug)
def test_document_is_a_short_text_and_every_quote_is_verbatim(gold):
    quotes = [field.quote for field in gold.fields.values() if field.status != "missing"]
    quotes += [claim.quote for claim in gold.claims]

    assert 140 <= len(gold.text.split()) <= 500
    assert all(quote and _flat(quote) in _flat(gold.text) for quote in quotes)
    assert gold.is_strategy == bool(gold.fields)
    assert gold.is_strategy or gold.reason


@pytest.mark.parametrize("gold", STRATEGIES, ids=lambda gold: gold.slug)
def test_expected_fields_are_a_draft_of_the_language(gold):
    errors = [f.message for f in findings(expected_draft(gold)) if f.severity is Severity.ERROR]

    assert [e for e in errors if not e.startswith("With stops per position")] == []


@pytest.mark.parametrize("gold", STRATEGIES, ids=lambda gold: gold.slug)
def test_reader_without_a_fault_scores_one(gold):
    found = score([(gold, (expected_draft(gold),))], universe=UNIVERSE)

    assert [r for r in found.results if r.outcome not in {"right", "asked"}] == []
    assert found.counts.f1 == 1.0
    assert found.status_agreement in {1.0, None}
