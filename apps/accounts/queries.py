"""Who acts, and who is on the desk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.enums import PERMISSIONS, Actor, Permission, Role
from apps.accounts.models import ApiToken, Membership, Person
from apps.tenancy.queries import tenant
from apps.tenancy.services import person_scope, tenant_scope

TOKEN = re.compile(r"^fo_([0-9a-f]{32})_([A-Za-z0-9_-]{40,64})$")


def actor_for_person(*, person_id: UUID, tenant_id: UUID | None = None) -> Actor | None:
    """The actor of a signed-in person: on the desk asked for, else on their first; None when they have no desk."""
    with person_scope(person_id):
        memberships = Membership.objects.filter(person_id=person_id).select_related("person", "tenant")
        found = list(memberships)
    chosen = next((m for m in found if m.tenant_id == tenant_id), found[0] if found else None)
    return _actor(chosen) if chosen and chosen.person.is_active else None


def actor_for_token(*, token: str, at: datetime) -> Actor | None:
    """The actor of an API token that is neither revoked nor expired; None otherwise."""
    match = TOKEN.match(token)
    if match is None:
        return None
    with tenant_scope(UUID(match.group(1))):
        kept = ApiToken.objects.filter(digest=token_digest(token), revoked_at__isnull=True, expires_at__gt=at).first()
        if kept is None:
            return None
        membership = Membership.objects.filter(person_id=kept.person_id).select_related("person", "tenant").first()
        if membership is None or not membership.person.is_active:
            return None
        if kept.last_used_at is None or (at - kept.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(id=kept.id).update(last_used_at=at)
        return _actor(membership)


def token_digest(token: str) -> str:
    """What is stored of a token: its SHA-256 (the token itself has 240 random bits)."""
    return hashlib.sha256(token.encode()).hexdigest()


def tokens_of(*, person_id: UUID) -> list[ApiToken]:
    """A person's tokens on the current desk that still work or worked, newest first."""
    return list(ApiToken.objects.filter(person_id=person_id, revoked_at__isnull=True))


def members() -> list[Membership]:
    """Everybody on the current desk."""
    return list(Membership.objects.select_related("person").order_by("person__name"))


def people_who_may(permission: Permission) -> dict[UUID, str]:
    """Names by id of everybody on the current desk whose role includes a deed."""
    roles = [role for role, may in PERMISSIONS.items() if permission in may]
    rows = Membership.objects.filter(role__in=roles, person__is_active=True).order_by("person__name")
    return dict(rows.values_list("person_id", "person__name"))


def asks_for_four_eyes(*, tenant_id: UUID) -> bool:
    """Whether who changed a draft may not approve it on that desk."""
    return tenant(tenant_id=tenant_id).four_eyes


def names_of(*, person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names for ids, for pages and feeds."""
    wanted = {person_id for person_id in person_ids if person_id}
    return dict(Person.objects.filter(id__in=wanted).values_list("id", "name"))


def desks_of(*, person_id: UUID) -> list[tuple[UUID, str]]:
    """The desks a person belongs to."""
    with person_scope(person_id):
        return list(Membership.objects.filter(person_id=person_id).values_list("tenant_id", "tenant__name"))


def _actor(membership: Membership) -> Actor:
    return Actor(
        person_id=membership.person_id,
        tenant_id=membership.tenant_id,
        role=Role(membership.role),
        person_name=membership.person.name,
        email=membership.person.email,
        tenant_name=membership.tenant.name,
    )


def person_id_of(*, email: str) -> UUID:
    """The id of the person with that e-mail address; raises Person.DoesNotExist."""
    return Person.objects.values_list("id", flat=True).get(email=email.strip().lower())


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person of the current desk as somebody who can be written to."""

    person_id: UUID
    name: str
    email: str
    desk: str


def addressees(*, person_ids: Iterable[UUID]) -> list[Addressee]:
    """Those of these people who are on the current desk and may sign in."""
    found = Membership.objects.filter(person_id__in=set(person_ids), person__is_active=True)
    return [
        Addressee(m.person_id, m.person.name, m.person.email, m.tenant.name)
        for m in found.select_related("person", "tenant")
    ]


def administrator_ids() -> tuple[UUID, ...]:
    """Who manages the current desk."""
    found = Membership.objects.filter(role=Role.TENANT_ADMIN, person__is_active=True)
    return tuple(found.order_by("created_at").values_list("person_id", flat=True))
