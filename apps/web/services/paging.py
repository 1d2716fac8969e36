"""Keyset pagination: a page is found by the last row of the one before, so that depth costs nothing and rows that arrive
meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from apps.domain.errors import DomainError

M = TypeVar("M", bound=Model)
MAX_LIMIT = 200


class BadCursorError(DomainError):
    """The cursor was not made by us, or for another list."""

    code = "bad_cursor"
    status = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows and the cursor of the next ones; None when there are no more."""

    items: list[M]
    next_cursor: str | None


def page_of(
    queryset: QuerySet[M], *, cursor: str | None, limit: int = 50, order: Sequence[str] = ("-created_at", "-id")
) -> Page[M]:
    """The rows after `cursor` in `order` (all descending or all ascending; the last key must be unique).

    One query. Raises BadCursorError.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    rows = queryset.order_by(*order)
    if cursor:
        rows = rows.filter(_after(cursor, order))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], _cursor(found[limit - 1], order) if more else None)


def _cursor(row: Model, order: Sequence[str]) -> str:
    values = [_plain(getattr(row, key.lstrip("-"))) for key in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return str(value) if isinstance(value, UUID) else value


def _after(cursor: str, order: Sequence[str]) -> Q:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [datetime.fromisoformat(v["at"]) if isinstance(v, dict) else v for v in values]
        if len(values) != len(order):
            raise ValueError
        UUID(str(values[-1]))
    except (ValueError, KeyError, TypeError, binascii.Error, UnicodeDecodeError):
        raise BadCursorError("The cursor is not valid. Start from the first page, without a cursor.") from None
    condition, equal = Q(), Q()
    for key, value in zip(order, values, strict=True):
        name, operator = key.lstrip("-"), "lt" if key.startswith("-") else "gt"
        condition |= equal & Q(**{f"{name}__{operator}": value})
        equal &= Q(**{name: value})
    return condition
