"""The list of runs: filters, any measure as the order, pages by keyset, all of it one query string.

A measure is a generated column with an index (tenant, measure, id), so that a page costs the same at any depth. Runs without
the measure come last, whichever way the list is sorted.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import BooleanField, DateTimeField, F, Field, FloatField, Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.backtests.enums import BacktestStatus, VerdictWord
from apps.backtests.models import Backtest, BacktestTag, SavedView
from apps.domain.metrics import METRICS
from apps.strategies import queries as strategies
from apps.web.services.paging import MAX_LIMIT, BadCursorError, Page

NEWEST = "-created_at"
USUAL_COLUMNS = ("annual_return", "sharpe_ratio", "max_drawdown")
MOST_COLUMNS = 12
_TIME = "created_at"
_FAMILIES = ("trend", "momentum", "mean_reversion", "other")


@dataclass(frozen=True, slots=True)
class ListState:
    """What the list shows. Empty means any. `since` and `until` are days (UTC) on which runs were asked for."""

    q: str = ""
    verdict: str = ""
    status: str = ""
    family: str = ""
    tag: str = ""
    strategy: UUID | None = None
    document: UUID | None = None
    person: UUID | None = None
    since: date | None = None
    until: date | None = None
    sort: str = NEWEST
    columns: tuple[str, ...] = USUAL_COLUMNS

    @property
    def query(self) -> str:
        """The state as a query string, in one spelling; empty for the usual list."""
        pairs = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                pairs.append((field.name, ",".join(value) if isinstance(value, tuple) else str(value)))
        return urlencode(pairs, safe=",")

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return any(getattr(self, f.name) != f.default for f in fields(self) if f.name not in {"sort", "columns"})


def state_of(given: Mapping[str, Any], /) -> ListState:
    """The state that a query string asks for; what cannot be understood is left out."""
    said = {
        name: str(given.get(name) or "").replace("\x00", "").strip()[:200]
        for name in (f.name for f in fields(ListState))
    }
    columns = given.get("columns") or ""
    listed = [key for key in str(columns).split(",") if key in METRICS]
    return ListState(
        q=said["q"],
        verdict=said["verdict"] if said["verdict"] in VerdictWord.values else "",
        status=said["status"] if said["status"] in BacktestStatus.values else "",
        family=said["family"] if said["family"] in _FAMILIES else "",
        tag=said["tag"].lower(),
        strategy=_uuid(said["strategy"]),
        document=_uuid(said["document"]),
        person=_uuid(said["person"]),
        since=_day(said["since"]),
        until=_day(said["until"]),
        sort=said["sort"] if is_sort(said["sort"]) else NEWEST,
        columns=tuple(dict.fromkeys(listed))[:MOST_COLUMNS] or USUAL_COLUMNS,
    )


def is_sort(sort: str, /) -> bool:
    """Whether the list can be sorted so: created_at or a measure, with "-" before it for descending."""
    return sort.removeprefix("-") in {_TIME, *METRICS}


def leaderboard(state: ListState, /, *, cursor: str | None = None, limit: int = 50) -> Page[Backtest]:
    """A page of runs with `strategy_title` and `tag_list`, without plans. Raises BadCursorError."""
    limit = max(1, min(limit, MAX_LIMIT))
    keys, more = _keys(state, cursor, limit)
    ids = [one for one, _ in keys]
    rows = Backtest.objects.filter(id__in=ids).annotate(strategy_title=F("strategy__title"))
    found = {run.id: run for run in rows.defer("plan", "files", "diagnostics")}
    tags = tags_of(backtest_ids=ids)
    items: list[Backtest] = [found[one] for one in ids]
    for run in items:
        run.tag_list = tags.get(run.id, [])  # type: ignore[attr-defined]  # beside the annotation above
    return Page(items, _written(state.sort, *reversed(keys[-1])) if more else None)


def tags_of(*, backtest_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The tags of runs, in order."""
    found: dict[UUID, list[str]] = {}
    for key, tag in BacktestTag.objects.filter(backtest_id__in=list(backtest_ids)).values_list("backtest_id", "tag"):
        found.setdefault(key, []).append(tag)
    return found


def tags_in_use() -> list[str]:
    """Every tag on a run of the desk, in order."""
    return list(BacktestTag.objects.order_by("tag").values_list("tag", flat=True).distinct())


