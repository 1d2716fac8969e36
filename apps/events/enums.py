"""Words of the event store."""

from django.db.models import TextChoices


class DeliveryStatus(TextChoices):
    PENDING = "pending", "Waiting"
    DONE = "done", "Delivered"
    PARKED = "parked", "Parked after repeated failures"
