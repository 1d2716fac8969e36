"""Sign-in, tokens and roles, through every door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import services
from apps.accounts.enums import PERMISSIONS, NotAllowedError, Permission, Role
from apps.accounts.queries import actor_for_person, actor_for_token
from tests.conftest import in_new_context


def bearer(secret):
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def test_viewer_may_not_upload(viewer):
    with pytest.raises(NotAllowedError, match=r"Your role on this desk \(viewer\) may not add documents"):
        viewer.require(Permission.UPLOAD_DOCUMENT)


def test_every_role_may_see_the_desk():
    assert [role for role in Role if Permission.VIEW not in PERMISSIONS[role]] == []


def test_page_without_sign_in_leads_to_sign_in(stranger):
    response = stranger.get("/settings/")

    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/settings/")


def test_api_without_token_answers_401_in_the_one_shape(stranger, db):
    response = stranger.get("/api/v1/me")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert sorted(response.json()) == ["code", "correlation_id", "details", "error_id", "message", "timestamp"]
    assert response.json()["code"] == "not_signed_in"


def test_token_gives_the_actor_of_its_person_and_desk(alice, stranger, now):
    _, secret = services.create_token(label="export", actor=alice, at=timezone.now())

    response = stranger.get("/api/v1/me", **bearer(secret))

    assert response.json() == {
        "person_id": str(alice.person_id),
        "name": "Alice",
        "email": alice.email,
        "desk": "Meridian Research",
        "role": "analyst",
    }


def test_token_is_stored_only_as_its_digest(alice):
    token, secret = services.create_token(label="export", actor=alice, at=timezone.now())

    assert secret not in {token.digest, token.label}
    assert len(token.digest) == 64


@pytest.mark.parametrize(
    "mangle",
    [
        lambda s: s[:-1] + ("a" if s[-1] != "a" else "b"),
        lambda s: s.replace("fo_", "xx_"),
        lambda s: "",
        lambda s: s + "x" * 500,
    ],
)
def test_wrong_token_answers_401(alice, stranger, mangle):
    _, secret = services.create_token(label="export", actor=alice, at=timezone.now())

    assert stranger.get("/api/v1/me", **bearer(mangle(secret))).status_code == 401


def test_token_of_another_desk_with_this_desks_id_is_refused(alice, charlie, stranger):
    from apps.tenancy.services import tenant_scope

    def make():
        with tenant_scope(charlie.tenant_id):
            return services.create_token(label="x", actor=charlie, at=timezone.now())[1]

    foreign = in_new_context(make)

    assert (
        stranger.get("/api/v1/me", **bearer(foreign.replace(charlie.tenant_id.hex, alice.tenant_id.hex))).status_code
        == 401
    )


def test_revoked_and_expired_tokens_stop_working(alice):
    at = timezone.now()
    token, secret = services.create_token(label="a", actor=alice, at=at)
    _, short = services.create_token(label="b", actor=alice, at=at, life=timedelta(hours=1))

    services.revoke_token(token_id=token.id, actor=alice, at=at)

    assert actor_for_token(token=secret, at=at) is None
    assert actor_for_token(token=short, at=at + timedelta(hours=2)) is None


def test_token_of_somebody_else_cannot_be_revoked(alice, bob):
    token, _ = services.create_token(label="a", actor=alice, at=timezone.now())

    with pytest.raises(services.TokenNotFoundError):
        services.revoke_token(token_id=token.id, actor=bob, at=timezone.now())


def test_sign_in_through_the_api_gives_a_working_token(desk, stranger, now):
    services.add_member(
        tenant_id=desk.id,
        email="Dana@meridian.example",
        name="Dana",
        role=Role.ANALYST,
        password="correct horse battery",
        at=now,
    )

    response = stranger.post(
        "/api/v1/tokens",
        {"email": "dana@meridian.example", "password": "correct horse battery"},
        content_type="application/json",
    )

    assert response.status_code == 201
    assert stranger.get("/api/v1/me", **bearer(response.json()["token"])).json()["name"] == "Dana"


@pytest.mark.parametrize(
    ("email", "password"), [("dana@meridian.example", "wrong"), ("nobody@meridian.example", "correct horse battery")]
)
def test_sign_in_with_wrong_credentials_says_the_same(desk, stranger, now, email, password):
    services.add_member(
        tenant_id=desk.id,
        email="dana@meridian.example",
        name="Dana",
        role=Role.ANALYST,
        password="correct horse battery",
        at=now,
    )

    response = stranger.post("/api/v1/tokens", {"email": email, "password": password}, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (401, "sign_in_refused")


def test_inactive_person_is_no_actor(alice):
    from apps.accounts.models import Person

    Person.objects.filter(id=alice.person_id).update(is_active=False)

    assert actor_for_person(person_id=alice.person_id) is None


def test_only_an_administrator_adds_members(desk, alice, administrator, now):
    with pytest.raises(NotAllowedError):
        services.add_member(
            tenant_id=desk.id, email="x@y.example", name="X", role=Role.VIEWER, password=None, at=now, actor=alice
        )

    added = services.add_member(
        tenant_id=desk.id, email="x@y.example", name="X", role=Role.VIEWER, password=None, at=now, actor=administrator
    )

    assert added.name == "X"


def test_session_without_csrf_token_may_not_change_through_the_api(alice, client_of):
    from django.test import Client

    client = client_of(alice)
    client.handler.enforce_csrf_checks = True

    response = client.post("/api/v1/documents", {})

    assert isinstance(client, Client)
    assert response.status_code in {403, 404}