def saved_views(*, person_id: UUID) -> QuerySet[SavedView]:
    """A person's views of the list, and those that others share."""
    return SavedView.objects.filter(Q(owner_id=person_id) | Q(is_shared=True)).order_by("name", "id")


def _filtered(state: ListState) -> QuerySet[Backtest]:
    found = Backtest.objects.all()
    plain = {
        "verdict_word": state.verdict,
        "status": state.status,
        "strategy_id": state.strategy,
        "created_by_id": state.person,
        "created_at__gte": _midnight(state.since),
        "created_at__lt": _midnight(state.until + timedelta(days=1))
        if state.until and state.until < date.max
        else None,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value})
    text = state.q
    if _is_hash(text):
        low = text.lower()
        by_hash = found.filter(fingerprint__gte=low, fingerprint__lt=f"{low}g")  # a range, for LIKE is not leakproof
        if by_hash.exists():
            found, text = by_hash, ""
    of_strategy: QuerySet[Any] = strategies.strategies(document_id=state.document)
    if state.family:
        of_strategy = of_strategy.filter(family=state.family)
    if text:
        of_strategy = of_strategy.filter(title__icontains=text)
    if state.document or state.family or text:
        # Ids, not a subquery: the planner knows how many runs each strategy has, and cannot guess what a text will find.
        found = found.filter(strategy_id__in=list(of_strategy.order_by().values_list("id", flat=True)))
    if state.tag:
        found = found.filter(id__in=BacktestTag.objects.filter(tag=state.tag).order_by().values("backtest_id"))
    return found


def _keys(state: ListState, cursor: str | None, limit: int) -> tuple[list[tuple[UUID, Any]], bool]:
    """Ids and sort values of a page, and whether there are more: first the runs that have the value, then those without."""
    found, sort = _filtered(state), state.sort
    key, down = sort.removeprefix("-"), sort.startswith("-")
    column = f'"backtests_backtest"."{_TIME if key == _TIME else f"measure_{key}"}"'
    kind: Field[Any, Any] = DateTimeField() if key == _TIME else FloatField()
    after = _read(cursor, sort) if cursor else None
    sign, order = ("<", "-") if down else (">", "")
    rows: list[tuple[UUID, Any]] = []
    measured = key == _TIME or state.status in {
        "",
        BacktestStatus.DONE,
    }  # what is not done has no measure: nothing to look for
    if measured and (after is None or after[0] is not None):
        having = found.annotate(value=_sql(column, kind)).filter(_sql(f"{column} IS NOT NULL"))
        if after is not None:
            having = having.filter(_sql(f'({column}, "backtests_backtest"."id") {sign} (%s, %s)', params=after))
        rows = list(having.order_by(f"{order}value", f"{order}id").values_list("id", "value")[: limit + 1])
    if len(rows) <= limit and key != _TIME:
        without = found.filter(_sql(f"{column} IS NULL"))
        if after is not None and after[0] is None:
            without = without.filter(**{f"id__{'lt' if down else 'gt'}": after[1]})
        ids = without.order_by(f"{order}id").values_list("id", flat=True)
        rows += [(one, None) for one in ids[: limit + 1 - len(rows)]]
    return rows[:limit], len(rows) > limit


def _sql(text: str, kind: Field[Any, Any] | None = None, *, params: tuple[Any, ...] = ()) -> RawSQL:
    """SQL over a generated column. Its name comes from METRICS, values travel as parameters."""
    return RawSQL(text, params, output_field=kind or BooleanField())  # noqa: S611 -- as said above


def _written(sort: str, value: Any, key: UUID) -> str:
    told = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, told, str(key)]).encode()).decode().rstrip("=")


def _read(cursor: str, sort: str) -> tuple[Any, UUID]:
    try:
        made_for, told, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        is_time = sort.removeprefix("-") == _TIME
        value = datetime.fromisoformat(told) if is_time else None if told is None else float(told)
        if made_for != sort or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError
        return value, UUID(key)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, UnicodeDecodeError):
        raise BadCursorError("The cursor is not valid. Start from the first page, without a cursor.") from None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


def _is_hash(text: str) -> bool:
    return 8 <= len(text) <= 64 and all(letter in "0123456789abcdefABCDEF" for letter in text)
