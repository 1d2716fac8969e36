"""The Claude adapter against a server on this machine that answers like the Messages API."""

from __future__ import annotations

import itertools

import pytest
from pydantic import BaseModel

from apps.llm.adapters.claude import Claude
from apps.llm.adapters.port import (
    AnswerCutOff,
    AnswerInvalid,
    Block,
    ModelDeclined,
    ModelNotSetUp,
    ModelUnavailable,
    Request,
    Turn,
)
from apps.llm.services.asking import checked
from tests.llm.server import Said, busy, text_of


class Fruit(BaseModel):
    """The form of the answers here."""

    name: str
    n_seeds: int = 0


REQUEST = Request(
    purpose="test",
    model="claude-sonnet-test",
    system=(Block("Name a fruit.", is_cached=True),),
    turns=(Turn("user", (Block("A long document.", is_cached=True), Block("Which?"))),),
    output=Fruit,
    max_tokens=1000,
    effort="low",
)


def claude(service, **changes) -> Claude:
    return Claude(**{"api_key": "test", "base_url": service.url, "timeout": 5.0, "max_retries": 2, **changes})


def test_answer_is_streamed_and_carries_its_usage(messages_api):
    usage = {"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 40}
    messages_api.answers = [Said({"name": "pear"}, usage=usage)]

    raw = claude(messages_api).answer(REQUEST)

    assert checked(REQUEST, raw).output == Fruit(name="pear")
    assert (
        raw.usage.input_tokens,
        raw.usage.output_tokens,
        raw.usage.cache_read_tokens,
        raw.usage.cache_write_tokens,
    ) == (10, 20, 30, 40)
    assert messages_api.requests[0]["stream"] is True


def test_request_marks_what_is_cached_and_asks_for_the_form_with_the_effort(messages_api):
    messages_api.answers = [Said({"name": "pear"})]

    claude(messages_api).answer(REQUEST)

    [sent] = messages_api.requests
    blocks = sent["messages"][0]["content"]
    assert sent["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert [("cache_control" in block) for block in blocks] == [True, False]
    assert (sent["output_config"]["effort"], sent["output_config"]["format"]["type"]) == ("low", "json_schema")
    assert {"temperature", "tools", "thinking"} & sent.keys() == set()
    assert text_of(sent) == "Name a fruit.\nA long document.\nWhich?"


def test_growing_answer_is_reported_and_the_listener_may_break_off(messages_api):
    messages_api.answers = [Said({"name": "pear" * 2000}, pause=0.06)]

    class StopError(Exception):
        pass

    heard = []

    def listen(n):
        heard.append(n)
        if len(heard) == 2:
            raise StopError

    with pytest.raises(StopError):
        claude(messages_api).answer(REQUEST, heard=listen)

    assert 0 < heard[0] < heard[1] < 8000


def test_slow_stream_that_keeps_talking_does_not_time_out(messages_api):
    messages_api.answers = [Said({"name": "pear" * 900}, pause=0.1)]

    raw = claude(messages_api, timeout=0.5).answer(REQUEST)

    assert len(raw.text) > 3600


@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error"), (500, "api_error")])
def test_busy_service_is_asked_again_after_the_time_it_names(messages_api, status, kind):
    messages_api.answers = [busy(status, kind, retry_after="1"), Said({"name": "pear"})]

    raw = claude(messages_api).answer(REQUEST)

    first, second = messages_api.times
    assert (raw.text, 0.9 < second - first < 3.0) == ('{"name": "pear"}', True)


def test_service_that_stays_busy_is_unavailable_and_nothing_was_billed(messages_api):
    messages_api.answers = [busy()]

    with pytest.raises(ModelUnavailable, match="error 529") as caught:
        claude(messages_api, max_retries=1).answer(REQUEST)

    assert (caught.value.usage, caught.value.may_be_billed, len(messages_api.requests)) == (None, False, 2)


def test_connection_that_is_reset_in_the_middle_is_asked_again_and_both_are_billed(messages_api):
    messages_api.answers = [Said({"name": "p" * 3000}, breaks_after=1500), Said({"name": "pear"})]

    raw = claude(messages_api).answer(REQUEST)

    assert checked(REQUEST, raw).output == Fruit(name="pear")
    assert raw.usage.input_tokens == 2400
    assert raw.usage.output_tokens > 340


@pytest.mark.parametrize("how", [{"breaks_after": 800}, {"fails_after": 800}, {"stop_reason": None}])
def test_stream_that_breaks_every_time_is_unavailable_and_what_came_is_billed(messages_api, how):
    messages_api.answers = [Said({"name": "p" * 3000}, **how)]

    with pytest.raises(ModelUnavailable, match="broke off") as caught:
        claude(messages_api, max_retries=1).answer(REQUEST)

    assert (len(messages_api.requests), caught.value.usage.input_tokens) == (2, 2400)
    assert caught.value.usage.output_tokens > 0


def test_silent_service_times_out_and_may_have_billed(messages_api):
    messages_api.answers = [Said({"name": "pear"}, delay=1.0)]

    with pytest.raises(ModelUnavailable, match="did not answer in time") as caught:
        claude(messages_api, timeout=0.2, max_retries=0).answer(REQUEST)

    assert caught.value.may_be_billed


def test_unreachable_service_is_unavailable():
    with pytest.raises(ModelUnavailable, match="could not be reached"):
        Claude(api_key="test", base_url="http://127.0.0.1:9", timeout=1.0, max_retries=0).answer(REQUEST)


@pytest.mark.parametrize(("status", "kind", "words"), [(401, "authentication_error", "ANTHROPIC_API_KEY"), (404, "not_found_error", "ANTHROPIC_MODEL"), (402, "billing_error", "no credit")])  # fmt: skip
def test_wrong_set_up_says_what_to_check_and_is_not_asked_again(messages_api, status, kind, words):
    messages_api.answers = [busy(status, kind)]

    with pytest.raises(ModelNotSetUp, match=words):
        claude(messages_api).answer(REQUEST)

    assert len(messages_api.requests) == 1


def test_missing_key_says_what_to_set_and_nothing_is_sent(messages_api):
    with pytest.raises(ModelNotSetUp, match="ANTHROPIC_API_KEY"):
        claude(messages_api, api_key="").answer(REQUEST)

    assert messages_api.requests == []


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said("I cannot help.", stop_reason="refusal"), ModelDeclined),
        (Said('{"name": "pe', stop_reason="max_tokens"), AnswerCutOff),
        (Said('{"name": "pear"}', stop_reason="model_context_window_exceeded"), AnswerCutOff),
        (Said("this is not JSON"), AnswerInvalid),
        (Said('{"name": "cut of'), AnswerInvalid),
        (Said({"other": 1}), AnswerInvalid),
        (Said({"name": "pear", "n_seeds": "viele"}), AnswerInvalid),
        (Said(""), AnswerInvalid),
    ],
)
def test_answer_that_cannot_be_used_is_refused_with_its_usage(messages_api, said, error):
    messages_api.answers = [said]

    raw = claude(messages_api).answer(REQUEST)

    with pytest.raises(error) as caught:
        checked(REQUEST, raw)
    assert caught.value.usage == raw.usage


