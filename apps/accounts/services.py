"""Add people to a desk, and give or take API tokens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.enums import Actor, Permission, Role
from apps.accounts.events import FourEyesSet, MemberAdded, TokenCreated, TokenRevoked
from apps.accounts.models import ApiToken, Membership, Person
from apps.accounts.queries import actor_for_person, token_digest
from apps.domain.errors import DomainError
from apps.events.services import append
from apps.tenancy import services as tenancy
from apps.tenancy.services import tenant_scope

_TOKEN_LIFE = timedelta(days=90)
_SIGN_IN_TOKEN_LIFE = timedelta(hours=12)


class SignInRefusedError(DomainError):
    """The e-mail or the password is wrong, or the person has no desk."""

    code = "sign_in_refused"
    status = 401


class TokenNotFoundError(DomainError):
    """There is no such token of this person."""

    code = "token_not_found"
    status = 404


@transaction.atomic
def add_member(
    *,
    tenant_id: UUID,
    email: str,
    name: str,
    role: Role,
    password: str | None,
    at: datetime,
    actor: Actor | None = None,
    is_staff: bool = False,
) -> Person:
    """Give a person a role on a desk, creating the person if needed. Call inside the tenant's scope.

    Without an actor this is the desk's first set-up. Raises NotAllowedError, and Django's ValidationError for a weak
    password.
    """
    if actor is not None:
        actor.require(Permission.MANAGE_DESK)
    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        if password is not None:
            validate_password(password)
        person = Person.objects.create_user(email, password, name=name, is_staff=is_staff)
    membership, created = Membership.objects.get_or_create(
        tenant_id=tenant_id, person=person, defaults={"role": role, "created_at": at}
    )
    if created:
        append(
            tenant_id=tenant_id,
            subject_id=membership.id,
            data=MemberAdded(person_id=person.id, role=role),
            actor_id=actor.person_id if actor else None,
            at=at,
        )
    return person


@transaction.atomic
def set_four_eyes(*, on: bool, actor: Actor, at: datetime) -> None:
    """Say whether who changed a draft may approve it on this desk. Raises NotAllowedError."""
    actor.require(Permission.MANAGE_DESK)
    if tenancy.set_four_eyes(tenant_id=actor.tenant_id, on=on):
        append(
            tenant_id=actor.tenant_id,
            subject_id=actor.tenant_id,
            data=FourEyesSet(on=on),
            actor_id=actor.person_id,
            at=at,
        )


@transaction.atomic
def create_token(*, label: str, actor: Actor, at: datetime, life: timedelta = _TOKEN_LIFE) -> tuple[ApiToken, str]:
    """Make an API token; the secret is returned once and never again."""
    actor.require(Permission.VIEW)
    secret = f"fo_{actor.tenant_id.hex}_{secrets.token_urlsafe(30)}"
    token = ApiToken.objects.create(
        tenant_id=actor.tenant_id,
        person_id=actor.person_id,
        label=label.strip()[:80] or "Token",
        digest=token_digest(secret),
        created_at=at,
        expires_at=at + life,
    )
    append(
        tenant_id=actor.tenant_id,
        subject_id=token.id,
        data=TokenCreated(label=token.label),
        actor_id=actor.person_id,
        at=at,
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: UUID, actor: Actor, at: datetime) -> None:
    """Make a token of the actor's own stop working. Raises TokenNotFoundError."""
    token = (
        ApiToken.objects.select_for_update()
        .filter(id=token_id, person_id=actor.person_id, revoked_at__isnull=True)
        .first()
    )
    if token is None:
        raise TokenNotFoundError("There is no such token, or it has been revoked already.")
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    append(
        tenant_id=actor.tenant_id,
        subject_id=token.id,
        data=TokenRevoked(label=token.label),
        actor_id=actor.person_id,
        at=at,
    )


def sign_in_for_token(*, request: HttpRequest | None, email: str, password: str, at: datetime) -> tuple[ApiToken, str]:
    """Exchange e-mail and password for a token of twelve hours. Raises SignInRefusedError without saying which was wrong."""
    person = authenticate(request, username=email.strip().lower(), password=password)
    actor = actor_for_person(person_id=person.pk) if person is not None else None
    if actor is None:
        raise SignInRefusedError("The e-mail address or the password is not right.")
    with tenant_scope(actor.tenant_id):
        return create_token(label="Sign-in through the API", actor=actor, at=at, life=_SIGN_IN_TOKEN_LIFE)
