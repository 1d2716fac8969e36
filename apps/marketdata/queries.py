"""Read data sets, panels, series, and what is noticeable about them."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.values import Panel
from apps.domain.values.inputs import MarketSeries
from apps.marketdata.enums import DataSetKind
from apps.marketdata.models import DataSet, Instrument

FIELDS = ("open", "high", "low", "close", "volume")
_CACHE_BYTES = 256 * 1024**2
_END = 10


class DataSetNotFoundError(DomainError):
    """There is no data set of that key."""

    code = "data_set_not_found"
    status = 404


class UnknownSymbolError(DomainError):
    """The data set has no such instrument."""

    code = "unknown_symbol"


@dataclass(frozen=True, slots=True)
class DataSetInfo:
    """What a data set is, without its values."""

    key: str
    title: str
    kind: str
    symbols: tuple[str, ...]
    fields: tuple[str, ...]
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


def catalogue() -> list[DataSetInfo]:
    """Every current data set of prices."""
    return [_info(s) for s in _current().filter(kind=DataSetKind.BARS)]


def data_sets() -> list[DataSetInfo]:
    """Every current data set, series included."""
    return [_info(s) for s in _current()]


def data_set(*, key: str, snapshot_hash: str | None = None) -> DataSetInfo:
    """One data set, by default its current snapshot; raises DataSetNotFoundError."""
    return _info(_row(key, snapshot_hash))


def sources_among(infos: Sequence[DataSetInfo], /) -> tuple[str, ...]:
    """The external series of data sets, as strategies name them: "vix", or "bond-yields:AAA" where a set has several."""
    series = [info for info in infos if info.kind == DataSetKind.SERIES]
    alone = [info.key for info in series if len(info.symbols) == 1]
    return (*alone, *(f"{info.key}:{symbol}" for info in series for symbol in info.symbols))


def series(*, source: str, snapshot_hash: str | None = None) -> tuple[MarketSeries, DataSetInfo]:
    """An external series by the name of its source, and the data set that it is of.

    Values are taken as known on their own day; a strategy states the lag. Raises DataSetNotFoundError, UnknownSymbolError.
    """
    key, _, symbol = source.partition(":")
    values = panel(key=key, symbols=[symbol] if symbol else None, snapshot_hash=snapshot_hash)
    if len(values.symbols) != 1:
        raise UnknownSymbolError(
            f"“{key}” has several series; name one, for example {key}:{values.symbols[0]}.", symbol=key
        )
    known = np.isfinite(values.close[0])
    return MarketSeries(days=values.days[known], values=values.close[0][known]), data_set(
        key=key, snapshot_hash=snapshot_hash
    )


def instruments(*, key: str) -> list[Instrument]:
    """The instruments of the current snapshot, without their values."""
    return list(Instrument.objects.filter(data_set=_row(key, None)).defer(*FIELDS))


def panel(*, key: str, symbols: Sequence[str] | None = None, snapshot_hash: str | None = None) -> Panel:
    """The bars of some or all instruments, in the order asked for.

    Panels are read-only and shared: a process keeps the latest ones. Raises DataSetNotFoundError, UnknownSymbolError.
    """
    row = _row(key, snapshot_hash)
    wanted = tuple(symbols or row.symbols)
    unknown = [symbol for symbol in wanted if symbol not in row.symbols]
    if unknown:
        raise UnknownSymbolError(
            f"The data set “{row.title}” has no {unknown[0]}; it has {', '.join(row.symbols[:8])}.", symbol=unknown[0]
        )
    cached = _cache.get((row.snapshot_hash, wanted))
    if cached is None:
        cached = _read_panel(row, wanted)
        _cache.put((row.snapshot_hash, wanted), cached)
    return cached


def observations(*, key: str) -> list[str]:
    """What is noticeable about the data, in sentences: gaps, impossible prices, the largest moves."""
    values = panel(key=key)
    return [*_gaps(values), *_impossible(values), *_largest_moves(values)]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete the bars of a data set are: of `n` instruments, how many begin with it, reach its end, and have gaps."""

    n: int
    n_from_the_start: int
    n_to_the_end: int
    n_with_gaps: int
    last_day: date