def test_tokens_are_counted_without_asking(messages_api):
    messages_api.tokens = 4321

    assert (claude(messages_api).count_tokens(REQUEST), messages_api.requests) == (4321, [])


def test_batch_is_handed_in_watched_and_collected(messages_api):
    messages_api.answers = [Said({"name": "pear"}), Said({"name": "fig"})]
    service = claude(messages_api)
    messages_api.is_batch_ended = False

    name = service.submit([("one", REQUEST), ("two", REQUEST), ("three", REQUEST)])
    before = service.is_ended(name)
    messages_api.is_batch_ended, messages_api.fail_batch_items = True, {2}

    found = dict(service.answers(name))
    assert (before, service.is_ended(name)) == (False, True)
    assert [getattr(found[n], "text", type(found[n])) for n in ("one", "two", "three")] == [
        '{"name": "pear"}',
        '{"name": "fig"}',
        ModelUnavailable,
    ]


def test_key_of_a_request_changes_with_everything_that_determines_the_answer():
    from dataclasses import replace

    others = [
        replace(REQUEST, model="claude-opus"),
        replace(REQUEST, effort="high"),
        replace(REQUEST, turns=(Turn("user", (Block("Other"),)),)),
        replace(REQUEST, max_tokens=2),
    ]

    assert len({REQUEST.key, *(other.key for other in others)}) == 5
    assert all(a.key == b.key for a, b in itertools.pairwise([REQUEST, replace(REQUEST, purpose="other")]))
