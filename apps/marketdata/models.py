"""Data sets and their instruments. Shared by all desks; the application's role can only read them."""

from __future__ import annotations

import uuid

from django.db import models

from apps.marketdata.enums import DataSetKind


class DataSet(models.Model):
    """One snapshot of prices or series from one source, named by the hash of its content and never changed.

    A source that changed makes a new row; earlier snapshots stay, so that earlier backtests can be explained. `days` is
    int32 little-endian, days since 1970-01-01.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=DataSetKind.choices)
    snapshot_hash = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)
    days = models.BinaryField()
    fields = models.JSONField()
    symbols = models.JSONField()
    n_days = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    currency = models.CharField(max_length=3, blank=True)
    unit = models.CharField(max_length=120, blank=True)
    adjustment = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=300)
    package = models.CharField(max_length=60)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "title"]
        constraints = [
            models.UniqueConstraint(fields=["key", "snapshot_hash"], name="data_set_snapshot"),
            models.UniqueConstraint(fields=["key"], condition=models.Q(is_current=True), name="data_set_one_current"),
        ]

    def __str__(self) -> str:
        return self.title


class Instrument(models.Model):
    """One instrument or series of a data set: a column per field, float64 little-endian, one value per day of the set.

    NaN is a day without a bar; a field that the source does not carry is NULL.

    Personal data: none
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    data_set = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="instruments")
    symbol = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField()
    n_bars = models.PositiveIntegerField()
    n_missing = models.PositiveIntegerField()
    open = models.BinaryField(null=True)
    high = models.BinaryField(null=True)
    low = models.BinaryField(null=True)
    close = models.BinaryField()
    volume = models.BinaryField(null=True)

    class Meta:
        ordering = ["symbol"]
        constraints = [models.UniqueConstraint(fields=["data_set", "symbol"], name="instrument_once_per_data_set")]

    def __str__(self) -> str:
        return self.symbol
