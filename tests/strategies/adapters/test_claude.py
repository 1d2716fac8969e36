"""The Claude reader with recorded answers, given by a server on this machine that answers like the Messages API."""

from __future__ import annotations

import pytest

from apps.domain.language import Status
from apps.strategies.adapters.choose import limits, reader_named
from apps.strategies.adapters.claude import ClaudeReader
from apps.strategies.adapters.reader import NoStrategyFound, ReaderUnavailable, verify_quotes
from tests.llm.server import Said, busy, text_of
from tests.strategies.adapters.answers import PAGES, Script, candidate, found, quote, strategy, written
from tests.strategies.adapters.papers import CATALOGUE, errors_of, pages_of


def read(pages=PAGES, **changes):
    return reader_named("claude", **changes).read(pages=pages, catalogue=CATALOGUE, title="A note")


def test_reply_becomes_a_draft_whose_quotes_are_verified(model_service):
    script = Script(write=[written("Short.")]).play(model_service)

    reading = verify_quotes(read(), PAGES)

    table = reading.drafts[0].parameters
    assert {n: (table[n].value, table[n].status) for n in ("window", "rebalance", "cost", "fill", "dataset")} == {
        "window": (10, Status.STATED), "rebalance": ("monthly", Status.STATED), "cost": (5.0, Status.STATED), "fill": (None, Status.MISSING),
        "dataset": ("sp500", Status.INFERRED),
    }  # fmt: skip
    assert table["window"].citation.match == "exact"
    assert [(c.metric, c.value, c.comparable) for c in reading.drafts[0].claims] == [("annual_return", 0.071, True)]
    assert (reading.remarks, reading.model, reading.input_tokens, reading.output_tokens) == (
        ("Short.",),
        "claude-sonnet-test",
        2400,
        680,
    )
    assert errors_of(reading.drafts[0]) == []
    assert script.asked == ["find", "write"]


def test_document_is_sent_as_marked_data_in_a_cached_prefix(model_service):
    Script().play(model_service)

    read()

    find, write = model_service.requests
    assert "untrusted data" in find["system"][0]["text"]
    assert "sp500: S&P 500" in write["system"][0]["text"]
    assert [request["system"][0]["cache_control"]["type"] for request in (find, write)] == ["ephemeral"] * 2
    document, asked = write["messages"][0]["content"]
    assert (document["text"].count("</document>"), document["text"].count('<page number="2">')) == (1, 1)
    assert ("cache_control" in document, "cache_control" in asked) == (True, False)


def test_repair_reads_the_document_from_the_same_cached_prefix(model_service):
    script = Script(write=[written(enter="close >> trend")]).play(model_service)

    reading = read()

    _, first, repair = model_service.requests
    assert script.asked == ["find", "write", "repair"]
    assert first["system"] == repair["system"]
    assert first["messages"][0] == repair["messages"][0]
    assert [turn["role"] for turn in repair["messages"]] == ["user", "assistant", "user"]
    assert "“Ten-month timing”: the strategy was left out" in repair["messages"][2]["content"][0]["text"]
    assert (len(reading.drafts), reading.remarks) == (1, ())


def test_repair_goes_on_for_as_many_rounds_as_are_set_and_then_says_what_is_wrong(model_service, settings):
    settings.EXTRACTION_REPAIR_ROUNDS = 3
    script = Script(write=[written(enter="nonsense(close)")], repair=[written(enter="nonsense(close)")]).play(
        model_service
    )

    with pytest.raises(ReaderUnavailable, match="There is no function “nonsense”") as caught:
        read()

    assert script.asked == ["find", "write", "repair", "repair", "repair"]
    assert caught.value.details["reason"] == "answer_invalid"


