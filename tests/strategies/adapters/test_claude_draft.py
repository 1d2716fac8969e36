"""What the model can write down: the whole language, checked like everybody's, and the closest where a rule cannot stand."""

from __future__ import annotations

import json
from datetime import date

import pytest

from apps.domain.language import Status, executable_part, format_value
from apps.strategies.adapters.claude_draft import draft_of
from apps.strategies.adapters.claude_prompt import _language
from apps.strategies.adapters.claude_reply import ReplyStrategy
from apps.strategies.adapters.reader import Catalogue, DataSet
from tests.strategies.adapters.answers import quote, strategy
from tests.strategies.adapters.papers import CATALOGUE, errors_of
from tests.strategies.test_library import DRAFTS

SECTIONS = ("data", "universe", "selection", "weights", "schedule", "overlay", "execution")
OURS = {"dataset", "symbols", "capital", "benchmark"}


def row(name, unit, value=None, **changes):
    return {"name": name, "label": name.capitalize(), "unit": unit, "value": value, "status": "inferred"} | changes


def drafted(**changes):
    return draft_of(ReplyStrategy.model_validate(strategy(**changes)), CATALOGUE)


def momentum(*parameters, **changes):
    """Winners long and losers short, of the twenty large caps."""
    sort = {"by": "trailing_return(close, lookback, skip)", "size": "decile"}
    rules = {
        "data_set": "us-large-caps", "symbols": [], "signals": [], "weights": {},
        "selection": {"kind": "sorted", "long": [sort | {"keep": "top"}], "short": [sort | {"keep": "bottom"}]},
        "schedule": {"hold": "hold"},
        "parameters": [
            row("lookback", "months", "12"), row("skip", "months", "1"), row("decile", "fraction", "0.1"),
            row("hold", "months", "3"), row("rebalance", "choice", "monthly"), row("cost", "bps", "10"), row("fill", "choice", "next close"),
            *parameters,
        ],
    }  # fmt: skip
    return drafted(**rules | changes)


@pytest.mark.parametrize("slug", sorted(DRAFTS))
def test_every_strategy_of_the_library_can_be_written_down(slug):
    """The library is what published strategies need; the model gets the same words and must get the same rules."""
    wanted = DRAFTS[slug]
    said = json.loads(wanted.model_dump_json(exclude_none=True))
    evaluated = set(said["evaluation"].values())
    renamed = {
        said["data"]["dataset"]: "dataset",
        said["universe"]["symbols"]: "symbols",
        **{name: place for place, name in said["evaluation"].items()},
    }
    for name, place in renamed.items():
        assert (name in OURS | {"start", "end"}) or name == place
    table = wanted.parameters
    data_set = DataSet("here", "Here", tuple(table["symbols"].value or [f"S{n}" for n in range(1000)]), ("open", "high", "low", "close", "volume"), date(1900, 1, 1), date(2030, 1, 1))  # fmt: skip
    reply = {
        "name": "X", "summary": "", "family": "other", "data_set": "here", "symbols": table["symbols"].value or [],
        "signals": [{"name": name, "formula": text} for name, text in said.get("signals", {}).items()],
        **{name: json.dumps(said.get(name, {})) for name in SECTIONS},
        "parameters": [
            row(name, p.unit, None if p.value is None else _as_text(p)) for name, p in table.items()
            if name not in OURS and (name not in evaluated or name in {"start", "end"})
        ],
    }  # fmt: skip

    draft, problems = draft_of(ReplyStrategy.model_validate(reply), Catalogue((data_set,)))

    assert draft is not None, problems
    made, expected = executable_part(draft), executable_part(wanted)
    for part in (*SECTIONS, "signals"):
        assert made.get(part) == expected.get(part), part


def _as_text(parameter):
    if isinstance(parameter.value, list):
        return ", ".join(parameter.value) or "all"
    return format_value(parameter.value, parameter.unit) if parameter.unit == "choice" else str(parameter.value)


def test_long_short_deciles_with_overlapping_holdings_are_written_down():
    draft, problems = momentum()

    assert problems == []
    assert (draft.selection.kind, draft.selection.short[0].keep, draft.schedule.hold) == ("sorted", "bottom", "hold")
    assert (draft.parameters["fill"].value, draft.parameters["decile"].value) == ("next_close", 0.1)
    assert errors_of(draft) == []