def coverage(*, key: str, symbols: Sequence[str] | None = None, snapshot_hash: str | None = None) -> Coverage:
    """The coverage of some or all instruments. The last ten days count as the end. Raises as `panel`."""
    values = panel(key=key, symbols=symbols, snapshot_hash=snapshot_hash)
    there = np.isfinite(values.close)
    first, last = there.argmax(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    bars = there.sum(axis=1)
    return Coverage(
        n=len(values.symbols),
        n_from_the_start=int(np.sum(first < _END)),
        n_to_the_end=int(np.sum(last >= there.shape[1] - _END)),
        n_with_gaps=int(np.sum(bars < last - first + 1)),
        last_day=values.days[-1].astype("datetime64[D]").item(),
    )


def closes(*, key: str, points: int = 60) -> dict[str, list[float]]:
    """A few closes of each instrument, evenly spaced over its history, for small charts."""
    values = panel(key=key)
    thin = {}
    for row, symbol in enumerate(values.symbols):
        known = values.close[row][~np.isnan(values.close[row])]
        thin[symbol] = [float(v) for v in known[np.linspace(0, len(known) - 1, min(points, len(known))).astype(int)]]
    return thin


def snapshot_hash_of(panel: Panel, /) -> str:
    """SHA-256 over days, symbols and every field of a panel: the name of a snapshot."""
    digest = hashlib.sha256()
    digest.update(panel.days.astype("<i8").tobytes())
    digest.update("\x00".join(panel.symbols).encode())
    for name in FIELDS:
        values = getattr(panel, name)
        digest.update(name.encode() + (b"-" if values is None else np.ascontiguousarray(values, dtype="<f8").tobytes()))
    return digest.hexdigest()


def current_snapshot(*, key: str) -> str:
    """The hash of the newest snapshot of a data set; empty when there is none."""
    return DataSet.objects.filter(key=key, is_current=True).values_list("snapshot_hash", flat=True).first() or ""


def _current() -> Any:
    return DataSet.objects.filter(is_current=True).defer("days")


def _row(key: str, snapshot_hash: str | None) -> DataSet:
    rows = DataSet.objects.filter(key=key)
    row = rows.filter(snapshot_hash=snapshot_hash).first() if snapshot_hash else rows.filter(is_current=True).first()
    if row is None:
        known = ", ".join(DataSet.objects.filter(is_current=True, kind=DataSetKind.BARS).values_list("key", flat=True))
        raise DataSetNotFoundError(
            f"There is no data set “{key}”. Choose one of: {known or 'none is loaded; run make seed'}.", key=key
        )
    return row


def _info(row: DataSet) -> DataSetInfo:
    return DataSetInfo(
        key=row.key,
        title=row.title,
        kind=row.kind,
        symbols=tuple(row.symbols),
        fields=tuple(row.fields),
        first_day=row.first_day,
        last_day=row.last_day,
        n_days=row.n_days,
        adjustment=row.adjustment,
        currency=row.currency,
        unit=row.unit,
        source=row.source,
        licence=row.licence,
        package=row.package,
        as_of=row.last_day,
        snapshot_hash=row.snapshot_hash,
    )


def _read_panel(row: DataSet, wanted: tuple[str, ...]) -> Panel:
    found = {i.symbol: i for i in Instrument.objects.filter(data_set=row, symbol__in=wanted)}
    days = (np.frombuffer(bytes(row.days), dtype="<i4").astype("int64")).astype("datetime64[D]")
    arrays = {}
    for name in row.fields:
        arrays[name] = np.vstack([np.frombuffer(bytes(getattr(found[symbol], name)), dtype="<f8") for symbol in wanted])
    return Panel(days=days, symbols=wanted, adjustment=row.adjustment, **arrays)


class _PanelCache:
    """The latest panels of this process, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes = limit, 0
        self._panels: OrderedDict[tuple[str, tuple[str, ...]], Panel] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, tuple[str, ...]]) -> Panel | None:
        with self._lock:
            found = self._panels.get(key)
            if found is not None:
                self._panels.move_to_end(key)
            return found

    def put(self, key: tuple[str, tuple[str, ...]], panel: Panel) -> None:
        with self._lock:
            if key in self._panels:
                return
            self._panels[key] = panel
            self._bytes += _size(panel)
            while self._bytes > self._limit and len(self._panels) > 1:
                _, oldest = self._panels.popitem(last=False)
                self._bytes -= _size(oldest)


def _size(panel: Panel) -> int:
    return sum(values.nbytes for name in panel.fields if (values := getattr(panel, name)) is not None)


_cache = _PanelCache(_CACHE_BYTES)


def _gaps(panel: Panel) -> list[str]:
    sentences = []
    for symbol, values in zip(panel.symbols, panel.close, strict=True):
        known = np.flatnonzero(~np.isnan(values))
        missing = int(np.isnan(values[known[0] : known[-1] + 1]).sum())
        if missing:
            sentences.append(f"{symbol} has no bar on {missing} of the days between its first and its last.")
        if known[0] > 0:
            sentences.append(f"{symbol} begins on {panel.days[known[0]]}, later than the data set.")
    return sentences


def _impossible(panel: Panel) -> list[str]:
    if not np.any(panel.close <= 0):
        return []
    return [
        f"{s} has values at or below zero." for s, v in zip(panel.symbols, panel.close, strict=True) if np.any(v <= 0)
    ]


def _largest_moves(panel: Panel, n: int = 3) -> list[str]:
    moves = []
    for symbol, values in zip(panel.symbols, panel.close, strict=True):
        known = np.flatnonzero(~np.isnan(values) & (values > 0))
        change = values[known][1:] / values[known][:-1] - 1
        if len(change):
            at = int(np.argmax(np.abs(change)))
            moves.append((abs(float(change[at])), float(change[at]), symbol, panel.days[known[at + 1]]))
    return [
        f"{s} moved {change:+.1%} on {day}, its largest one-day move.".replace("-", "\u2212", 1)
        if change < 0
        else f"{s} moved {change:+.1%} on {day}, its largest one-day move."
        for _, change, s, day in sorted(moves, reverse=True)[:n]
    ]