def test_invented_quote_goes_back_and_is_demoted_when_it_comes_again(model_service, settings):
    settings.EXTRACTION_REPAIR_ROUNDS = 1
    invented = strategy()
    invented["parameters"][0]["quote"] = quote("the eleven-month average is the best of all worlds")
    Script(write=[{"strategy": invented}], repair=[{"strategy": invented}]).play(model_service)

    reading = verify_quotes(read(), PAGES)

    told = model_service.requests[-1]["messages"][-1]["content"][0]["text"]
    assert "Parameter window: Not counted as stated: the quote was not found in the document." in told
    assert reading.drafts[0].parameters["window"].status is Status.INFERRED


def test_quote_that_does_not_hold_the_value_goes_back(model_service):
    wrong = strategy()
    wrong["parameters"][0]["value"] = "11"
    Script(write=[{"strategy": wrong}]).play(model_service)

    reading = verify_quotes(read(), PAGES)

    assert "the quote does not contain 11 months" in model_service.requests[-1]["messages"][-1]["content"][0]["text"]
    assert (reading.drafts[0].parameters["window"].value, reading.drafts[0].parameters["window"].status) == (
        10,
        Status.STATED,
    )


def test_repair_that_makes_it_worse_is_not_taken(model_service, settings):
    settings.EXTRACTION_REPAIR_ROUNDS = 1
    one_wrong = strategy()
    one_wrong["parameters"][2]["value"] = "cheap"
    Script(write=[{"strategy": one_wrong}], repair=[written(enter="nonsense(close)")]).play(model_service)

    [draft] = read().drafts

    assert (draft.parameters["cost"].status, draft.parameters["window"].value) == (Status.MISSING, 10)


def test_invalid_parts_become_remarks_and_are_left_out(model_service, settings):
    settings.EXTRACTION_REPAIR_ROUNDS = 0
    bad = strategy(symbols=["SPX", "ZZZ"])
    bad["parameters"][2]["value"] = "cheap"
    bad["parameters"].append({"name": "Bad Name", "label": "Bad", "unit": "number", "value": "1", "status": "stated"})
    bad["claims"].append(
        {"metric": "sharpe_ratio", "label": "Sharpe", "value": "high", "quote": quote("It returned 7.1% a year.")}
    )
    Script(
        find=[found("Ten-month timing", "Broken")],
        write=[{"strategy": bad}, written(name="Broken", enter="close >> trend")],
    ).play(model_service)

    reading = read()

    [draft] = reading.drafts
    assert (draft.parameters["symbols"].value, draft.parameters["cost"].status, len(draft.claims)) == (
        ["SPX"],
        Status.MISSING,
        1,
    )
    assert [remark.split(" was left out")[0] for remark in reading.remarks] == [
        "“Ten-month timing”: the symbol ZZZ", "“Ten-month timing”: a value of “Cost”", "“Ten-month timing”: the parameter “Bad Name”",
        "“Ten-month timing”: the figure “Sharpe”", "“Broken”: the strategy",
    ]  # fmt: skip


def test_ranking_without_a_count_asks_for_it(model_service):
    ranking = {"kind": "top_n", "by": "trailing_return(close, window, 0)", "count": "count"}
    Script(write=[written(data_set="us-large-caps", symbols=[], signals=[], selection=ranking)]).play(model_service)

    [draft] = read().drafts

    assert (draft.selection.kind, draft.parameters["count"].status) == ("top_n", Status.MISSING)


def test_document_without_a_strategy_is_told_with_the_models_reason(model_service):
    Script(find=[found(not_a_strategy="It is a menu.")]).play(model_service)

    with pytest.raises(NoStrategyFound, match=r"The model found no strategy that can be run\. It is a menu\."):
        read()

    assert len(model_service.requests) == 1


def test_candidate_that_is_no_strategy_after_all_is_told_with_the_reason(model_service):
    denied = {"strategy": None, "not_a_strategy": "It only reports what others published."}
    Script(find=[found("Ten-month timing", "Survey")], write=[written(), denied]).play(model_service)

    reading = read()

    assert (len(reading.drafts), reading.remarks) == (
        1,
        ("“Survey” is no strategy: It only reports what others published.",),
    )


