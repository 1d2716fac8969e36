"""Load data sets from their sources into the database, as its owner."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.db import transaction

from apps.domain.values import Panel
from apps.marketdata.adapters.source import Loaded
from apps.marketdata.adapters.wheels import sources
from apps.marketdata.models import DataSet, Instrument
from apps.marketdata.queries import FIELDS, DataSetInfo, DataSetNotFoundError, snapshot_hash_of

_EPOCH = np.datetime64("1970-01-01", "D")


def load_all(*, at: datetime, using: str = "owner") -> int:
    """Load every data set of every installed source; returns how many are new.

    A source whose package version is loaded already is not read again. The application's role may not write these
    tables, so the owner's connection does.
    """
    new = 0
    for source in sources():
        if DataSet.objects.using(using).filter(package=source.package, is_current=True).exists():
            continue
        for loaded in source.load():
            new += _store(loaded, package=source.package, at=at, using=using)
    return new


def panel_from_source(*, key: str) -> tuple[Panel, DataSetInfo]:
    """A data set straight from its source, for commands that run without a database. Raises DataSetNotFoundError."""
    loaded = {item.key: (item, source.package) for source in sources() for item in source.load()}
    if key not in loaded:
        raise DataSetNotFoundError(f"There is no data set “{key}”. Choose one of: {', '.join(loaded)}.", key=key)
    item, package = loaded[key]
    return item.panel, _described(item, package)


def catalogue_from_sources() -> list[DataSetInfo]:
    """What `queries.catalogue` gives, straight from the sources."""
    return [_described(item, source.package) for source in sources() for item in source.load() if item.kind == "bars"]


def _described(item: Loaded, package: str) -> DataSetInfo:
    panel = item.panel
    first, last = panel.days[0].item(), panel.days[-1].item()
    return DataSetInfo(
        key=item.key,
        title=item.title,
        kind=item.kind,
        symbols=panel.symbols,
        fields=panel.fields,
        first_day=first,
        last_day=last,
        n_days=len(panel.days),
        adjustment=panel.adjustment,
        currency=item.currency,
        unit=item.unit,
        source=item.source,
        licence=item.licence,
        package=package,
        as_of=last,
        snapshot_hash=snapshot_hash_of(panel),
    )


def _store(item: Loaded, *, package: str, at: datetime, using: str) -> int:
    info = _described(item, package)
    existing = DataSet.objects.using(using).filter(key=item.key, snapshot_hash=info.snapshot_hash).first()
    with transaction.atomic(using=using):
        DataSet.objects.using(using).filter(key=item.key, is_current=True).update(is_current=False)
        if existing:
            existing.package, existing.is_current = package, True
            existing.save(using=using)
            return 0
        row = DataSet.objects.using(using).create(
            key=item.key,
            title=item.title,
            kind=item.kind,
            snapshot_hash=info.snapshot_hash,
            fields=list(info.fields),
            days=(item.panel.days - _EPOCH).astype("<i4").tobytes(),
            symbols=list(info.symbols),
            n_days=info.n_days,
            first_day=info.first_day,
            last_day=info.last_day,
            currency=item.currency,
            unit=item.unit,
            adjustment=info.adjustment,
            source=item.source,
            licence=item.licence,
            package=package,
            loaded_at=at,
        )
        Instrument.objects.using(using).bulk_create(_instruments(row, item))
    return 1


def _instruments(row: DataSet, item: Loaded) -> list[Instrument]:
    panel, made = item.panel, []
    for at, symbol in enumerate(panel.symbols):
        known = np.flatnonzero(~np.isnan(panel.close[at]))
        columns = {name: panel.field(name)[at].astype("<f8").tobytes() for name in FIELDS if name in panel.fields}
        made.append(
            Instrument(
                data_set=row,
                symbol=symbol,
                name=item.names.get(symbol, symbol),
                first_day=panel.days[known[0]].item(),
                last_day=panel.days[known[-1]].item(),
                n_bars=len(known),
                n_missing=int(known[-1] - known[0] + 1 - len(known)),
                **columns,
            ),
        )
    return made
