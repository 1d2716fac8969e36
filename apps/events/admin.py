"""The record, read-only, for compliance staff; parked deliveries can be tried again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.events.models import Delivery, Event
from apps.events.services import retry_parked


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(_ReadOnly, admin.ModelAdmin[Event]):
    list_display = ["at", "type", "subject_id", "actor_id", "correlation_id"]
    list_filter = ["type"]
    search_fields = ["subject_id", "correlation_id"]
    date_hierarchy = "at"


@admin.register(Delivery)
class DeliveryAdmin(_ReadOnly, admin.ModelAdmin[Delivery]):
    list_display = ["event", "subscriber", "status", "attempts", "next_attempt_at", "last_error"]
    list_filter = ["status", "subscriber"]
    list_select_related = ["event"]
    actions = ["try_again"]

    @admin.action(description="Try parked deliveries again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset:
            retry_parked(delivery_id=delivery.id, at=timezone.now())
