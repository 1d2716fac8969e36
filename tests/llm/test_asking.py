"""Asking on a desk's account: the ledger, budgets that refuse before spending, the circuit breaker."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.llm import queries, services
from apps.llm.adapters.breaker import breaker_of, note_failure, require_closed
from apps.llm.adapters.port import Account, Estimate, Usage
from apps.llm.adapters.prices import cost_of, most_it_may_cost
from apps.llm.enums import BreakerState, CallState
from apps.llm.models import ModelBatch, ModelCall
from apps.llm.services.budgets import BadBudgetError, reserve
from tests.conftest import in_new_context
from tests.llm.server import Said, busy
from tests.llm.test_claude import REQUEST, Fruit

MODEL = REQUEST.model
PEAR = Said({"name": "pear"})


@pytest.fixture
def account(desk, alice):
    return Account(desk.id, uuid4(), document_id=uuid4(), person_id=alice.person_id)


def test_answer_is_in_the_ledger_with_tokens_cost_purpose_and_person(model_service, account, alice):
    usage = {
        "input_tokens": 1000,
        "output_tokens": 200,
        "cache_read_input_tokens": 3000,
        "cache_creation_input_tokens": 400,
    }
    model_service.answers = [Said({"name": "pear"}, usage=usage)]

    answer = services.ask(REQUEST, account=account)

    [call] = ModelCall.objects.all()
    assert answer.output == Fruit(name="pear")
    assert (call.purpose, call.model, call.state, call.outcome) == ("test", MODEL, "settled", "ok")
    assert (call.subject_id, call.document_id, call.person_id) == (
        account.subject_id,
        account.document_id,
        alice.person_id,
    )
    assert (call.input_tokens, call.output_tokens, call.cache_read_tokens, call.cache_write_tokens) == (
        1000,
        200,
        3000,
        400,
    )
    # 1000 x 3 + 200 x 15 + 3000 x 0.3 + 400 x 3.75 dollars a million
    assert call.cost_usd == Decimal("0.008400")
    assert call.reserved_usd == Decimal("0.018750")  # 1000 counted, all to be cached, and 1000 to come


def test_prices_are_of_the_longest_matching_name_and_half_in_a_batch(settings):
    settings.ANTHROPIC_PRICES = {
        **settings.ANTHROPIC_PRICES,
        "claude-sonnet-9": {"input": "10", "output": "20", "cache_read": "1", "cache_write": "12", "batch": "0.5"},
    }

    assert cost_of(Usage(1_000_000, 0), model="claude-sonnet-9-1") == 10
    assert cost_of(Usage(1_000_000, 0), model="claude-sonnet-9-1", is_batch=True) == 5
    assert cost_of(Usage(1, 0), model="claude-haiku-5") == Decimal("0.000001")


def test_model_without_a_price_is_refused_before_anything_is_sent(model_service, account):
    with pytest.raises(services.ModelNotSetUp, match="ANTHROPIC_PRICES"):
        services.ask(replace(REQUEST, model="other-model"), account=account)

    assert (model_service.requests, model_service.counted) == ([], [])


@pytest.mark.parametrize(("month", "document", "what"), [("0.01", "9", "this month"), ("9", "0.01", "one document")])
def test_budget_refuses_before_spending(model_service, account, settings, month, document, what):
    settings.LLM_MONTHLY_BUDGET_USD, settings.LLM_DOCUMENT_BUDGET_USD = Decimal(month), Decimal(document)
    model_service.answers = [PEAR]

    with pytest.raises(services.BudgetExceeded, match=rf"budget of \$0.01 for {what}") as caught:
        services.ask(REQUEST, account=account)

    assert (model_service.requests, ModelCall.objects.count()) == ([], 0)
    assert (caught.value.status, len(model_service.counted)) == (402, 1)


def test_budget_counts_what_is_reserved_and_forgets_last_month(model_service, account, settings, now):
    settings.LLM_MONTHLY_BUDGET_USD = Decimal("0.03")
    reserve(REQUEST, Estimate(1000, Decimal("0.02")), account=account, at=now)

    with pytest.raises(services.BudgetExceeded):
        reserve(REQUEST, Estimate(1000, Decimal("0.02")), account=account, at=now + timedelta(days=1))
    later = reserve(REQUEST, Estimate(1000, Decimal("0.02")), account=account, at=datetime(2026, 4, 1, tzinfo=UTC))

    assert later.state == CallState.RESERVED
    assert queries.spending(at=now).reserved_usd == Decimal("0.02")


def test_two_workers_cannot_overspend_together(django_db_setup, django_db_blocker, settings):
    """Twelve workers reserve at once what only four may; each has a connection of its own and commits."""
    from django.db import connections

    from apps.tenancy.models import Tenant
    from apps.tenancy.services import create_tenant, tenant_scope

    settings.LLM_MONTHLY_BUDGET_USD = Decimal(2)
    settings.LLM_DOCUMENT_BUDGET_USD = Decimal(100)
    outcomes, gate = [], threading.Barrier(12)
    with django_db_blocker.unblock():
        tenant = create_tenant(slug=f"spend-{uuid4().hex[:8]}", name="Spenders", at=timezone.now())

        def work():
            try:
                gate.wait()
                with tenant_scope(tenant.id):
                    account = Account(tenant.id, uuid4())
                    reserve(REQUEST, Estimate(1, Decimal("0.5")), account=account, at=timezone.now())
                outcomes.append("reserved")
            except services.BudgetExceeded:
                outcomes.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=in_new_context, args=(work,)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with tenant_scope(tenant.id):
            reserved = sum(call.reserved_usd for call in ModelCall.objects.all())
            ModelCall.objects.all().delete()
            from apps.llm.models import Budget

            Budget.objects.all().delete()
        Tenant.objects.filter(id=tenant.id)._raw_delete("default")
        connections.close_all()

    assert (sorted(outcomes), reserved) == (["refused"] * 8 + ["reserved"] * 4, 2)


def test_recorded_answer_of_the_same_subject_costs_nothing(model_service, account):
    model_service.answers = [PEAR]

    answers = [services.ask(REQUEST, account=account) for _ in range(3)]
    services.ask(REQUEST, account=replace(account, subject_id=uuid4()))

    assert {answer.text for answer in answers} == {'{"name": "pear"}'}
    assert (len(model_service.requests), ModelCall.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said("No.", stop_reason="refusal"), services.ModelDeclined),
        (Said("{", stop_reason="max_tokens"), services.AnswerCutOff),
        (Said("{"), services.AnswerInvalid),
    ],
)
def test_useless_answer_is_paid_for_once_and_not_asked_again(model_service, account, said, error):
    model_service.answers = [said]

    for _ in range(2):
        with pytest.raises(error):
            services.ask(REQUEST, account=account)

    [call] = ModelCall.objects.all()
    assert (call.outcome, call.cost_usd > 0, len(model_service.requests)) == (error.code, True, 1)
    assert breaker_of(MODEL, at=timezone.now()).n_failures == 0


def test_busy_service_bills_nothing_and_is_asked_again_later(model_service, account):
    model_service.answers = [busy(), PEAR]

    with pytest.raises(services.ModelUnavailable):
        services.ask(REQUEST, account=account)
    services.ask(REQUEST, account=account)

    assert [(c.state, c.cost_usd > 0) for c in queries.calls().reverse()] == [("released", False), ("settled", True)]


def test_work_that_is_broken_off_is_settled_with_what_was_sent(model_service, account):
    class StopError(Exception):
        pass

    def stop(n):
        raise StopError

    model_service.answers = [Said({"name": "pear" * 3000}, pause=0.06)]
    with pytest.raises(StopError):
        services.ask(REQUEST, account=account, heard=stop)

    [call] = ModelCall.objects.all()
    assert (call.state, call.outcome, call.input_tokens, call.cost_usd) == (
        "settled",
        "broken_off",
        1000,
        Decimal("0.003"),
    )


def test_breaker_opens_after_failures_lets_one_try_and_closes_on_success(model_service, account, settings):
    settings.LLM_BREAKER_FAILURES, settings.LLM_BREAKER_SECONDS = 2, 60
    model_service.answers = [busy()]
    for _ in range(2):
        with pytest.raises(services.ModelUnavailable):
            services.ask(REQUEST, account=account)

    with pytest.raises(services.ModelPaused, match="2 times in a row"):
        services.ask(REQUEST, account=account)
    n_asked, now = len(model_service.requests), timezone.now()
    later = now + timedelta(seconds=61)
    states = [breaker_of(MODEL, at=at).state for at in (now, later)]
    require_closed(MODEL, at=later)  # the one on trial
    with pytest.raises(services.ModelPaused):
        require_closed(MODEL, at=later)
    note_failure(MODEL, at=later)  # the trial fails: open again
    with pytest.raises(services.ModelPaused):
        require_closed(MODEL, at=later)

    assert (n_asked, states) == (2, [BreakerState.OPEN, BreakerState.HALF_OPEN])


def test_successful_trial_closes_the_breaker(model_service, account, settings):
    settings.LLM_BREAKER_FAILURES, settings.LLM_BREAKER_SECONDS = 1, 0
    note_failure(MODEL, at=timezone.now())
    model_service.answers = [PEAR]
    assert breaker_of(MODEL, at=timezone.now()).state == BreakerState.HALF_OPEN

    services.ask(REQUEST, account=account)

    assert breaker_of(MODEL, at=timezone.now()).state == BreakerState.CLOSED


def test_trial_that_the_budget_refuses_leaves_the_trial_to_the_next(model_service, account, settings):
    settings.LLM_BREAKER_FAILURES, settings.LLM_BREAKER_SECONDS = 1, 0
    settings.LLM_MONTHLY_BUDGET_USD = Decimal(0)
    note_failure(MODEL, at=timezone.now())

    with pytest.raises(services.BudgetExceeded):
        services.ask(REQUEST, account=account)

    require_closed(MODEL, at=timezone.now())


def test_counting_that_fails_counts_for_the_breaker_and_sends_nothing(model_service, account):
    model_service.count_status = 529

    with pytest.raises(services.ModelUnavailable):
        services.ask(REQUEST, account=account)

    assert (model_service.requests, breaker_of(MODEL, at=timezone.now()).n_failures) == ([], 1)


def test_batch_costs_half_and_its_answers_are_recorded(model_service, account, now):
    other = replace(account, subject_id=uuid4())
    model_service.answers = [Said({"name": "pear"}, usage={"input_tokens": 1_000_000, "output_tokens": 0}), PEAR]
    subject = uuid4()

    batch = services.submit([(account, REQUEST), (other, REQUEST)], subject_id=subject, at=now)
    again = services.submit([(account, REQUEST), (other, REQUEST)], subject_id=subject, at=now)
    waiting = services.recorded(REQUEST, account=account)
    services.collect(batch, requests=[REQUEST], at=now)
    services.collect(batch, requests=[REQUEST], at=now)

    costs = sorted(call.cost_usd for call in ModelCall.objects.all())
    assert (batch.id == again.id, len(model_service.batches), waiting) == (True, 1, None)
    assert costs[-1] == Decimal("1.5")
    assert services.recorded(REQUEST, account=account).output == Fruit(name="pear")
    assert ModelBatch.objects.get().state == "ended"


def test_batch_that_the_service_does_not_take_reserves_nothing(model_service, account, now):
    model_service.answers = [busy()]

    with pytest.raises(services.ModelUnavailable):
        services.submit([(account, REQUEST)], subject_id=uuid4(), at=now)

    assert {c.state for c in ModelCall.objects.all()} == {"released"}
    assert ModelBatch.objects.get().state == "failed"


def test_item_of_a_batch_without_answer_is_released_and_told(model_service, account, now):
    model_service.answers, model_service.fail_batch_items = [PEAR], {0}
    batch = services.submit([(account, REQUEST)], subject_id=uuid4(), at=now)

    services.collect(batch, requests=[REQUEST], at=now)

    assert services.recorded(REQUEST, account=account) is None
    assert isinstance(services.recorded(REQUEST, account=account, with_failures=True), services.ModelUnavailable)
    assert queries.spending(at=now).spent_usd == 0


def test_batch_over_the_budget_is_not_handed_in(model_service, account, now, settings):
    settings.LLM_MONTHLY_BUDGET_USD = most_it_may_cost(REQUEST, input_tokens=2100, is_batch=True) * Decimal("1.5")

    with pytest.raises(services.BudgetExceeded):
        services.submit([(account, REQUEST), (replace(account, document_id=None), REQUEST)], subject_id=uuid4(), at=now)

    assert (model_service.batches, ModelCall.objects.count()) == ({}, 0)


def test_answers_about_a_document_that_goes_are_forgotten_and_the_cost_stays(model_service, account):
    model_service.answers = [PEAR]
    services.ask(REQUEST, account=account)

    services.forget_answers(subject_ids=[account.subject_id])

    [call] = ModelCall.objects.all()
    assert (call.answer, call.cost_usd > 0, services.recorded(REQUEST, account=account)) == ("", True, None)


def test_budget_of_the_desk_replaces_the_settings_and_only_administrators_set_it(alice, administrator, now):
    services.set_budget(monthly_usd=Decimal(7), document_usd=None, actor=administrator, at=now)

    limits = queries.limits(queries.budget())
    assert (limits.monthly_usd, limits.document_usd) == (7, Decimal(5))
    with pytest.raises(NotAllowedError):
        services.set_budget(monthly_usd=None, document_usd=None, actor=alice, at=now)
    for amount in ("-1", "NaN", "Infinity", "1000000"):
        with pytest.raises(BadBudgetError):
            services.set_budget(monthly_usd=Decimal(amount), document_usd=None, actor=administrator, at=now)