def test_several_strategies_are_written_down_each_from_its_own_pages(model_service):
    pages = pages_of(*(f"Rule {n}. " + "Words and more words. " * 300 for n in range(1, 13)))
    names = [candidate("Second", pages=[2]), candidate("Eleventh", pages=[11])]
    Script(
        find=[{"strategies": names}, *[found()] * 20], write=[written(name="Second"), written(name="Eleventh")]
    ).play(model_service)

    reading = reader_with(section_tokens=5000, repair_rounds=0).read(pages=pages, catalogue=CATALOGUE, title="A note")

    sent = [text_of(request) for request in model_service.requests if "Write down this strategy" in text_of(request)]
    assert [draft.meta.name for draft in reading.drafts] == ["Second", "Eleventh"]
    assert [("Rule 2." in text, "Rule 11." in text) for text in sent] == [(True, False), (False, True)]


def reader_with(**changes):
    from dataclasses import replace

    from apps.strategies.adapters.choose import _ask

    return ClaudeReader(limits=replace(limits(), **changes), ask=_ask)


def test_long_document_is_looked_through_by_sections_and_duplicates_are_one(model_service):
    pages = pages_of(*(f"Page {n}. " + "Words and more words. " * 300 for n in range(1, 11)))
    script = Script(find=[found("Ten-month timing"), found("TEN-MONTH  timing!"), found()]).play(model_service)
    said = []

    reader = reader_with(section_tokens=5000)
    reader._report = lambda done, total, note: said.append((done, total, note))
    reading = reader.read(pages=pages, catalogue=CATALOGUE, title="A note")

    n = script.asked.count("find")
    finds = [text_of(r) for r in model_service.requests if "Which strategies" in text_of(r)]
    assert (n > 3, script.asked.count("write"), len(reading.drafts)) == (True, 1, 1)
    assert all(sum(f"Page {page}. " in text for text in finds) == 1 for page in range(1, 11))
    assert len({r["messages"][0]["content"][0]["text"] for r in model_service.requests[:n]}) == 1  # the cached prefix
    assert said[2] == (2, n, f"looking at section 3 of {n}")
    assert [entry for entry in said if "so far" not in entry[2]][n] == (n, n + 1, "writing down strategy 1 of 1")


def test_five_hundred_strategies_are_bounded_and_the_rest_is_told(model_service, settings):
    settings.EXTRACTION_MAX_STRATEGIES = 3
    names = [f"Strategy {n}" for n in range(500)]
    script = Script(find=[found(*names)], write=[written(name=name) for name in names[:3]]).play(model_service)

    reading = read()

    assert (script.asked.count("write"), len(reading.drafts)) == (3, 3)
    assert "The model found 500 strategies; the first 3 were written down." in reading.remarks[0]
    assert "“Strategy 7” and 492 more" in reading.remarks[0]


def test_section_that_cannot_be_read_is_told_and_the_others_count(model_service):
    pages = pages_of(*(f"Page {n}. " + "Words and more words. " * 300 for n in range(1, 5)))
    cut = Said('{"strategies": [{"name": "cut', stop_reason="max_tokens")
    Script(find=[cut, found("Ten-month timing"), found()]).play(model_service)

    reading = reader_with(section_tokens=5000).read(pages=pages, catalogue=CATALOGUE, title="A note")

    assert len(reading.drafts) == 1
    assert "could not be looked through: The model's answer was cut off." in reading.remarks[0]


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        (Said("I will not.", stop_reason="refusal"), "model_declined", "declined"),
        (Said("", stop_reason="refusal"), "model_declined", "declined"),
        (Said('{"strategies": [', stop_reason="max_tokens"), "answer_cut_off", "cut off"),
        (Said("this is not JSON"), "answer_invalid", "does not have the form"),
        (Said({"other": 1}), "answer_invalid", "does not have the form"),
        (
            Said({"strategien": [{"bezeichnung": "Momentum"}], "sprache": "Deutsch"}),
            "answer_invalid",
            "does not have the form",
        ),
        (busy(), "model_unavailable", "error 529"),
        (busy(401, "authentication_error"), "model_not_set_up", "ANTHROPIC_API_KEY"),
        (Said(found("x" * 3000), breaks_after=900), "model_unavailable", "broke off"),
    ],
)
def test_reading_that_fails_says_why(model_service, said, reason, words):
    Script(find=[said]).play(model_service)

    with pytest.raises(ReaderUnavailable, match=words) as caught:
        read()

    assert caught.value.details["reason"] == reason


