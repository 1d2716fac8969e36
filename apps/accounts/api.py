"""Sign-in for programs: exchange e-mail and password for a token."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts import services
from apps.accounts.enums import DeskRequest

router = Router(tags=["sign-in"])


class SignIn(Schema):
    email: str = Field(max_length=254)
    password: str = Field(max_length=200)


class TokenOut(Schema):
    token: str = Field(description="Shown once. Send it as `Authorization: Bearer <token>`.")
    expires_at: datetime


class Me(Schema):
    person_id: UUID
    name: str
    email: str
    desk: str
    role: str


@router.post("/tokens", response={201: TokenOut}, auth=None, summary="Sign in: get a token for twelve hours")
def sign_in(request: HttpRequest, body: SignIn) -> Status[dict[str, object]]:
    """Exchange e-mail and password for a token."""
    token, secret = services.sign_in_for_token(
        request=request, email=body.email, password=body.password, at=timezone.now()
    )
    return Status(201, {"token": secret, "expires_at": token.expires_at})


@router.get("/me", response=Me, summary="Who am I, on which desk, in which role?")
def me(request: DeskRequest) -> dict[str, object]:
    """Describe the actor of this token."""
    actor = request.actor
    return {
        "person_id": actor.person_id,
        "name": actor.person_name,
        "email": actor.email,
        "desk": actor.tenant_name,
        "role": actor.role,
    }