def test_parameter_that_a_section_names_and_nobody_gives_is_a_question():
    draft, _ = momentum(overlay={"regime": {"when": "volatility(close, lookback) < 1"}}, schedule={"hold": "held"})

    assert (draft.parameters["held"].status, draft.parameters["held"].unit) == (Status.MISSING, "months")
    assert draft.parameters["held"].label == "Holding period"


def test_unit_that_the_place_does_not_take_gives_way():
    draft, _ = momentum(row("held", "number", "3"), schedule={"hold": "held"})

    assert (draft.parameters["held"].unit, draft.parameters["held"].value) == ("months", 3)


def test_choices_are_those_of_the_place():
    _, problems = momentum(row("rebalance", "choice", "fortnightly"))

    assert "Choose one of: daily, weekly, monthly" in " ".join(problems)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("close > sma(close, 20)", "selection is no JSON"),
        ("[1, 2]", "selection is not a JSON object"),
        ('{"kind": "per_asset", "enter": "' + "x" * 20_000 + '"}', "at most 10,000 characters"),
        ("[" * 9_000, "selection is no"),
        ('{"kind": "guess"}', "selection"),
        ('{"kind": "per_asset", "enter": "close > 1", "leverage": 9}', "leverage"),
        ('{"kind": "per_asset", "enter": 7}', "enter"),
        ('{"kind": "per_asset", "enter": "close >> 1"}', "left out"),
        ('{"kind": "top_n", "by": "close", "count": "dataset"}', "left out"),
        ('{"kind": NaN}', "selection"),
    ],
)
def test_section_that_cannot_be_read_is_refused_with_its_place(section, words):
    draft, problems = drafted(selection=section)

    assert draft is None
    assert words in " ".join(problems)


def test_rules_that_cannot_stand_together_become_the_closest_with_the_difference_in_words():
    draft, problems = drafted(
        data_set="us-five",
        symbols=[],
        weights={"kind": "inverse_volatility", "window": "window"},
        overlay={"stop_loss": "stop"},
        parameters=[*strategy()["parameters"], row("stop", "fraction", "0.1")],
    )

    assert len(problems) == 1  # it is asked for again, and kept if nothing better comes
    assert draft.weights.kind == "volatility_target"
    assert "The closest is a volatility target" in draft.meta.differences[0]
    assert errors_of(draft) == []


def test_difference_that_the_model_tells_is_kept():
    draft, _ = momentum(differences=["The paper sorts within industries, which the data do not carry.", "  "])

    assert draft.meta.differences == ["The paper sorts within industries, which the data do not carry."]


def test_claim_is_data_with_every_field():
    told = {
        "metric": "annual_return", "label": "Annual return", "value": "0.071", "window_start": "1990-01-01", "window_end": "soon",
        "definition": "compound growth", "costs": "net", "annualisation": "compound per year", "universe": "the S&P 500",
        "basis": "after 5 bps", "quote": quote("It returned 7.1% a year."),
    }  # fmt: skip

    [claim] = drafted(claims=[told])[0].claims

    assert (claim.definition, claim.costs, claim.annualisation, claim.universe, claim.basis) == (
        "compound growth", "net", "compound per year", "the S&P 500", "after 5 bps",
    )  # fmt: skip
    assert (claim.window_start, claim.window_end) == (date(1990, 1, 1), None)


def test_parameters_of_the_platform_are_not_the_models_to_set():
    draft, problems = drafted(parameters=[*strategy()["parameters"], row("capital", "currency", "7")])

    assert draft.parameters["capital"].value == 1_000_000.0
    assert problems == ["“Ten-month timing”: the parameter “capital” was left out: its name cannot be used."]


def test_guide_names_every_function_and_every_field():
    from apps.domain.language import FUNCTIONS
    from apps.domain.language.sections import Execution, Overlay, Schedule

    guide = _language()

    assert all(f"{name}(" in guide for name in FUNCTIONS)
    assert all(f"{name}" in guide for model in (Execution, Overlay, Schedule) for name in model.model_fields)
    assert "typing" not in guide
    assert "apps." not in guide
