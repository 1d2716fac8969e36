"""What language models cost, in words: the page of usage and its API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.documents import queries as documents
from apps.llm import queries as llm
from apps.llm.enums import BreakerState
from apps.llm.queries import Line
from apps.llm.services import Breaker, breakers
from apps.strategies.enums import ReadingPurpose


def usage(*, at: datetime) -> dict[str, Any]:
    """What language models cost this month, with names for purposes and documents, for the page and the API."""
    month = llm.spending(at=at)
    titles = documents.titles(document_ids=[UUID(line.key) for line in month.by_document])
    purposes = dict(ReadingPurpose.choices)
    by_purpose = [_line(line, purposes.get(line.key, line.key)) for line in month.by_purpose]
    by_model = [_line(line, f"Claude reader, {line.key}") for line in month.by_model]
    by_document = [_line(line, titles.get(UUID(line.key), "A removed document"), titles) for line in month.by_document]
    tables = [("By purpose", by_purpose), ("By reader and model", by_model), ("By document", by_document)]
    return {
        "is_set_up": llm.is_set_up(),
        "since": month.since,
        "monthly_usd": month.limits.monthly_usd,
        "document_usd": month.limits.document_usd,
        "spent_usd": month.spent_usd,
        "reserved_usd": month.reserved_usd,
        "left_usd": month.left_usd,
        "by_purpose": by_purpose,
        "by_model": by_model,
        "by_document": by_document,
        "tables": [(title, lines) for title, lines in tables if lines],
        "spent_label": _dollars(month.spent_usd),
        "reserved_label": _dollars(month.reserved_usd),
        "left_label": _dollars(month.left_usd),
        "monthly_label": f"of {_dollars(month.limits.monthly_usd)}",
        "document_label": _dollars(month.limits.document_usd),
        "breakers": [_breaker(breaker) for breaker in breakers(at=at)],
    }


def _line(line: Line, label: str, titles: dict[UUID, str] | None = None) -> dict[str, Any]:
    is_there = titles is not None and UUID(line.key) in titles
    return asdict(line) | {
        "label": label,
        "cost_label": _dollars(line.cost_usd),
        "url": reverse("documents:detail", args=[line.key]) if is_there else "",
    }


def _breaker(breaker: Breaker) -> dict[str, Any]:
    tone = {BreakerState.CLOSED: "ok", BreakerState.OPEN: "bad", BreakerState.HALF_OPEN: "warn"}
    until = f" until {breaker.opened_until:%H:%M} UTC" if breaker.opened_until else ""
    sentence = (
        f"{breaker.model} failed {breaker.n_failures} times in a row. It is not asked{until}; documents are read by the rule reader."
        if breaker.state == BreakerState.OPEN
        else f"{breaker.model} failed {breaker.n_failures} times in a row. The next document tries it again."
    )
    return {
        "model": breaker.model,
        "state": breaker.state.value,
        "label": breaker.state.label,
        "tone": tone[breaker.state],
        "n_failures": breaker.n_failures,
        "opened_until": breaker.opened_until if breaker.state != BreakerState.CLOSED else None,
        "sentence": sentence,
    }


def _dollars(amount: Decimal) -> str:
    """Cents matter here: the formats of money elsewhere are whole dollars."""
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:,.4f}"
