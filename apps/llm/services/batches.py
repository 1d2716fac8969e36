"""Hand in many questions at once, at the batch price, and take the answers when they are in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.domain.errors import DomainError
from apps.llm.adapters import breaker
from apps.llm.adapters.choose import language_model
from apps.llm.adapters.port import Account, Estimate, ModelError, ModelUnavailable, Request
from apps.llm.adapters.prices import most_it_may_cost, price_of
from apps.llm.enums import BatchState, CallState
from apps.llm.models import ModelBatch, ModelCall
from apps.llm.services.asking import LOST, outcome_of
from apps.llm.services.budgets import release, reserve, settle
from apps.tenancy.services import tenant_scope

_CHARACTERS_PER_TOKEN = 3.0  # on the safe side for English text with figures


class EmptyBatchError(DomainError):
    """There is nothing to ask."""

    code = "empty_batch"


def submit(requests: Sequence[tuple[Account, Request]], *, subject_id: UUID, at: datetime) -> ModelBatch:
    """Reserve the cost of every request and hand them in together. Raises ModelError; then nothing stays reserved.

    Asked for the same subject while a batch is open, that batch is given back: a restarted worker hands nothing in twice.
    The estimate is made from the length of the text, because counting thousands of requests would take too long.
    """
    if not requests:
        raise EmptyBatchError("There is nothing to ask.")
    tenant_id = requests[0][0].tenant_id
    with tenant_scope(tenant_id):
        open_batch = ModelBatch.objects.filter(subject_id=subject_id, state=BatchState.OPEN).first()
    if open_batch is not None and open_batch.provider_id:
        return open_batch
    for model in {request.model for _, request in requests}:
        price_of(model)
        breaker.require_closed(model, at=at)
        breaker.give_back(model)
    with tenant_scope(tenant_id):
        if open_batch is not None:  # its worker died before the service answered
            _fail(open_batch, LOST, at)
        batch = ModelBatch.objects.create(
            tenant_id=tenant_id, subject_id=subject_id, n_requests=len(requests), created_at=at
        )
        calls = [
            (reserve(request, _estimate(request), account=account, at=at, batch=batch), request)
            for account, request in requests
        ]
    try:
        provider_id = language_model().submit([(str(call.id), request) for call, request in calls])
    except ModelError as error:
        if isinstance(error, ModelUnavailable):
            for model in {request.model for _, request in calls}:
                breaker.note_failure(model, at=at)
        with tenant_scope(tenant_id):
            _fail(batch, error.code, at)
        raise
    with tenant_scope(tenant_id):
        batch.provider_id = provider_id
        batch.save()
    return batch


def batch_is_ended(batch: ModelBatch, /) -> bool:
    """Whether the answers are in. Raises ModelError."""
    return batch.state != BatchState.OPEN or language_model().is_ended(batch.provider_id)


def collect(batch: ModelBatch, *, requests: Sequence[Request], at: datetime) -> None:
    """Record every answer of an ended batch; a second time changes nothing. Raises ModelError.

    `requests` are those that were handed in: an answer is checked against the form of its own. A request without an answer is
    released. Afterwards `recorded` gives the answers.
    """
    by_key = {request.key: request for request in requests}
    answers = dict(language_model().answers(batch.provider_id))
    with tenant_scope(batch.tenant_id):
        for call in ModelCall.objects.select_for_update().filter(batch=batch, state=CallState.RESERVED):
            answer = answers.get(str(call.id))
            request = by_key.get(call.key)
            if answer is None or isinstance(answer, ModelError) or request is None:
                release(call, outcome=answer.code if isinstance(answer, ModelError) else "no_answer", at=at)
                continue
            settle(call, usage=answer.usage, outcome=outcome_of(request, answer), text=answer.text, at=at)
        batch.state, batch.ended_at = BatchState.ENDED, at
        batch.save()


def give_up(batch: ModelBatch, *, at: datetime) -> None:
    """Count a batch that never ended as without answers. Call inside the desk's scope."""
    _fail(batch, ModelUnavailable.code, at)


def _estimate(request: Request) -> Estimate:
    blocks = [*request.system, *(block for turn in request.turns for block in turn.blocks)]
    n = int(sum(len(block.text) for block in blocks) / _CHARACTERS_PER_TOKEN) + 2000  # the schema is sent as well
    return Estimate(n, most_it_may_cost(request, input_tokens=n, is_batch=True))


def _fail(batch: ModelBatch, outcome: str, at: datetime) -> None:
    for call in ModelCall.objects.filter(batch=batch, state=CallState.RESERVED):
        release(call, outcome=outcome, at=at)
    batch.state, batch.ended_at = BatchState.FAILED, at
    batch.save()