@pytest.mark.parametrize(
    "broken",
    [
        Said('{"strategy": {"name": "Ten', stop_reason="max_tokens"),
        Said("Here is the strategy you asked for:"),
        Said({"strategy": {**strategy(), "parameters": [{"name": "window", "status": "angegeben"}]}}),
    ],
)
def test_answer_about_a_strategy_that_cannot_be_used_is_asked_for_again(model_service, broken):
    script = Script(write=[broken]).play(model_service)

    reading = read()

    roles = [turn["role"] for turn in model_service.requests[-1]["messages"]]
    assert (script.asked, len(reading.drafts), roles) == (["find", "write", "repair"], 1, ["user"])


def test_strategy_that_the_model_declines_is_told_and_the_others_count(model_service):
    declined = Said("No.", stop_reason="refusal")
    Script(find=[found("One", "Two")], write=[written(name="One"), declined]).play(model_service)

    reading = read()

    assert (len(reading.drafts), reading.remarks) == (
        1,
        ("“Two” was not written down: The model declined to read this.",),
    )


def test_service_that_goes_away_in_the_middle_leaves_what_was_written(model_service):
    Script(find=[found("One", "Two", "Three")], write=[written(name="One"), busy()]).play(model_service)

    reading = read()

    assert [draft.meta.name for draft in reading.drafts] == ["One"]
    assert [remark.split(" was not")[0] for remark in reading.remarks] == ["“Two”", "“Three”"]
    assert len(model_service.requests) == 3  # the third was not asked of a service that is away


def test_answer_about_a_document_in_another_language_keeps_its_quotes(model_service):
    pages = pages_of(
        "Wir kaufen den S&P 500 am Monatsende, wenn er über seinem Durchschnitt von 10 Monaten liegt. Kosten: 5 bps."
    )
    german = strategy(claims=[])
    german["parameters"][0]["quote"] = quote("über seinem Durchschnitt von 10 Monaten")
    german["parameters"][1] |= {"status": "inferred", "quote": quote("am Monatsende"), "note": "Month end."}
    german["parameters"][2]["quote"] = quote("Kosten: 5 bps.")
    Script(find=[found("Timing", language="German")], write=[{"strategy": german}]).play(model_service)

    reading = verify_quotes(read(pages), pages)

    assert reading.remarks[0] == "The document is in German; quotes are in its own words."
    assert reading.drafts[0].parameters["cost"].citation.match == "exact"


def test_document_over_the_token_limit_is_not_sent(model_service, settings):
    settings.ANTHROPIC_TOKEN_BUDGET = 10

    with pytest.raises(ReaderUnavailable, match=r"one document may take 10\.") as caught:
        read()

    assert (caught.value.details["reason"], model_service.requests) == ("too_long", [])


def test_document_without_text_is_not_sent(model_service):
    with pytest.raises(NoStrategyFound, match="no text to read"):
        read(pages_of(""))

    assert model_service.requests == []


def test_model_for_finding_may_be_another(model_service, settings):
    settings.ANTHROPIC_MODEL_FIND, settings.ANTHROPIC_EFFORT = "claude-haiku-test", "high"
    Script().play(model_service)

    reading = read()

    assert [r["model"] for r in model_service.requests] == ["claude-haiku-test", "claude-sonnet-test"]
    assert {r["output_config"]["effort"] for r in model_service.requests} == {"high"}
    assert reading.model == "claude-sonnet-test"
