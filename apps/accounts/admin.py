"""People and memberships in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import ApiToken, Membership, Person


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ["person", "role", "created_at"]
    list_select_related = ["person"]
    list_filter = ["role"]
    search_fields = ["person__name", "person__email"]

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # members are added by a service, which records it

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ["label", "person", "created_at", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin[Person]):
    """People of this desk only: a person is global, so the list is held to the desk's members."""

    list_display = ["name", "email", "is_active"]
    search_fields = ["name", "email"]
    readonly_fields = ["id", "email", "last_login", "date_joined", "is_staff", "is_superuser"]
    fields = ["id", "name", "email", "is_active", "is_staff", "last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).filter(id__in=Membership.objects.values("person_id"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False
