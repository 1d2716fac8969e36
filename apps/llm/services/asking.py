"""Ask one question: recorded answer, breaker, estimate, reservation, answer, check, settlement, in this order.

No transaction is open while the service is asked; each write is a short scope of its own.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.utils import timezone
from pydantic import ValidationError

from apps.llm.adapters import breaker
from apps.llm.adapters.choose import language_model
from apps.llm.adapters.port import (
    Account,
    Answer,
    AnswerCutOff,
    AnswerInvalid,
    BudgetExceeded,
    Estimate,
    Heard,
    ModelDeclined,
    ModelError,
    ModelUnavailable,
    RawAnswer,
    Request,
    Usage,
)
from apps.llm.adapters.prices import most_it_may_cost, price_of
from apps.llm.enums import CallState
from apps.llm.models import ModelCall
from apps.llm.services.budgets import release, reserve, settle
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

_OK = "ok"
LOST = "lost"
"""A call whose worker died before the service took it: as if it had never been made."""
_REPLAYED: dict[str, type[ModelError]] = {e.code: e for e in (ModelDeclined, AnswerCutOff, AnswerInvalid)}


def ask(request: Request, *, account: Account, heard: Heard | None = None) -> Answer:
    """The model's answer, on a desk's account; a recorded answer of the same subject costs nothing. Raises ModelError."""
    with tenant_scope(account.tenant_id):
        found = recorded(request, account=account)
    if isinstance(found, ModelError):
        raise found
    if found is not None:
        return found
    at = timezone.now()
    price_of(request.model)
    breaker.require_closed(request.model, at=at)
    estimate = _estimate(request, at)
    try:
        with tenant_scope(account.tenant_id):
            call = reserve(request, estimate, account=account, at=at)
    except BudgetExceeded:
        breaker.give_back(request.model)
        raise
    return _asked(request, call, estimate, heard)


def ask_without_account(request: Request, *, heard: Heard | None = None) -> Answer:
    """The model's answer, on nobody's account: for measuring readers, which no desk asks for. Raises ModelError."""
    raw = language_model().answer(request, heard=heard)
    return checked(request, raw)


def recorded(request: Request, *, account: Account, with_failures: bool = False) -> Answer | ModelError | None:
    """What the model has answered to this request of this subject, or how it failed; None when it was not asked.

    That the service was away is no answer, unless `with_failures`. Call inside the desk's scope.
    """
    calls = ModelCall.objects.filter(subject_id=account.subject_id, key=request.key).exclude(state=CallState.RESERVED)
    call = calls.exclude(outcome=LOST).order_by("-at", "-id").first()
    if call is None:
        return None
    if call.outcome == _OK and call.answer:
        usage = Usage(call.input_tokens, call.output_tokens, call.cache_read_tokens, call.cache_write_tokens)
        return checked(request, RawAnswer(call.answer, call.model, "end_turn", usage))
    if call.outcome in _REPLAYED:
        return _REPLAYED[call.outcome]("The model's answer to this could not be used before.")
    return ModelUnavailable("The model's service gave no answer to this.") if with_failures else None


def checked(request: Request, raw: RawAnswer) -> Answer:
    """The answer in its form. Raises ModelDeclined, AnswerCutOff, AnswerInvalid, each with its usage."""
    error: ModelError
    if raw.stop_reason == "refusal":
        error = ModelDeclined("The model declined to read this.", stop_reason=raw.stop_reason)
    elif raw.stop_reason in {"max_tokens", "model_context_window_exceeded"}:
        error = AnswerCutOff("The model's answer was cut off.", stop_reason=raw.stop_reason)
    else:
        try:
            return Answer(request.output.model_validate_json(raw.text), raw.text, raw.model, raw.usage)
        except ValidationError as problem:
            error = AnswerInvalid(
                "The model's answer does not have the form that was asked for.", problems=problem.error_count()
            )
    error.usage = raw.usage
    raise error


def outcome_of(request: Request, raw: RawAnswer) -> str:
    """The word for an answer in the ledger."""
    try:
        checked(request, raw)
    except ModelError as error:
        return error.code
    return _OK


def _estimate(request: Request, at: datetime) -> Estimate:
    try:
        n = language_model().count_tokens(request)
    except ModelUnavailable:
        breaker.note_failure(request.model, at=at)
        raise
    return Estimate(n, most_it_may_cost(request, input_tokens=n))


def _asked(request: Request, call: ModelCall, estimate: Estimate, heard: Heard | None) -> Answer:
    sent = Usage(input_tokens=estimate.input_tokens)
    try:
        raw = language_model().answer(request, heard=heard)
    except ModelError as error:
        if isinstance(error, ModelUnavailable):
            breaker.note_failure(request.model, at=timezone.now())
        _close(call, usage=error.usage or (sent if error.may_be_billed else None), outcome=error.code)
        raise
    except BaseException:  # cancelled, or the lease is lost: what was sent is billed all the same
        _close(call, usage=sent, outcome="broken_off")
        raise
    breaker.note_success(request.model)
    _close(call, usage=raw.usage, outcome=outcome_of(request, raw), text=raw.text)
    logger.info("model_answered", purpose=request.purpose, model=raw.model, output_tokens=raw.usage.output_tokens)
    return checked(request, raw)


def _close(call: ModelCall, *, usage: Usage | None, outcome: str, text: str = "") -> None:
    with tenant_scope(call.tenant_id):
        if usage is None:
            release(call, outcome=outcome, at=timezone.now())
        else:
            settle(call, usage=usage, outcome=outcome, text=text, at=timezone.now())
