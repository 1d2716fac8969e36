"""Words of market data."""

from django.db.models import TextChoices


class DataSetKind(TextChoices):
    BARS = "bars", "Prices"
    SERIES = "series", "Series"
