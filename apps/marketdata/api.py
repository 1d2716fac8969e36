"""Market data for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from apps.marketdata import queries

router = Router(tags=["market data"])


class DataSetOut(Schema):
    key: str
    title: str
    kind: str
    symbols: list[str]
    fields: list[str]
    first_day: date
    last_day: date
    n_days: int
    adjustment: str
    currency: str
    unit: str
    source: str
    licence: str
    package: str
    as_of: date
    snapshot_hash: str


class DataSetList(Schema):
    items: list[DataSetOut]


class Bar(Schema):
    day: date
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = Field(description="The value, when the data set is a series.")
    volume: float | None = None


class BarList(Schema):
    symbol: str
    adjustment: str
    items: list[Bar]


@router.get("/datasets", response=DataSetList, summary="List data sets")
def list_data_sets(request: HttpRequest) -> dict[str, Any]:
    """Every current data set."""
    return {"items": [asdict(info) for info in queries.data_sets()]}


@router.get("/datasets/{key}", response=DataSetOut, summary="Describe a data set")
def get_data_set(request: HttpRequest, key: str) -> dict[str, Any]:
    """Source, licence note, adjustment, as-of and snapshot hash."""
    return asdict(queries.data_set(key=key))


@router.get("/datasets/{key}/bars", response=BarList, summary="Read bars of one instrument")
def get_bars(
    request: HttpRequest, key: str, symbol: str, start: date | None = None, limit: int = 500
) -> dict[str, Any]:
    """At most `limit` bars (up to 5 000) from `start`, oldest first; go on from the day after the last."""
    panel = queries.panel(key=key, symbols=[symbol])
    first = int(np.searchsorted(panel.days, np.datetime64(start, "D"))) if start else 0
    rows = range(first, min(len(panel.days), first + max(1, min(limit, 5000))))
    items = [{"day": panel.days[i].item(), **{n: _value(panel.field(n)[0][i]) for n in panel.fields}} for i in rows]
    return {"symbol": symbol, "adjustment": panel.adjustment, "items": items}


def _value(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
